// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/rule.hpp>

#include <algorithm>
#include <cmath>

namespace descent {

/// The smallest absolute curvature in Apollo.
enum class ApolloRebound {
  /// 0.01
  constant,
  /// The largest |u - m| of the block.
  belief
};

/// Divides the average of updates by an estimate of the curvature from their changes.
///
///   a = (1 - beta) / (1 - beta^t)          y = u - m          m = m + a y
///   d = d / (|d|_4 + epsilon')          b = b - (a sum(y d) / (|d|_4 + epsilon') + sum(b d^2)) d^2
///   d = m / max(|b|, r) + weight_decay p,   which is the update
///   rebound constant:   r = 0.01, epsilon' = epsilon / r
///   rebound belief:     r = max |y|, epsilon' = epsilon, and epsilon / a is added to max(|b|, r)
///   stable_decay:       weight_decay / mean(max(|b|, r))
///
/// Sums, norms and the mean are over the block. Weight decay of this rule is part of d, which the next step
/// uses.
/// Memory: 3 values a parameter, scratch for 1 more and the update, and the power of beta. Passes: 5, as a
/// rule of whole matrices. Shapes: any.
/// Errors: std::invalid_argument for an option out of its range.
/// Source: Ma 2020, arXiv:2009.13586 (Apollo, a diagonal quasi-Newton method).
struct ScaleByApollo {
  Schedule beta = 0.9;                              ///< decay of the average of updates, in [0, 1)
  double epsilon = 1e-4;                            ///< not negative
  ApolloRebound rebound = ApolloRebound::constant;  ///< how the estimate is kept away from 0
  Schedule weight_decay = 0.0;                      ///< strength of weight decay, not negative
  bool stable_decay = false;                        ///< divides weight_decay by mean(max(|b|, r))

  static constexpr RuleTraits traits{.takes_vectors = true, .has_workspace_state = true};

  struct RuleState {
    double beta_power = 1;
  };
  void advance(RuleState& rule_state, Step step) const {
    rule_state.beta_power = next_power(rule_state.beta_power, beta(step.index));
  }

  template <class Matrix>
  struct Workspace {
    Matrix exp_avg_grad, approx_hessian, direction;
    Matrix change;
  };
  template <class Matrix>
  void prepare(Workspace<Matrix>& work, const MatrixShape& shape) const {
    work.exp_avg_grad.setZero(shape.rows, shape.columns);
    work.approx_hessian.setZero(shape.rows, shape.columns);
    work.direction.setZero(shape.rows, shape.columns);
    work.change.resize(shape.rows, shape.columns);
  }
  template <class Matrix, class F>
  static void for_each_state(Workspace<Matrix>& work, F& f) {
    f("exp_avg_grad", work.exp_avg_grad);
    f("approx_hessian", work.approx_hessian);
    f("update", work.direction);
  }

  template <class Update, class Parameters, class Matrix>
  void transform(Update& update, const Parameters& parameters, Workspace<Matrix>& work, Step step,
                 const RuleState& rule_state) const {
    using S = typename Matrix::Scalar;
    if (update.size() == 0) return;
    const double weight = (1 - beta(step.index)) / (1 - rule_state.beta_power);
    work.change = update - work.exp_avg_grad;
    const bool believes = rebound == ApolloRebound::belief;
    const double bound =
        believes ? static_cast<double>(work.change.cwiseAbs().template maxCoeff<Eigen::PropagateNaN>())
                 : 0.01;
    work.exp_avg_grad += static_cast<S>(weight) * work.change;
    update_curvature(work, weight, believes ? epsilon : epsilon / bound);

    const S least = static_cast<S>(bound), added = static_cast<S>(believes ? epsilon / weight : 0);
    work.change = (work.approx_hessian.array().abs().max(least) + added).matrix();
    work.direction = (work.change.array() == S(0)).select(S(0), work.exp_avg_grad.cwiseQuotient(work.change));
    const double decay = weight_decay(step.index);
    if (decay > 0) {
      const double size = stable_decay ? mean(work.change) : 1;
      work.direction += detail::saturate<S>(size == 0 ? 0 : decay / size) * parameters;
    }
    update = work.direction;
  }

  void check(const Check& check) const {
    check("beta", beta, legal::decay_rate);
    check("epsilon", epsilon, legal::non_negative);
    check("weight_decay", weight_decay, legal::non_negative);
  }

 private:
  template <class Matrix>
  static double mean(const Matrix& values) {
    return values.template cast<double>().sum() / static_cast<double>(values.size());
  }

  /// Normalizes the last direction, and corrects the curvature along it.
  template <class Matrix>
  static void update_curvature(Workspace<Matrix>& work, double weight, double epsilon) {
    using S = typename Matrix::Scalar;
    const auto direction = work.direction.template cast<double>().array();
    const double length = std::sqrt(std::sqrt(direction.square().square().sum())) + epsilon;
    const double inverse = length == 0 ? 0 : 1 / length;
    const double along = (work.change.template cast<double>().array() * direction).sum() * inverse * inverse;
    const double known =
        (work.approx_hessian.template cast<double>().array() * direction.square()).sum() * inverse * inverse;
    const double step = (-weight * along - known) * inverse * inverse;
    work.approx_hessian +=
        (step * direction.square()).template cast<S>().matrix();  // the square alone may overflow
  }
};

}  // namespace descent
