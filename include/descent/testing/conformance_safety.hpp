// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/base/finite.hpp>
#include <descent/core/errors.hpp>
#include <descent/testing/conformance_report.hpp>
#include <descent/testing/conformance_subject.hpp>
#include <descent/training/support/formatted_text.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

// Unusual gradients, wrong inputs, allocations; and whether the rule makes progress.

namespace descent::testing::conformance {

/// The position of a parameter that is not finite; empty if there is none.
template <class S>
std::string find_non_finite(const Matrices<S>& blocks) {
  for (std::size_t b = 0; b < blocks.size(); ++b)
    for (Eigen::Index j = 0; j < blocks[b].cols(); ++j)
      for (Eigen::Index i = 0; i < blocks[b].rows(); ++i)
        if (!is_finite(static_cast<double>(blocks[b](i, j))))
          return "block " + std::to_string(b) + ", element (" + std::to_string(i) + ", " + std::to_string(j) +
                 ") is " + descent::detail::text_of(static_cast<double>(blocks[b](i, j)));
  return "";
}

/// Gradients of size 0, 1e4, 1e-12, and with one element that is always 0: the parameters must stay finite.
template <class S>
std::string find_overflow(const Subject& subject) {
  const Shapes shapes = {{3, 5}, {17, 1}, {1, 1}};
  for (const double size : {0.0, 1e4, 1e-12, 1.0}) {
    Numbers<S> numbers(13);
    Matrices<S> start;
    for (const auto& shape : shapes) start.push_back(numbers.plain_matrix(shape.first, shape.second));
    Run<S> run(subject.of<S>(), start);
    for (int k = 0; k < 10; ++k) {
      Matrices<S> gradient;
      for (const auto& shape : shapes)
        gradient.push_back(static_cast<S>(size) * numbers.plain_matrix(shape.first, shape.second));
      gradient[0](1, 2) = gradient[2](0, 0) = 0;
      run.step(gradient);
      const std::string found = find_non_finite(run.data.values());
      if (!found.empty())
        return "at step " + std::to_string(k) + " with gradients of size " + descent::detail::text_of(size) +
               " " + found;
    }
  }
  return "";
}

template <class F>
bool refuses(F attempt) {
  try {
    attempt();
  } catch (const std::invalid_argument&) {
    return true;
  }
  return false;
}

/// Gradients and parameters of wrong shapes must be refused, and nothing may change.
template <class S>
std::string find_accepted_shape(const Subject& subject) {
  const Trajectory<S> way({{3, 5}, {17, 1}, {4, 2}}, 3);
  Run<S> run(subject.of<S>(), way.start), twin(subject.of<S>(), way.start);
  for (std::size_t k = 0; k < way.gradients.size(); ++k) {
    Matrices<S> transposed = way.gradients[k], fewer = way.gradients[k];
    transposed[2] = transposed[2].transpose().eval();
    fewer.pop_back();
    if (!refuses([&] { run.step(transposed); })) return "a transposed gradient is accepted";
    if (!refuses([&] { run.step(fewer); })) return "a gradient of fewer blocks is accepted";
    const std::string found = difference(run.now(), twin.now());
    if (!found.empty())
      return "before step " + std::to_string(k) + " " + found +
             ": a step that was refused has changed something";
    run.step(way.gradients[k]);
    twin.step(way.gradients[k]);
  }
  const std::string found = difference(run.now(), twin.now());
  return found.empty() ? "" : found + ": steps that were refused have changed something";
}

inline std::string option_text(const Subject& subject, std::size_t option) {
  return "option " + std::to_string(option + 1) + " of " + std::to_string(subject.options.size());
}

/// If one option gets a bad value at step 2, that step must be refused, and nothing may change.
template <class S>
std::string find_fault_in_varying_option(const Subject& subject, std::size_t option, double value) {
  constexpr std::size_t last = 2;
  const Trajectory<S> way({{3, 5}, {4, 2}}, last + 1);
  auto make = [&](const Blocks<S>& blocks) {
    return subject.of<S>().broken(blocks, option, static_cast<std::int64_t>(last), value);
  };
  try {
    Run<S> run(way.start, 0, make);
    for (std::size_t k = 0; k < last; ++k) run.step(way.gradients[k]);
    const Outcome<S> before = run.now();
    if (!refuses([&] { run.step(way.gradients[last]); }))
      return option_text(subject, option) + " is " + descent::detail::text_of(value) +
             " at step 2, and the step is taken; hand it to check()";
    const std::string found = difference(run.now(), before);
    return found.empty() ? ""
                         : found + ": the step refused for " + option_text(subject, option) + " changed it";
  } catch (const std::invalid_argument&) {
    return "";  // it must not vary, or is looked at ahead
  }
}

/// NaN in each option that is a number or a schedule must be refused. A value refused as a number must also
/// be refused when a schedule reaches it.
template <class S>
std::string find_accepted_nan(const Subject& subject) {
  BlockData<S> data(Trajectory<S>({{3, 5}, {4, 2}}, 0).start);
  for (std::size_t option = 0; option < subject.options.size(); ++option) {
    const OptionKind kind = subject.options[option];
    if (kind == OptionKind::other) continue;
    constexpr double infinity = std::numeric_limits<double>::infinity();
    for (const double value : {std::numeric_limits<double>::quiet_NaN(), infinity, -infinity, -1.0, 2.0}) {
      const bool refused = refuses([&] { subject.of<S>().broken(data.blocks, option, 0, value); });
      if (!refused && is_nan(value))
        return option_text(subject, option) + " is accepted as NaN; hand it to check()";
      if (!refused || kind != OptionKind::schedule) continue;
      const std::string found = find_fault_in_varying_option<S>(subject, option, value);
      if (!found.empty()) return found;
    }
  }
  return "";
}

/// Down sum c (p - target)^2 / 2 with curvatures c between 0.2 and 1, or up its negative.
template <class S>
std::string find_no_descent(const Subject& subject, const ConformanceOptions& options) {
  const Shapes shapes = {{4, 3}, {6, 1}, {2, 5}};
  Numbers<S> numbers(3);
  Matrices<S> start, target, curvature, gradient(shapes.size());
  for (const auto& [rows, columns] : shapes) {
    start.push_back(Matrix<S>::Ones(rows, columns) + S(0.05) * numbers.plain_matrix(rows, columns));
    target.push_back(S(0.1) * numbers.plain_matrix(rows, columns));
    curvature.push_back((numbers.plain_matrix(rows, columns).array().abs() / S(12) + S(0.2)).matrix());
  }
  Run<S> run(subject.of<S>(), start);
  auto evaluate = [&] {
    double sum = 0;
    for (std::size_t b = 0; b < shapes.size(); ++b) {
      const Matrix<S> away = run.data.blocks[b] - target[b];
      gradient[b] = curvature[b].cwiseProduct(away);
      sum += static_cast<double>(gradient[b].cwiseProduct(away).sum()) / 2;
      if (options.maximizes) gradient[b] = -gradient[b];
    }
    return sum;
  };
  const double first = evaluate();
  double loss = first;
  for (std::int64_t k = 0; k < options.descent_steps; ++k) {
    run.step(gradient, options.maximizes ? -loss : loss);
    loss = evaluate();
  }
  if (loss < options.loss_left * first) return "";
  return descent::detail::formatted("after %d steps on a quadratic the loss is %.3g, at the start %.3g",
                                    {options.descent_steps, loss, first}) +
         (loss > first ? "; a part without a learning rate climbs: examine it with | ScaleByLearningRate{0.1}"
                       : "");
}

}  // namespace descent::testing::conformance
