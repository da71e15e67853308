// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/chain.hpp>
#include <descent/transforms/gradient/negate.hpp>
#include <descent/transforms/matrix/scale_by_soap.hpp>
#include <descent/transforms/scale/scale_by_learning_rate.hpp>

namespace descent {

namespace detail {
/// Decay behind the step, which leaves out the first: p + u becomes (1 - rate weight_decay) (p + u).
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

/// Adam in the eigenbasis of Shampoo's matrices: AdamW where the axes do not matter.
///
///   L = b L + (1 - b) G G^T,   R = b R + (1 - b) G^T G,   Q_L and Q_R their eigenvectors, about
///   M = beta1 M + (1 - beta1) G                            V = beta2 V + (1 - beta2) (Q_L^T G Q_R)^2
///   U = Q_L ((Q_L^T M Q_R) / (sqrt(V) + epsilon)) Q_R^T sqrt(1 - beta2^t) / (1 - beta1^t)
///   P = (1 - rate weight_decay) (P - rate U)
///
/// The first step only finds the bases; the parameters rest, as do the moments.
/// Options: learning_rate >= 0, a schedule (0.003); beta1, beta2 in [0, 1), schedules (0.95, 0.95); epsilon >=
/// 0 (1e-8); weight_decay >= 0, a schedule (0.01); refresh_every >= 1 (10): the steps from one refresh of the
/// bases to the next; preconditioner_beta in [0, 1) (beta2): b; largest_side >= 1 (10000): longer sides are
/// not rotated; rotate_vectors (false), correct_bias (true), normalize (false): see ScaleBySoap; maximize
/// (false): climb.
/// Memory: 2 values a parameter, for r rows and c columns 2 r^2 + 2 c^2; as much as 5 blocks, r^2 + c^2 and
/// what two eigenvalue problems take for scratch. Passes: 2, 8 matrix products, and 2 QR decompositions at
/// each refresh. Shapes: any; a vector by its type learns as by Adam unless rotate_vectors.
/// Errors: std::invalid_argument for an option out of its range.
/// Source: Vyas et al. 2024, arXiv:2409.11321, Algorithm 3.
/// Differs from: pytorch_optimizer in nothing but its merging of dimensions, which matrices do not need.
struct Soap {
  Schedule learning_rate = 3e-3;
  Schedule beta1 = 0.95;
  Schedule beta2 = 0.95;
  double epsilon = 1e-8;
  Schedule weight_decay = 0.01;
  int refresh_every = 10;
  std::optional<double> preconditioner_beta = std::nullopt;
  Eigen::Index largest_side = 10000;
  bool rotate_vectors = false;
  bool correct_bias = true;
  bool normalize = false;
  bool maximize = false;

  auto chain() const {
    return Negate{maximize} |
           ScaleBySoap{beta1,        beta2,          epsilon,      refresh_every, preconditioner_beta,
                       largest_side, rotate_vectors, correct_bias, normalize} |
           ScaleByLearningRate{learning_rate} | detail::SoapDecay{learning_rate, weight_decay};
  }
};

}  // namespace descent
