// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/chain.hpp>
#include <descent/transforms/gradient/negate.hpp>
#include <descent/transforms/matrix/scale_by_soap.hpp>
#include <descent/transforms/scale/scale_by_learning_rate.hpp>

namespace descent {

/// AdamW in the eigenbasis of Shampoo's matrices.
///
///   L = b L + (1 - b) G G^T,   R = b R + (1 - b) G^T G,   Q_L and Q_R approximately their eigenvectors
///   M = beta1 M + (1 - beta1) G                            V = beta2 V + (1 - beta2) (Q_L^T G Q_R)^2
///   U = Q_L ((Q_L^T M Q_R) / (sqrt(V) + epsilon)) Q_R^T sqrt(1 - beta2^t) / (1 - beta1^t)
///   P = (1 - rate weight_decay) (P - rate U)
///
/// The first step only computes the bases; parameters and moments do not change.
/// Memory: 2 values a parameter, for r rows and c columns 2 r^2 + 2 c^2; scratch for 5 blocks, r^2 + c^2 and
/// two eigenvalue problems. Passes: 2, 8 matrix products, and 2 QR decompositions at each refresh. Shapes:
/// any; a vector type is treated as in Adam unless rotate_vectors.
/// Errors: std::invalid_argument for an option out of its range.
/// Source: Vyas et al. 2024, arXiv:2409.11321, Algorithm 3.
/// Differs from: pytorch_optimizer only in its merging of dimensions, which matrices do not need.
struct Soap {
  Schedule learning_rate = 3e-3;  ///< not negative
  Schedule beta1 = 0.95;          ///< decay of the average of gradients, in [0, 1)
  Schedule beta2 = 0.95;          ///< decay of the average of squared gradients, in [0, 1)
  double epsilon = 1e-8;          ///< added to the denominator, not negative
  Schedule weight_decay = 0.01;   ///< strength of weight decay, not negative
  int refresh_every = 10;         ///< steps between two refreshes of the bases, at least 1
  std::optional<double> preconditioner_beta = std::nullopt;  ///< b, in [0, 1); by default beta2
  Eigen::Index max_side = 10000;                             ///< longer sides are not rotated; at least 1
  bool rotate_vectors = false;                               ///< see ScaleBySoap
  bool correct_bias = true;                                  ///< divides the moments by 1 - beta^t
  bool normalize = false;                                    ///< see ScaleBySoap
  bool maximize = false;                                     ///< steps uphill, to maximize the objective

  auto chain(auto...) const;
};

namespace detail {
/// Decay after the step, except the first step: p + u becomes (1 - rate weight_decay) (p + u).
struct SoapDecay {
  Schedule learning_rate, weight_decay;

  static constexpr RuleTraits traits{.has_learning_rate = true, .may_be_off = true};

  bool active() const { return !is_always_zero(weight_decay); }

  template <class S>
  struct Coefficients {
    S strength;
  };
  Coefficients<double> coefficients(Step step) const {
    return {step.is_first() ? 0 : learning_rate(step.index) * weight_decay(step.index)};
  }

  template <class V, class C>
  static V update(V u, V p, const C& c) {
    return u - c.strength * (p + u);
  }

  void check(const Check& check) const {
    check("learning_rate", learning_rate, legal::non_negative);
    check("weight_decay", weight_decay, legal::non_negative);
  }
};
}  // namespace detail

inline auto Soap::chain(auto...) const {
  return Negate{maximize} |
         ScaleBySoap{.beta1 = beta1,
                     .beta2 = beta2,
                     .epsilon = epsilon,
                     .refresh_every = refresh_every,
                     .preconditioner_beta = preconditioner_beta,
                     .max_side = max_side,
                     .rotate_vectors = rotate_vectors,
                     .correct_bias = correct_bias,
                     .normalize = normalize} |
         ScaleByLearningRate{learning_rate} |
         detail::SoapDecay{.learning_rate = learning_rate, .weight_decay = weight_decay};
}

}  // namespace descent
