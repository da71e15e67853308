// SPDX-License-Identifier: MIT
#pragma once

// What many rules of tests declare alike. A rule inherits it.
namespace test {

/// Measures the sum of the updates.
struct MeasuresSum {
  template <class V>
  struct Measured {
    V sum;
  };
  template <class V>
  static void measure(V u, V, Measured<V>& sums) {
    sums.sum += u;
  }
};

/// Replaces the update by a sum.
struct ReturnsSum {
  template <class S>
  struct Coefficients {
    S sum;
  };
  template <class V, class C>
  static V update(V, V, const C& c) {
    return c.sum;
  }
};

}  // namespace test
