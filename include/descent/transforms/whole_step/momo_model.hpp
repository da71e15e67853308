// SPDX-License-Identifier: MIT
#pragma once

#include <limits>

// The model of the loss, shared by MoMo and MoMoAdam.

namespace descent::detail {

/// Averages of what the losses and gradients so far say about the loss: a plane above which it lies.
struct MomoState {
  double average_loss = 0;     // of the losses
  double average_product = 0;  // of <g, p>
  double min_loss = 0;         // of the loss; an estimate if it adapts
  double step_size = 0;        // the rate that the model allows at this step
};

/// The values of one step for the model.
struct MomoStep {
  double loss, gradient_product;  // <g, p>
  double squared_norm, product;   // of the averaged gradient, <m, m / D> and <m, p>
  double weight, correction;      // of the newest step in averages; 1 - beta^t if they start from 0
  double rate, decay;             // decay = 1 + rate * weight_decay
  bool first;
};

inline double momo_bound(const MomoState& rule_state, const MomoStep& step, double min_loss) {
  const double cap = step.decay * (rule_state.average_loss - rule_state.average_product) + step.product;
  if (!(cap < step.decay * step.correction * rule_state.min_loss)) return rule_state.min_loss;
  const double half = cap / (2 * step.correction * step.decay);
  return half < min_loss ? min_loss : half;
}

inline void advance_momo(MomoState& rule_state, const MomoStep& step, double min_loss, bool adapts) {
  if (step.first) rule_state.min_loss = min_loss;
  rule_state.average_loss += step.weight * (step.loss - rule_state.average_loss);
  rule_state.average_product += step.weight * (step.gradient_product - rule_state.average_product);
  const double bound = adapts ? momo_bound(rule_state, step, min_loss) : rule_state.min_loss;
  const double gap =
      step.decay * (rule_state.average_loss - step.correction * bound - rule_state.average_product) +
      step.product;
  const double most = step.rate / step.correction;
  rule_state.step_size = (gap < 0 ? 0 : gap) / step.squared_norm;
  if (step.squared_norm <= std::numeric_limits<double>::epsilon()) rule_state.step_size = 0;
  if (rule_state.step_size > most) rule_state.step_size = most;
  if (!adapts) return;
  const double reached = (rule_state.average_loss + step.product - rule_state.average_product -
                          rule_state.step_size * step.squared_norm / 2) /
                         step.correction;
  rule_state.min_loss = reached < min_loss ? min_loss : reached;
}

}  // namespace descent::detail
