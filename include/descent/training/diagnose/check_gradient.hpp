// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/base/random.hpp>
#include <descent/core/check.hpp>
#include <descent/core/parameters.hpp>
#include <descent/core/tree/block_types.hpp>
#include <descent/training/diagnose/gradient_diagnosis.hpp>
#include <descent/training/diagnose/gradient_report.hpp>
#include <descent/training/problem/numerical_gradient.hpp>
#include <descent/training/problem/objective.hpp>
#include <descent/training/support/formatted_text.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

namespace descent {

/// How to check a gradient.
struct CheckGradientOptions {
  /// Of the relative difference, greater than 0; by default 1.2e-5 for double and 1e-2 for float. Rounding of
  /// the loss is tolerated in addition, so that a large loss causes no false alarm.
  std::optional<double> tolerance = {};
  std::int64_t elements = 1000;  ///< Compares at most this number of elements of each block, at least 1: all
                                 ///< of a small block, an evenly spread sample of a large one.
  std::uint64_t seed = 0;        ///< chooses the sample
  std::optional<double> relative_step = {};  ///< of the differences, greater than 0; see numerical_gradient

  /// Errors: std::invalid_argument for an option out of its range.
  void check(const Check& check) const {
    if (tolerance) check("tolerance", *tolerance, legal::positive);
    check("elements", static_cast<double>(elements), legal::at_least(1));
    if (relative_step) check("relative_step", *relative_step, legal::positive);
  }
};

namespace detail {

/// Calls f(row, column) for a sample of a block, one from each of `count` equal parts of its elements.
template <class F>
void for_each_sample(Eigen::Index rows, Eigen::Index columns, std::int64_t elements, SplitMix64& generator,
                     F&& f) {
  const std::int64_t size = rows * columns, count = std::min<std::int64_t>(elements, size);
  for (std::int64_t k = 0; k < count; ++k) {
    const double part = static_cast<double>(size) / static_cast<double>(count);
    const auto first = count == size ? k : static_cast<std::int64_t>(static_cast<double>(k) * part);
    const auto last = count == size ? k + 1 : static_cast<std::int64_t>(static_cast<double>(k + 1) * part);
    const auto choices = static_cast<std::uint64_t>(std::max<std::int64_t>(1, last - first));
    const std::int64_t chosen = first + static_cast<std::int64_t>(generator.below(choices));
    f(static_cast<Eigen::Index>(chosen % rows), static_cast<Eigen::Index>(chosen / rows));
  }
}

/// The loss; if the objective cannot compute it alone, `scratch` receives the gradient.
template <class F, class Tree, class Gradient>
double loss_alone(F& objective, const Tree& point, Gradient& scratch) {
  if constexpr (ValueObjective<F, Tree>) {
    return static_cast<double>(objective(point));
  } else {
    return evaluate(objective, point, scratch);
  }
}

/// The report on a block whose gradient has a different shape.
template <class B, class G>
BlockGradientReport report_shape(const std::string& path, const B& block, const G& gradient) {
  const bool transposed = block.rows() == gradient.cols() && block.cols() == gradient.rows();
  return {.path = path,
          .rows = block.rows(),
          .columns = block.cols(),
          .wrong = static_cast<std::int64_t>(block.size()),
          .hint = formatted("its gradient is %dx%d%s",
                            {gradient.rows(), gradient.cols(), transposed ? " (transposed?)" : ""})};
}

/// Compares one element. If the values differ, a second difference with twice the step estimates the error of
/// the first: near a minimum the derivative is small but its truncation error is not.
template <class S, class Value>
ComparedElement compare_element(S& element, double analytic, Value& value,
                                const CheckGradientOptions& options, double tolerance) {
  constexpr double roundings = 16;  // the loss is a sum: its rounding is some multiple of epsilon
  const double step = options.relative_step ? *options.relative_step : default_relative_step<S>();
  const Difference numeric = central_difference(element, step, value);
  ComparedElement compared{
      .analytic = analytic, .numeric = numeric.derivative, .uncertainty = roundings * numeric.rounding};
  if (!compared.finite() || excess_of(compared, tolerance, 0) <= 1) return compared;
  const Difference wide = central_difference(element, 2 * step, value);
  const double truncation = std::abs(wide.derivative - numeric.derivative) / 3;
  if (is_finite(truncation)) compared.uncertainty += 2 * truncation;
  return compared;
}

/// Compares one block; `value` computes the loss at the current parameters.
template <class B, class G, class Value>
BlockGradientReport compare_block(const std::string& path, B& block, const G& gradient, Value& value,
                                  const CheckGradientOptions& options, double tolerance) {
  if (block.rows() != gradient.rows() || block.cols() != gradient.cols())
    return report_shape(path, block, gradient);
  SplitMix64 generator(options.seed);
  ComparedElements elements;
  for_each_sample(block.rows(), block.cols(), options.elements, generator, [&](auto row, auto column) {
    const auto analytic = static_cast<double>(gradient(row, column));
    elements.push_back(compare_element(block.coeffRef(row, column), analytic, value, options, tolerance));
    elements.back().row = row;
    elements.back().column = column;
  });
  return judge_block(path, elements, block.rows(), block.cols(), tolerance);
}

/// Compares all blocks; `point` is a copy of the parameters, or refers to them and is restored.
template <class F, class Tree>
GradientReport compare_gradients(F& objective, Tree& point, const CheckGradientOptions& options) {
  auto gradient = zeros_like(std::as_const(point));
  auto scratch = gradient;
  GradientReport report{.loss = evaluate(objective, std::as_const(point), gradient)};
  report.deterministic =
      evaluate(objective, std::as_const(point), scratch) == report.loss || !is_finite(report.loss);
  if (!same_lengths(point, gradient))
    fail_invalid_argument("check_gradient: the objective has changed the number of blocks of its gradient");
  auto value = [&] { return loss_alone(objective, std::as_const(point), scratch); };
  auto compare = [&](auto& block, const auto& analytic) {
    using S = typename std::remove_cvref_t<decltype(analytic)>::Scalar;
    const double tolerance = options.tolerance ? *options.tolerance : 2 * default_relative_step<S>();
    const std::string path = path_of_block(point, report.blocks.size());
    report.blocks.push_back(compare_block(path, block, analytic, value, options, tolerance));
  };
  walk(compare, point, gradient);
  return report;
}

}  // namespace detail

/// Compares the gradient of an objective with central differences.
///
///   const auto report = check_gradient(objective, model);
///   if (!report.ok()) std::puts(to_string(report).c_str());
///     // the gradient is wrong
///     //   ok     bias (4x1): 4 elements, largest error 3.1e-11, relative 2.0e-10
///     //   WRONG  weights (4x3): 12 of 12 elements differ, most at (1, 2): analytic 0.5, numeric
///     //          0.25; looks scaled by 2
///
/// For a model with mini-batches:
///   check_gradient([&](const Model& m, Model& gradient) { return m.loss(batch, gradient); }, model)
/// Calls the objective twice for every compared element, four times if it differs, with the parameters alone
/// if possible. The parameters stay bit for bit the same, also if the objective throws. A kink (a ReLU at 0)
/// within a step of the parameters may be reported as wrong.
/// Errors: std::invalid_argument for options out of range. A wrong gradient is reported, not thrown.
template <class F, class Tree>
GradientReport check_gradient(F&& objective, Tree&& parameters, const CheckGradientOptions& options = {}) {
  using Parameters = std::remove_cvref_t<Tree>;
  if constexpr (detail::require_parameters<Parameters&>()) {
    if constexpr (detail::require_objective<F, Parameters>()) {
      options.check(Check("check_gradient"));
      Parameters point = detail::copy_of(parameters);
      return detail::compare_gradients(objective, point, options);
    }
  }
}

}  // namespace descent
