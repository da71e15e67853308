// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/base/aggregate.hpp>
#include <descent/core/chain.hpp>
#include <descent/core/schedule.hpp>
#include <descent/testing/conformance_subject.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

// The options of a rule by position, found without its help: the fields of the aggregate. They have numbers, not names.

namespace descent::testing::conformance {

template <class R, class Sequence>
inline constexpr bool takes_one_more = false;
template <class R, std::size_t... I>
inline constexpr bool takes_one_more<R, std::index_sequence<I...>> = requires {
  R{(static_cast<void>(I), detail::AnyField{})..., {}};
};

inline constexpr std::size_t most_options = 20;

template <class R, std::size_t N = most_options + 1>
constexpr std::size_t count_options() {
  if constexpr (N == 0 || detail::takes_fields<R, std::make_index_sequence<N>>) {
    return N;
  } else {
    return count_options<R, N - 1>();
  }
}

/// Whether the options can be told apart: not more than the most, and none among them that can be made from
/// anything, as std::optional can, which stops the counting.
template <class R>
constexpr bool can_count_options() {
  if constexpr (!std::is_aggregate_v<R>) {
    return false;
  } else {
    constexpr std::size_t count = count_options<R>();
    return count <= most_options && !takes_one_more<R, std::make_index_sequence<count>>;
  }
}

template <std::size_t N, class R>
auto tie_options(R& fields) {
  // clang-format off
  if constexpr (N == 1) { auto& [f1] = fields; return std::tie(f1); }
  else if constexpr (N == 2) { auto& [f1, f2] = fields; return std::tie(f1, f2); }
  else if constexpr (N == 3) { auto& [f1, f2, f3] = fields; return std::tie(f1, f2, f3); }
  else if constexpr (N == 4) { auto& [f1, f2, f3, f4] = fields; return std::tie(f1, f2, f3, f4); }
  else if constexpr (N == 5) { auto& [f1, f2, f3, f4, f5] = fields; return std::tie(f1, f2, f3, f4, f5); }
  else if constexpr (N == 6) { auto& [f1, f2, f3, f4, f5, f6] = fields; return std::tie(f1, f2, f3, f4, f5, f6); }
  else if constexpr (N == 7) { auto& [f1, f2, f3, f4, f5, f6, f7] = fields; return std::tie(f1, f2, f3, f4, f5, f6, f7); }
  else if constexpr (N == 8) { auto& [f1, f2, f3, f4, f5, f6, f7, f8] = fields; return std::tie(f1, f2, f3, f4, f5, f6, f7, f8); }
  else if constexpr (N == 9) { auto& [f1, f2, f3, f4, f5, f6, f7, f8, f9] = fields; return std::tie(f1, f2, f3, f4, f5, f6, f7, f8, f9); }
  else if constexpr (N == 10) { auto& [f1, f2, f3, f4, f5, f6, f7, f8, f9, f10] = fields; return std::tie(f1, f2, f3, f4, f5, f6, f7, f8, f9, f10); }
  else if constexpr (N == 11) { auto& [f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11] = fields; return std::tie(f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11); }
  else if constexpr (N == 12) { auto& [f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12] = fields; return std::tie(f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12); }
  else if constexpr (N == 13) { auto& [f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13] = fields; return std::tie(f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13); }
  else if constexpr (N == 14) { auto& [f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14] = fields; return std::tie(f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14); }
  else if constexpr (N == 15) { auto& [f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15] = fields; return std::tie(f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15); }
  else if constexpr (N == 16) { auto& [f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16] = fields; return std::tie(f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16); }
  else if constexpr (N == 17) { auto& [f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17] = fields; return std::tie(f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17); }
  else if constexpr (N == 18) { auto& [f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17, f18] = fields; return std::tie(f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17, f18); }
  else if constexpr (N == 19) { auto& [f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17, f18, f19] = fields; return std::tie(f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17, f18, f19); }
  else if constexpr (N == 20) { auto& [f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17, f18, f19, f20] = fields; return std::tie(f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17, f18, f19, f20); }
  else { return std::tuple<>(); }
  // clang-format on
}

/// f(option) for each; false where they cannot be told apart.
template <class R, class F>
constexpr bool for_each_option(R& rule, F&& f) {
  if constexpr (descent::detail::is_chain<R>) {
    return rule.rules.apply([&](auto&... each) { return (for_each_option(each, f) && ...); });
  } else if constexpr (can_count_options<R>()) {
    std::apply([&](auto&... options) { (f(options), ...); }, tie_options<count_options<R>()>(rule));
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

/// A schedule of the user's that is right until it is not.
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

/// The numbers among the options, as they are at a step.
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
