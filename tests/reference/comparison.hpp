// SPDX-License-Identifier: MIT
#pragma once

#include "reference/trajectory.hpp"

#include <cmath>
#include <limits>
#include <optional>
#include <sstream>
#include <string>

namespace reference {

/// "step 3, block 'weight', entry 5: expected 0.25, got 0.125 (off by 0.1, tolerance 1e-12)"
inline std::string disagreement(const std::string& place, double expected, double got, double tolerance) {
  std::ostringstream text;
  text.precision(17);
  text << place << ": expected " << expected << ", got " << got;
  text.precision(3);
  text << " (off by " << std::abs(got - expected) / (1 + std::abs(expected)) << ", tolerance " << tolerance
       << ")";
  return text.str();
}

/// The criterion of the reference; NaN never agrees.
inline bool agrees(double got, double expected, double tolerance) {
  return std::abs(got - expected) <= tolerance * (1 + std::abs(expected));
}

/// The first entry at which a tree disagrees with [block][entry]; empty if all agree.
template <class S>
std::optional<std::string> compare(const Layout& layout, const Tree<S>& got, const nlohmann::json& expected,
                                   std::size_t step, double tolerance) {
  for (std::size_t b = 0; b < layout.size(); ++b) {
    const auto values = layout.entries(got, b);
    for (std::size_t i = 0; i < values.size(); ++i) {
      const double right = expected.at(b).at(i).template get<double>();
      const auto value = static_cast<double>(values[i]);
      if (agrees(value, right, tolerance)) continue;
      return disagreement(
          "step " + std::to_string(step) + ", block '" + layout.name(b) + "', entry " + std::to_string(i),
          right, value, tolerance);
    }
  }
  return std::nullopt;
}

/// A step whose null gradients are absent.
template <class S>
void step_without_absent(const Layout& layout, const Stepper<S>& optimizer, Tree<S>& parameters,
                         nlohmann::json gradients) {
  std::vector<std::size_t> absent;
  for (std::size_t b = 0; b < layout.size(); ++b) {
    if (!gradients[b].is_null()) continue;
    absent.push_back(layout.index_in_tree(b));
    const auto entries = static_cast<std::size_t>(layout.shapes()[b].rows * layout.shapes()[b].columns);
    gradients[b] = std::vector<double>(entries, 1e30);  // must not be read
  }
  optimizer.step_without(parameters, layout.tree<S>(gradients), absent);
}

/// A step of the rows listed for each block.
template <class S>
void step_of_rows(const Layout& layout, const Stepper<S>& optimizer, Tree<S>& parameters,
                  const nlohmann::json& gradients, const nlohmann::json& rows) {
  const Tree<S> whole = layout.tree<S>(gradients);
  std::vector<std::vector<Eigen::Index>> indices(layout.size());
  Tree<S> values = whole;
  for (std::size_t b = 0; b < layout.size(); ++b)
    indices[layout.index_in_tree(b)] = rows.at(b).template get<std::vector<Eigen::Index>>();
  RowsTree<S> gradient;
  std::size_t place = 0;
  const auto add = [&](auto& to, auto& some, const auto& all) {
    for (std::size_t k = 0; k < all.size(); ++k, ++place) {
      some[k] = all[k](indices[place], Eigen::seqN(0, all[k].cols())).eval();
      to.push_back(descent::gradient_rows(indices[place], some[k]));
    }
  };
  add(gradient.matrices, values.matrices, whole.matrices);
  add(gradient.vectors, values.vectors, whole.vectors);
  optimizer.step_rows(parameters, gradient);
}

/// The first disagreement of a scalar that the peer reports after each step.
template <class S>
std::optional<std::string> compare_trace(const nlohmann::json& trace, const Stepper<S>& optimizer,
                                         std::size_t step, double tolerance) {
  for (const auto& item : trace.items()) {
    if (item.key() != "d" || !optimizer.distance)
      return "there is nothing to compare '" + item.key() + "' with";
    const double right = item.value().at(step), value = optimizer.distance();
    if (!agrees(value, right, tolerance))
      return disagreement("step " + std::to_string(step) + ", d", right, value, tolerance);
  }
  return std::nullopt;
}

/// Follows a trajectory: uses the given gradients, and compares the parameters after every step.
template <class S>
std::optional<std::string> follow(const nlohmann::json& test_case, const AnyRule& rule, double tolerance) {
  const Layout layout(test_case.at("blocks"));
  nlohmann::json initial = nlohmann::json::array();
  for (const auto& block : test_case.at("blocks")) initial.push_back(block.at("initial"));
  Tree<S> parameters = layout.tree<S>(initial);
  const Stepper<S> optimizer = rule.optimizer(parameters);
  const bool averages = test_case.contains("averaged"), has_hessians = test_case.contains("hessians"),
             has_losses = test_case.contains("losses");
  const auto observe = [&](std::size_t step) {
    optimizer.observe_hessian(layout.tree<S>(test_case.at("hessians").at(step)));
  };
  const auto& gradients = test_case.at("gradients");
  for (std::size_t step = 0; step < gradients.size(); ++step) {
    if (has_hessians && rule.hessians_after_every == 0) observe(step);
    if (optimizer.step_without) {
      step_without_absent(layout, optimizer, parameters, gradients[step]);
    } else if (optimizer.step_rows) {
      step_of_rows(layout, optimizer, parameters, gradients[step], test_case.at("rows").at(step));
    } else {
      optimizer.step(parameters, layout.tree<S>(gradients[step]),
                     has_losses ? test_case.at("losses").at(step).template get<double>()
                                : std::numeric_limits<double>::quiet_NaN());
    }
    if (has_hessians && rule.hessians_after_every > 0 &&
        step % static_cast<std::size_t>(rule.hessians_after_every) == 0)
      observe(step);
    auto found = compare(layout, parameters, test_case.at("parameters").at(step), step, tolerance);
    if (!found.has_value() && averages)
      found = compare(layout, optimizer.evaluation_point(parameters), test_case.at("averaged").at(step), step,
                      tolerance);
    if (!found.has_value() && test_case.contains("trace"))
      found = compare_trace(test_case.at("trace"), optimizer, step, tolerance);
    if (found.has_value()) return found;
  }
  return std::nullopt;
}

/// Clips the gradient of each step separately: the clipped gradient is the change of the parameters.
template <class S>
std::optional<std::string> clip(const nlohmann::json& test_case, const AnyRule& rule, double tolerance) {
  const Layout layout(test_case.at("blocks"));
  const auto& steps = test_case.at("steps");
  for (std::size_t step = 0; step < steps.size(); ++step) {
    const Tree<S> gradient = layout.tree<S>(steps[step].at("gradients"));
    const Tree<S> parameters = layout.tree<S>(steps[step].at("parameters"));
    Tree<S> result = parameters;
    rule.optimizer(result).step(result, gradient, 0);
    const auto subtract = [](auto& block, const auto& other) { block -= other; };
    descent::detail::walk(subtract, result, parameters);
    const auto found = compare(layout, result, steps[step].at("clipped"), step, tolerance);
    if (found.has_value()) return found;
  }
  return std::nullopt;
}

}  // namespace reference
