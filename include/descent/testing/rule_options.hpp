// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/base/members.hpp>
#include <descent/core/chain.hpp>
#include <descent/core/schedule.hpp>
#include <descent/testing/conformance_subject.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

// The options of a rule by position, without its help: the fields of the aggregate. They have numbers, not
// names.

namespace descent::testing::conformance {

/// Calls f(option) for each; returns false if they cannot be separated.
template <class R, class F>
constexpr bool for_each_option(R& rule, F&& f) {
  if constexpr (descent::detail::is_chain<R>) {
    return rule.rules.apply([&](auto&... each) { return (for_each_option(each, f) && ...); });
  } else if constexpr (descent::detail::has_countable_members<R>()) {
    descent::detail::visit_members(rule, [&](auto&... options) { (f(options), ...); });
    return true;
  } else {
    return false;
  }
}

template <class Option>
constexpr OptionKind kind_of() {
  if constexpr (std::is_same_v<Option, Schedule>) {
    return OptionKind::schedule;
  } else if constexpr (std::is_floating_point_v<Option>) {
    return OptionKind::number;
  } else {
    return OptionKind::other;
  }
}

/// A user's schedule that becomes invalid at some step.
struct BrokenFrom {
  Schedule before;
  std::int64_t from;
  double value;
  double operator()(std::int64_t step) const { return step < from ? before(step) : value; }
};

/// Gives option number `option` a value from step `from` on.
template <class R>
void break_option(R& rule, std::size_t option, std::int64_t from,
                  double value = std::numeric_limits<double>::quiet_NaN()) {
  std::size_t index = 0;
  for_each_option(rule, [&](auto& field) {
    using Option = std::remove_cvref_t<decltype(field)>;
    if (index++ != option) return;
    if constexpr (kind_of<Option>() == OptionKind::schedule) {
      field = from > 0 ? Schedule(BrokenFrom{field, from, value}) : Schedule(value);
    } else if constexpr (kind_of<Option>() == OptionKind::number) {
      field = static_cast<Option>(value);
    }
  });
}

/// The values of the numeric options at a step.
template <class R>
std::vector<double> numbers_of(const R& rule, std::int64_t step) {
  std::vector<double> numbers;
  for_each_option(const_cast<R&>(rule), [&](const auto& option) {  // only read
    using Option = std::remove_cvref_t<decltype(option)>;
    if constexpr (kind_of<Option>() == OptionKind::schedule) {
      numbers.push_back(option(step));
    } else if constexpr (kind_of<Option>() == OptionKind::number) {
      numbers.push_back(static_cast<double>(option));
    }
  });
  return numbers;
}

}  // namespace descent::testing::conformance
