// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/base/finite.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

namespace descent::detail {

/// A derivative by differences, and its possible error from the rounding of the loss.
struct Difference {
  double derivative = 0;
  double rounding = 0;
};

/// Restores an element at the end of its scope, also after an exception.
template <class S>
class ElementGuard {
 public:
  explicit ElementGuard(S& element) : element_(element), original_(element) {}
  ElementGuard(const ElementGuard&) = delete;
  ElementGuard& operator=(const ElementGuard&) = delete;
  ~ElementGuard() { element_ = original_; }
  S original() const { return original_; }

 private:
  S& element_;
  S original_;
};

/// The step that balances truncation and rounding errors of a central difference, relative to the element.
template <class S>
double default_relative_step() {
  return std::cbrt(static_cast<double>(std::numeric_limits<S>::epsilon()));
}

/// (f(x + h) - f(x - h)) / 2h, with the h that x + h has after rounding.
template <class S, class Value>
Difference difference_with_step(S& element, double h, Value& value) {
  const ElementGuard<S> guard(element);
  const S up = guard.original() + static_cast<S>(h), down = guard.original() - static_cast<S>(h);
  element = up;
  const double above = value();
  element = down;
  const double below = value();
  const double width = static_cast<double>(up) - static_cast<double>(down);
  const double size = std::max(std::abs(above), std::abs(below));
  return {(above - below) / width,
          size * static_cast<double>(std::numeric_limits<S>::epsilon()) / (width / 2)};
}

/// The derivative of value() with respect to an element. The step is relative to max(1, |x|); if that leaves
/// the function's domain (a small x under a logarithm), a step relative to |x| is tried.
template <class S, class Value>
Difference central_difference(S& element, const std::optional<double>& relative_step, Value& value) {
  const double relative = relative_step ? *relative_step : default_relative_step<S>();
  const double size = std::abs(static_cast<double>(element));
  const Difference difference = difference_with_step(element, relative * std::max(1.0, size), value);
  if (is_finite(difference.derivative) || size == 0 || size >= 1) return difference;
  return difference_with_step(element, relative * size, value);
}

}  // namespace descent::detail
