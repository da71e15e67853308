// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/rule.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>

namespace descent {

/// Clips the update to a percentile of its norms in the last steps, so that no bound must be chosen.
///
///   most = the percentile of the last norms including this one, interpolated linearly
///   u = u min(1, most / |u|),   the norm over the tree
///
/// Memory: 100 norms. Passes: 2 (one that reads). Shapes: any. The norm is summed in double, in an order that
/// does not depend on the layout. A norm that is not finite makes the whole update NaN and is not stored.
/// Errors: std::invalid_argument for an option out of its range.
/// Source: Seetharaman et al. 2020, arXiv:2007.14469 (AutoClip), which stores all norms; bitsandbytes stores
/// the last 100 per block.
struct ClipByPercentile {
  double percentile = 10;  ///< in (0, 100]
  int window = 100;        ///< number of norms, from 1 to 100; set_rule may change it

  static constexpr int max_window = 100;
  static constexpr RuleTraits traits{.measures = Scope::tree};
  template <class V>
  struct Measured {
    V squared_norm;
  };
  template <class V>
  static void measure(V u, V, Measured<V>& sums) {
    sums.squared_norm = fma(u, u, sums.squared_norm);
  }

  struct RuleState {
    /// The last `count` norms lie before place `next`, in a ring.
    std::array<double, max_window> norms{};
    int count = 0, next = 0;

    bool has_valid_state() const {
      return count >= 0 && count <= max_window && next >= 0 && next < max_window;
    }
  };
  void advance(RuleState& rule_state, Step, const Measured<double>& measured) const {
    if (!is_finite(measured.squared_norm)) return;
    rule_state.norms[static_cast<std::size_t>(rule_state.next)] = std::sqrt(measured.squared_norm);
    rule_state.next = (rule_state.next + 1) % max_window;
    rule_state.count = std::min(rule_state.count + 1, max_window);
  }

  template <class S>
  struct Coefficients {
    S scale;
  };
  Coefficients<double> coefficients(Step, const RuleState& rule_state,
                                    const Measured<double>& measured) const {
    const double norm = std::sqrt(measured.squared_norm);
    if (!is_finite(norm)) return {std::numeric_limits<double>::quiet_NaN()};
    const double most = bound(rule_state);
    return {norm > most ? most / norm : 1};
  }

  template <class V, class C>
  static V update(V u, V, const C& c) {
    return c.scale * u;
  }

  void check(const Check& check) const {
    check("percentile", percentile, Interval{.low = 0, .high = 100, .high_is_open = false});
    check("window", window,
          Interval{.low = 1, .high = max_window, .low_is_open = false, .high_is_open = false});
  }

  /// The percentile of the last `window` norms in memory, which holds at least one.
  double bound(const RuleState& rule_state) const {
    const int count = std::min(rule_state.count, window);
    std::array<double, max_window> sorted{};
    for (int k = 0; k < count; ++k) {
      const int place = (rule_state.next - 1 - k + max_window) % max_window;
      sorted[static_cast<std::size_t>(k)] = rule_state.norms[static_cast<std::size_t>(place)];
    }
    std::sort(sorted.begin(), sorted.begin() + count);
    const double place = percentile / 100 * (count - 1);
    const auto below = static_cast<std::size_t>(place);
    if (below + 1 >= static_cast<std::size_t>(count)) return sorted[below];
    return sorted[below] + (place - static_cast<double>(below)) * (sorted[below + 1] - sorted[below]);
  }
};

}  // namespace descent
