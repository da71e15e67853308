// SPDX-License-Identifier: MIT
#pragma once

#include <descent/optimizers/lbfgs/line_search.hpp>

#include <cmath>
#include <vector>

namespace test {

struct Value {
  double loss, slope;
};

/// A function of one number, with a record of where it was evaluated and which point was kept.
template <class F>
struct RecordingLine {
  descent::detail::LinePoint evaluate(double step) {
    steps.push_back(step);
    const Value value = function(step);
    return {step, value.loss, value.slope, std::isfinite(value.loss) && std::isfinite(value.slope)};
  }
  void keep() { kept = steps.back(); }

  F function;
  std::vector<double> steps = {};
  double kept = 0;
};

template <class F>
descent::detail::LinePoint start_of(F function) {
  const Value value = function(0.0);
  return {0, value.loss, value.slope};
}

}  // namespace test
