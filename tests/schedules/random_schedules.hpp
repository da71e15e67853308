// SPDX-License-Identifier: MIT
#pragma once

#include <descent/schedules/compose/algebra.hpp>
#include <descent/schedules/compose/sequence.hpp>
#include <descent/schedules/families.hpp>
#include <descent/schedules/text/names.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <random>
#include <stdexcept>
#include <tuple>
#include <type_traits>
#include <vector>

/// Schedules of any kind with options of any size, reproducible from a seed.
class RandomSchedules {
 public:
  explicit RandomSchedules(std::uint64_t seed) : random_(seed) {}

  /// A family with legal options: draws until they are legal.
  template <class Family>
  Family family() {
    for (;;) {
      Family family{};
      draw_options(family.schedule_fields());
      try {
        family.check();
        return family;
      } catch (const std::invalid_argument&) {
      }
    }
  }

  descent::Schedule any_family() { return any_family(descent::detail::AllFamilies{}); }

  /// A composition of compositions.
  descent::Schedule composition(int depth) {
    if (depth == 0) return one_in(4) ? descent::Schedule(number()) : any_family();
    for (;;) {
      try {
        return composed(depth - 1);
      } catch (
          const std::invalid_argument&) {  // an endless part before another, a warm-up without schedule, ...
      }
    }
  }

  bool one_in(std::int64_t count) { return below(count) == 0; }
  std::int64_t below(std::int64_t end) {
    return std::uniform_int_distribution<std::int64_t>(0, end - 1)(random_);
  }

  /// From here on no number is negative, as for a learning rate.
  void draw_no_negative() { negative_ = false; }

  double number() { return negative_ ? any_number() : std::abs(any_number()); }

  /// Mostly numbers that a person would choose, sometimes with all digits, sometimes extreme.
  double any_number() {
    static constexpr double usual[] = {0, 1, 0.1, 0.5, 0.9, 1e-3, 1e-4, 2, 10, 25, 1e4, 0.85, -1, -7, 3, 1.5};
    static constexpr double extreme[] = {std::numeric_limits<double>::max(),
                                         std::numeric_limits<double>::min(),
                                         std::numeric_limits<double>::denorm_min(),
                                         1e300,
                                         1e-300,
                                         -1e300,
                                         -0.0};
    switch (below(8)) {
      case 0:
        return extreme[below(std::size(extreme))];
      case 1:
      case 2:
        return std::uniform_real_distribution<double>(0, 1)(random_);
      case 3:
        return std::uniform_real_distribution<double>(-10, 10)(random_);
      default:
        return usual[below(std::size(usual))];
    }
  }

  std::int64_t whole() {
    static constexpr std::int64_t usual[] = {0, 1, 2, 3, 5, 10, 17, 30, 100, 10'000};
    if (one_in(12)) return std::numeric_limits<std::int64_t>::max() >> below(40);
    return usual[below(std::size(usual))];
  }

 private:
  template <std::size_t... place, class... Option>
  void draw_options(const descent::detail::TiedOf<std::index_sequence<place...>, Option...>& options) {
    (draw_option(get<place>(options)), ...);
  }
  template <class... Family>
  descent::Schedule any_family(descent::detail::FamilyList<Family...>) {
    descent::Schedule made;
    std::int64_t chosen = below(sizeof...(Family));
    static_cast<void>(((chosen-- == 0 ? (made = family<Family>(), true) : false) || ...));
    return made;
  }

  // An option sometimes keeps its default.
  template <class T>
  void draw_option(T& option) {
    if (!one_in(4)) draw(option);
  }

  void draw(double& option) { option = number(); }
  void draw(std::int64_t& option) { option = whole(); }
  void draw(bool& option) { option = one_in(2); }
  void draw(descent::Schedule& option) { option = one_in(2) ? descent::Schedule(number()) : any_family(); }
  template <class T>
  void draw(std::optional<T>& option) {
    T value{};
    draw(value);
    option = value;
  }
  template <class T>
  void draw(std::vector<T>& option) {
    option.resize(static_cast<std::size_t>(below(4)));
    for (T& value : option) draw(value);
    std::sort(option.begin(), option.end());
  }
  template <class Enumeration>
    requires std::is_enum_v<Enumeration>
  void draw(Enumeration& option) {
    std::int64_t names = 0;
    while (!descent::detail::name_in_list(value_names(option), static_cast<std::size_t>(names)).empty())
      ++names;
    option = static_cast<Enumeration>(below(names));
  }

  descent::Warmup warmup() {
    descent::Warmup warmup{.steps = whole()};
    draw_option(warmup.start);
    draw_option(warmup.shape);
    warmup.check();
    return warmup;
  }

  descent::Schedule composed(int depth) {
    const descent::Schedule inner = composition(depth);
    switch (below(10)) {
      case 0:
        return inner * composition(depth);
      case 1:
        return inner + composition(depth);
      case 2:
        return descent::mean({inner, composition(depth), number()});
      case 3:
        return descent::clamp(inner, -std::abs(number()), std::abs(number()));
      case 4:
        return descent::shift(inner, one_in(3) ? -whole() : whole());
      case 5:
        return descent::stretch(inner, number());
      case 6:
        return descent::cycle(inner, whole());
      case 7:
        return descent::per_epoch(inner, whole());
      case 8:
        return joined(inner, depth);
      default:
        return sequence(inner, depth);
    }
  }

  descent::Schedule joined(const descent::Schedule& first, int depth) {
    std::vector<descent::Schedule> parts{first};
    std::vector<std::int64_t> boundaries;
    for (std::int64_t more = below(4); more > 0; --more) {
      parts.push_back(one_in(4) ? descent::Schedule(warmup()) : composition(depth));
      boundaries.push_back(whole());
    }
    std::sort(boundaries.begin(), boundaries.end());
    return descent::join(parts, boundaries);
  }

  descent::Schedule sequence(const descent::Schedule& last, int depth) {
    descent::Sequence sequence;
    for (std::int64_t more = 1 + below(4); more > 0; --more) {
      switch (below(4)) {
        case 0:
          sequence.append(descent::Schedule(warmup()));
          break;
        case 1:
          sequence.append(descent::hold(whole()));
          break;
        case 2:
          sequence.append(descent::Schedule(number()));
          sequence.append(descent::hold(whole()));
          break;
        default:
          sequence.append(composition(depth));
      }
    }
    sequence.append(last);
    return sequence;
  }

  std::mt19937_64 random_;
  bool negative_ = true;
};
