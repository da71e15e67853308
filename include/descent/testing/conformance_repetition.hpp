// SPDX-License-Identifier: MIT
#pragma once

#include <descent/testing/conformance_subject.hpp>

#include <algorithm>
#include <cstddef>
#include <string>

// The same inputs must give the same bits: again, from a copy in the middle, after a reset. A property
// returns its finding, empty if there is none.

namespace descent::testing::conformance {

inline Shapes some_shapes() { return {{3, 5}, {17, 1}, {0, 2}, {4, 2}}; }

inline std::string at_step(std::size_t step, const std::string& found) {
  return found.empty() ? "" : "at step " + std::to_string(step) + " " + found;
}

/// Two optimizers in parallel, and one after them: nothing may be remembered outside of an optimizer.
template <class S>
std::string find_impurity(const Subject& subject) {
  Trajectory<S> way(some_shapes(), 4);
  const auto gradients = way.gradients;
  Run<S> first(subject.of<S>(), way.start), second(subject.of<S>(), way.start), later = first;
  const auto options = first.optimizer->options(3);
  for (std::size_t k = 0; k < gradients.size(); ++k) {
    first.step(way.gradients[k]);
    second.step(way.gradients[k]);
    const std::string found = difference(second.now(), first.now());
    if (!found.empty()) return at_step(k, found + ": a second optimizer with the same inputs differs");
    const std::string changed = difference(way.gradients[k], gradients[k]);
    if (!changed.empty()) return at_step(k, changed + ": the gradient was changed");
  }
  later.steps(gradients);
  const std::string found = difference(later.now(), first.now());
  if (!found.empty()) return found + ": the same steps later differ";
  const auto after = first.optimizer->options(3);
  const auto same = [](double a, double b) { return same_bits(a, b); };
  if (!std::equal(options.begin(), options.end(), after.begin(), after.end(), same))
    return "the steps have changed the options of the rule";
  return "";
}

/// A copy in the middle continues like the original, and does not affect it.
template <class S>
std::string find_fault_in_copies(const Subject& subject) {
  const Trajectory<S> way(some_shapes(), 6);
  Run<S> original(subject.of<S>(), way.start);
  for (std::size_t k = 0; k < 3; ++k) original.step(way.gradients[k]);
  const Outcome<S> before = original.now();
  Run<S> copy = original;
  if (copy.optimizer->steps() != 3) return "the copy of an optimizer after 3 steps has another step number";
  for (std::size_t k = 3; k < 6; ++k) copy.step(way.gradients[k]);
  const std::string noticed = difference(original.now(), before);
  if (!noticed.empty()) return noticed + ": the steps of a copy have changed the original";
  for (std::size_t k = 3; k < 6; ++k) original.step(way.gradients[k]);
  const std::string found = difference(copy.now(), original.now());
  return found.empty() ? "" : found + ": a copy after 3 of 6 steps went on otherwise than the original";
}

/// After reset() it behaves like a new one.
template <class S>
std::string find_fault_in_reset(const Subject& subject) {
  const Trajectory<S> way(some_shapes(), 4);
  Run<S> used(subject.of<S>(), way.start), fresh(subject.of<S>(), way.start);
  used.steps(way.gradients);
  used.optimizer->reset();
  for (std::size_t b = 0; b < way.start.size(); ++b) used.data.blocks[b] = way.start[b];
  if (used.optimizer->steps() != 0) return "after reset() the step number is not 0";
  for (std::size_t k = 0; k < way.gradients.size(); ++k) {
    used.step(way.gradients[k]);
    fresh.step(way.gradients[k]);
    const std::string found = difference(used.now(), fresh.now());
    if (!found.empty()) return at_step(k, found + ": an optimizer after reset() is not as new");
  }
  return "";
}

}  // namespace descent::testing::conformance
