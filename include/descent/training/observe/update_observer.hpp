// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/chain.hpp>
#include <descent/core/parameters.hpp>
#include <descent/core/tree/requirements.hpp>
#include <descent/training/observe/update_report.hpp>
#include <descent/training/support/norms.hpp>
#include <descent/training/support/optimizer_for.hpp>
#include <descent/training/support/parameter_copy.hpp>
#include <descent/transforms/clip/clip_by_global_norm.hpp>
#include <descent/wrappers/skip_non_finite.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace descent {

namespace detail {

/// See UpdateReport::clip_norm.
template <class Rule, std::size_t place = 0>
double clip_norm_of(const Rule& rule, std::int64_t step) {
  if constexpr (place < AsChain<Rule>::List::count) {
    const auto& part = AsChain<Rule>::template part<place>(rule);
    using Part = std::remove_cvref_t<decltype(part)>;
    if constexpr (std::is_same_v<Part, ClipByGlobalNorm>) return part.max_norm(step);
    if constexpr (std::is_same_v<Part, SkipNonFinite>) return clip_norm_of<Rule, place + 1>(rule, step);
  }
  return std::numeric_limits<double>::quiet_NaN();
}

}  // namespace detail

/// Measures the effects of steps, for loops of your own; `fit` has `on_update`.
///
///   UpdateObserver observer(model);
///   for (...) {
///     const double loss = model.loss(batch, gradient);
///     const UpdateReport& report = observer.step(optimizer, model, gradient, loss);
///   }
///
/// Memory: a copy of the parameters, one of the gradient, and a counter for each row and column. Passes: two
/// over the parameters and three over the gradient for each observed step, none for other steps: observing
/// every tenth step costs a tenth.
/// Allocates only at construction. Performs the steps as `optimizer.step` does: an error leaves everything
/// unchanged.
template <class Parameters>
class UpdateObserver {
  /// For each row or column of a block, the number of steps for which its gradient has been exactly 0.
  class SilentLines {
   public:
    void resize(std::int64_t lines) { last_active_.assign(static_cast<std::size_t>(lines), 0); }
    void mark(std::int64_t line, std::int64_t step) { last_active_[static_cast<std::size_t>(line)] = step; }
    /// The number of lines that were silent in the last `steps` steps up to `step`, counted from 1.
    std::int64_t count(std::int64_t step, std::int64_t steps) const {
      return std::count_if(last_active_.begin(), last_active_.end(),
                           [&](std::int64_t active) { return step - active >= steps; });
    }

   private:
    std::vector<std::int64_t> last_active_;
  };

 public:
  explicit UpdateObserver(const Parameters& parameters) : before_(parameters), gradient_(parameters) {
    auto add = [&](const std::string& path, const auto& block) {
      report_.blocks.push_back({.path = path,
                                .elements = static_cast<std::int64_t>(block.size()),
                                .rows = static_cast<std::int64_t>(block.rows()),
                                .columns = static_cast<std::int64_t>(block.cols())});
      rows_.emplace_back().resize(report_.blocks.back().rows);
      columns_.emplace_back().resize(report_.blocks.back().columns);
    };
    detail::walk_paths(add, parameters, std::string());
  }

  /// Lets the optimizer take a step and reports its effects. The report is valid until the next step.
  template <class O, class Tree, class Gradient>
  const UpdateReport& step(O& optimizer, Tree&& parameters, const Gradient& gradient, double loss) {
    return observe(optimizer, parameters, gradient, loss,
                   [&] { optimizer.step(parameters, gradient, loss); });
  }

  /// Lets `take_step()` take the step and reports its effects: for rules that need more than a gradient.
  template <class O, class Tree, class Gradient, class F>
  const UpdateReport& observe(const O& optimizer, const Tree& parameters, const Gradient& gradient,
                              double loss, F&& take_step) {
    before_.store(parameters);
    const std::int64_t number = optimizer.steps();
    const double rate = detail::learning_rate_of(optimizer);
    report_.clip_norm = detail::clip_norm_of(optimizer.rule(), number);
    take_step();
    ++observed_;
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
      add_block(block, before, slope, previous, index++, all);
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
  void add_block(const B& block, const Before& before, const G& gradient, const Previous& previous,
                 std::size_t index, Sums& all) {
    Sums sums;
    BlockUpdate& report = report_.blocks[index];
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
      if (slope == 0) return;
      rows_[index].mark(static_cast<std::int64_t>(row), observed_);
      columns_[index].mark(static_cast<std::int64_t>(column), observed_);
    });
    report.silent_rows = rows_[index].count(observed_, silence);
    report.silent_columns = columns_[index].count(observed_, silence);
    report.gradient_norm = std::sqrt(sums.gradient);
    report.update_norm = std::sqrt(sums.update);
    report.parameter_norm = std::sqrt(sums.parameters);
    all.gradient += sums.gradient;
    all.update += sums.update;
    all.parameters += sums.parameters;
    all.product += sums.product;
    all.previous += sums.previous;
  }

  static constexpr std::int64_t silence = 200;  // steps

  detail::ParameterCopy<Parameters> before_, gradient_;
  UpdateReport report_;
  std::vector<SilentLines> rows_, columns_;
  std::int64_t observed_ = 0;
  bool has_gradient_ = false;
};

}  // namespace descent
