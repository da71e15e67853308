// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/parameters.hpp>
#include <descent/core/tree/requirements.hpp>
#include <descent/training/norms.hpp>
#include <descent/training/optimizer_for.hpp>
#include <descent/training/parameter_copy.hpp>
#include <descent/training/update_report.hpp>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <type_traits>
#include <utility>

namespace descent {

/// Measures what steps do, for loops of your own; `fit` has `on_update`.
///
///   UpdateObserver observer(model);
///   for (...) {
///     const double loss = model.loss(batch, gradient);
///     const UpdateReport& report = observer.step(optimizer, model, gradient, loss);
///   }
///
/// Memory: a copy of the parameters and one of the gradient. Passes: two over the parameters and three over
/// the gradient for each step observed; nothing for others, so that looking at every tenth step costs a tenth.
/// Allocates when it is made, never again. Takes the steps as `optimizer.step` does: an error leaves
/// everything as it was.
template <class Parameters>
class UpdateObserver {
 public:
  explicit UpdateObserver(const Parameters& parameters) : before_(parameters), gradient_(parameters) {
    auto add = [&](const std::string& path, const auto& block) {
      report_.blocks.push_back({.path = path, .elements = static_cast<std::int64_t>(block.size())});
    };
    detail::walk_paths(add, parameters, std::string());
  }

  /// Lets the optimizer take a step and says what it did. The report is valid until the next step.
  template <class O, class Tree, class Gradient>
  const UpdateReport& step(O& optimizer, Tree&& parameters, const Gradient& gradient, double loss) {
    return observe(optimizer, parameters, gradient, loss,
                   [&] { optimizer.step(parameters, gradient, loss); });
  }

  /// Lets `take_step()` take the step and says what it did: for rules that are not stepped by a gradient alone.
  template <class O, class Tree, class Gradient, class F>
  const UpdateReport& observe(const O& optimizer, const Tree& parameters, const Gradient& gradient,
                              double loss, F&& take_step) {
    before_.store(parameters);
    const std::int64_t number = optimizer.steps();
    const double rate = detail::learning_rate_of(optimizer);
    take_step();
    report_.step = number;
    report_.loss = loss;
    report_.learning_rate = rate;
    measure(parameters, gradient);
    report_.skipped_steps += report_.skipped() ? 1 : 0;
    gradient_.store(gradient);
    has_gradient_ = true;
    return report_;
  }

  /// The last report; empty before the first step.
  const UpdateReport& report() const { return report_; }

 private:
  struct Sums {
    double gradient = 0, update = 0, parameters = 0, product = 0, previous = 0;
  };

  template <class Tree, class Gradient>
  void measure(const Tree& parameters, const Gradient& gradient) {
    Sums all;
    std::size_t index = 0;
    auto add = [&](const auto& block, const auto& before, const auto& slope, const auto& previous) {
      add_block(block, before, slope, previous, report_.blocks[index++], all);
    };
    detail::walk(add, parameters, before_.values(), gradient, gradient_.values());
    report_.gradient_norm = std::sqrt(all.gradient);
    report_.update_norm = std::sqrt(all.update);
    report_.parameter_norm = std::sqrt(all.parameters);
    if (!has_gradient_) return;
    report_.gradient_product = all.product;
    report_.gradient_cosine = all.product / std::sqrt(all.gradient * all.previous);
  }

  template <class B, class Before, class G, class Previous>
  static void add_block(const B& block, const Before& before, const G& gradient, const Previous& previous,
                        BlockUpdate& report, Sums& all) {
    Sums sums;
    report.zero_gradients = 0;
    detail::for_each_place(block, [&](auto row, auto column) {
      const auto old = static_cast<double>(before.coeff(row, column));
      const auto change = static_cast<double>(block.coeff(row, column)) - old;
      const auto slope = static_cast<double>(gradient.coeff(row, column));
      const auto last = static_cast<double>(previous.coeff(row, column));
      sums.gradient += slope * slope;
      sums.update += change * change;
      sums.parameters += old * old;
      sums.product += slope * last;
      sums.previous += last * last;
      report.zero_gradients += slope == 0 ? 1 : 0;
    });
    report.gradient_norm = std::sqrt(sums.gradient);
    report.update_norm = std::sqrt(sums.update);
    report.parameter_norm = std::sqrt(sums.parameters);
    all.gradient += sums.gradient;
    all.update += sums.update;
    all.parameters += sums.parameters;
    all.product += sums.product;
    all.previous += sums.previous;
  }

  detail::ParameterCopy<Parameters> before_, gradient_;
  UpdateReport report_;
  bool has_gradient_ = false;
};

}  // namespace descent
