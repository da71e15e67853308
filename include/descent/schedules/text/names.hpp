// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/base/members.hpp>
#include <descent/core/base/names.hpp>
#include <descent/schedules/compose/algebra.hpp>
#include <descent/schedules/compose/sequence.hpp>
#include <descent/schedules/families.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <vector>

// Shared by printing and parsing.
namespace descent::detail {

/// A family that names its fields: DESCENT_SCHEDULE(...).
template <class F>
concept NamesItsFields = requires(F& family) {
  family.schedule_fields();
  F::schedule_field_names();
};

template <class F>
inline constexpr std::size_t schedule_field_count =
    std::tuple_size_v<decltype(std::declval<F&>().schedule_fields())>;

template <class F>
constexpr std::string_view schedule_field_name(std::size_t index) {
  return name_in_list(F::schedule_field_names(), index);
}

template <class T>
inline constexpr bool is_list = false;
template <class T>
inline constexpr bool is_list<std::vector<T>> = true;

/// The text for a callable.
inline constexpr std::string_view opaque_text = "<callable>";

/// Calls f(type_identity<Family>) for each family, until one returns true.
template <class... Own, class... Family, class F>
bool any_family(FamilyList<Family...>, const F& f) {
  return (f(std::type_identity<Own>{}) || ...) || (f(std::type_identity<Family>{}) || ...);
}

/// "CosineDecay, LinearDecay, ...": all families.
template <class... Own>
DESCENT_COLD std::string family_names() {
  std::string names;
  any_family<Own...>(AllFamilies{}, [&](auto family) {
    if (!names.empty()) names += ", ";
    names += type_name<typename decltype(family)::type>();
    return false;
  });
  return names;
}

}  // namespace descent::detail
