// SPDX-License-Identifier: MIT
// Rules, type-erased, so that a problem and the search for a learning rate are compiled once for all of them.
#pragma once

#include <descent/core/optimizer.hpp>

#include <Eigen/Core>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace support {

/// The parameters of every problem of the battery: a few matrices.
using Tree = std::vector<Eigen::MatrixXd>;
using Objective = std::function<double(const Tree&, Tree& gradient)>;

class BatteryOptimizer {
 public:
  virtual ~BatteryOptimizer() = default;
  virtual void step(Tree& parameters, const Objective& objective) = 0;
  /// The point at which to evaluate the model: the average, for rules that keep one.
  virtual Tree evaluation_point(const Tree& parameters) = 0;
};

/// The learning rate over the steps of a run.
enum class Pace {
  falling,   // from the given value to 0 along a cosine
  constant,  // for rules that average
  own        // the rule finds its learning rate, and keeps its default
};

/// The kind of gradient that the rule is made for.
enum class Batches { any, whole };

struct BatteryRule {
  std::string name;
  Pace pace;
  Batches batches;
  std::function<std::unique_ptr<BatteryOptimizer>(const Tree&, const descent::Schedule& rate)> make;
};

/// An estimate of the Hessian's diagonal by differences of the gradient along random signs (Hutchinson).
inline Tree estimated_curvature(const Tree& parameters, const Objective& objective, std::uint32_t& random) {
  constexpr double distance = 1e-4;
  Tree near = parameters, far = parameters, signs = parameters;
  Tree gradient = descent::zeros_like(parameters), curvature = gradient;
  for (std::size_t b = 0; b < parameters.size(); ++b) {
    signs[b] = signs[b].unaryExpr([&](double) {
      random =
          random * 1664525u + 1013904223u;  // Numerical Recipes' generator; its highest bit is a fair coin
      return random >> 31 == 0 ? 1.0 : -1.0;
    });
    near[b] -= distance * signs[b];
    far[b] += distance * signs[b];
  }
  objective(far, curvature);
  objective(near, gradient);
  for (std::size_t b = 0; b < parameters.size(); ++b)
    curvature[b] = signs[b].cwiseProduct(curvature[b] - gradient[b]) / (2 * distance);
  return curvature;
}

template <class Rule>
class BatteryOptimizerOf final : public BatteryOptimizer {
  using Plan = descent::detail::Plan<Rule>;
  static constexpr bool wants_curvature =
      descent::detail::any_observes_hessian<Plan>(typename Plan::AllLeaves{});

 public:
  BatteryOptimizerOf(const Tree& parameters, Rule rule) : optimizer_(parameters, std::move(rule)) {}

  void step(Tree& parameters, const Objective& objective) override {
    if constexpr (wants_curvature) {
      if (optimizer_.steps() % 10 == 0)
        optimizer_.observe_hessian(estimated_curvature(parameters, objective, random_));
    }
    optimizer_.step(parameters, objective);
  }
  Tree evaluation_point(const Tree& parameters) override { return optimizer_.evaluation_point(parameters); }

 private:
  descent::Optimizer<Tree, Rule> optimizer_;
  std::uint32_t random_ = 1;
};

/// A rule that is constructed for each learning rate.
template <class Make>
BatteryRule battery_rule_made(std::string name, Pace pace, Make make, Batches batches = Batches::any) {
  return {std::move(name), pace, batches, [make](const Tree& parameters, const descent::Schedule& rate) {
            using Rule = decltype(make(rate));
            return std::make_unique<BatteryOptimizerOf<Rule>>(parameters, make(rate));
          }};
}

/// A recipe; the battery chooses its learning rate.
template <class Rule>
BatteryRule battery_rule(std::string name, const Rule& rule, Pace pace = Pace::falling,
                         Batches batches = Batches::any) {
  auto make = [rule](const descent::Schedule& rate) {
    Rule with_rate = rule;
    with_rate.learning_rate = rate;
    return with_rate;
  };
  return battery_rule_made(std::move(name), pace, make, batches);
}

// The catalogue in parts, which are compiled separately: examples/convergence/.
std::vector<BatteryRule> classic_rules();
std::vector<BatteryRule> adaptive_rules();
std::vector<BatteryRule> recent_rules();
std::vector<BatteryRule> rules_of_blocks();
std::vector<BatteryRule> rules_without_rate();

}  // namespace support
