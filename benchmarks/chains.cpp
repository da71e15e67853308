// SPDX-License-Identifier: MIT
// The cost of composing: a chain of four against one rule with the same formula; a clip before AdamW.
#include "support/limits.hpp"
#include "support/steppings.hpp"

#include <descent/optimizers/adamw.hpp>
#include <descent/transforms/clip/clip_by_global_norm.hpp>
#include <descent/transforms/clip/clip_by_value.hpp>

namespace bench {
namespace {

/// The chain below as one rule.
struct Monolith {
  double learning_rate = 1e-3, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weight_decay = 0.01,
         max_value = 0.5;

  DESCENT_STATE(exp_avg, exp_avg_sq)
  struct RuleState {
    double beta1_power = 1, beta2_power = 1;
  };
  void advance(RuleState& memory, descent::Step) const {
    memory.beta1_power = memory.beta1_power < 1e-20 ? 0 : memory.beta1_power * beta1;
    memory.beta2_power = memory.beta2_power < 1e-20 ? 0 : memory.beta2_power * beta2;
  }
  template <class S>
  struct Coefficients {
    S rate, beta1, one_minus_beta1, beta2, one_minus_beta2, correction1, correction2, epsilon, decay,
        max_value;
  };
  Coefficients<double> coefficients(descent::Step, const RuleState& memory) const {
    return {learning_rate,
            beta1,
            1 - beta1,
            beta2,
            1 - beta2,
            1 / (1 - memory.beta1_power),
            1 / (1 - memory.beta2_power),
            epsilon,
            weight_decay,
            max_value};
  }
  template <class V, class C>
  static V update(V u, V p, State<V>& state, const C& c) {
    const V g = min(max(u, -c.max_value), c.max_value);
    state.exp_avg = fma(c.beta1, state.exp_avg, c.one_minus_beta1 * g);
    state.exp_avg_sq = fma(c.beta2, state.exp_avg_sq, c.one_minus_beta2 * g * g);
    return -c.rate *
           fma(c.decay, p,
               c.correction1 * state.exp_avg / (sqrt(c.correction2 * state.exp_avg_sq) + c.epsilon));
  }
};

template <class Rule>
void add_rule(const Options& options, const char* name, const Rule& rule, const char* reference,
              const Shape& shape) {
  Case made{"descent", name, shape.name};
  made.reference = Case{"descent", reference, shape.name}.name();
  add_one_block<float>(options, made, shape, rule);
}

}  // namespace

void register_cases(const Options& options) {
  using namespace descent;
  const auto chain = ClipByValue{0.5} | ScaleByAdam{} | AddDecayedWeights{0.01} | ScaleByLearningRate{1e-3};
  for (const Shape& shape : all_shapes(options)) {
    if (shape.blocks.size() != 1) continue;
    add_rule(options, "one rule", Monolith{}, "one rule", shape);
    add_rule(options, "chain of four", chain, "one rule", shape);
    add_rule(options, "AdamW", AdamW{}, "AdamW", shape);
    add_rule(options, "clip | AdamW", ClipByGlobalNorm{1.0} | AdamW{}, "AdamW", shape);
    add_rule(options, "clip, delayed | AdamW", ClipByGlobalNorm{.max_norm = 1.0, .delayed = true} | AdamW{},
             "AdamW", shape);
  }
}

}  // namespace bench
