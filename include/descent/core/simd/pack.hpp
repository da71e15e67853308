// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/simd/build.hpp>
#include <descent/core/simd/lanes.hpp>

#include <array>
#include <type_traits>

/// Values of several neighbouring elements; the formulas of rules compute with it.
///
/// In its own namespace, so that formulas never find the operators of schedules.
namespace descent::simd::inline DESCENT_BUILD {

/// The result of a comparison, lane by lane; `select` turns it into values.
template <class S>
struct Mask {
  typename Lanes<S>::Truth truth;

  friend DESCENT_INLINE Mask operator&&(Mask a, Mask b) { return {Lanes<S>::both(a.truth, b.truth)}; }
  friend DESCENT_INLINE Mask operator||(Mask a, Mask b) { return {Lanes<S>::either(a.truth, b.truth)}; }
  friend DESCENT_INLINE Mask operator!(Mask a) { return {Lanes<S>::negation(a.truth)}; }
};

/// As many elements as one register holds, or one if S has no SIMD instructions.
///
/// Eager: each operation is computed at once, so `auto` is safe. Every operation rounds once and identically
/// in each lane, with exact square root and division; a product and a sum fuse only if the formula says `fma`
/// (and the machine has it). Lanes never mix, so an element's result does not depend on its position in
/// memory.
template <class S>
class Pack {
 public:
  using Scalar = S;
  using Operations = Lanes<S>;
  /// The number of elements.
  static constexpr int size = Operations::size;

  Pack() = default;

  /// The same number in every lane; converts a literal of any arithmetic type to the element type.
  template <class Number>
    requires(std::is_arithmetic_v<Number>)
  DESCENT_INLINE Pack(Number constant) : value_(Operations::broadcast(static_cast<S>(constant))) {}
  DESCENT_INLINE Pack(const S& constant)
    requires(!std::is_arithmetic_v<S>)
      : value_(Operations::broadcast(constant)) {}
  /// From the value of a register.
  DESCENT_INLINE explicit Pack(const typename Operations::Value& value)
    requires(has_packets<S>)
      : value_(value) {}
  DESCENT_INLINE const typename Operations::Value& value() const { return value_; }

  static DESCENT_INLINE Pack load(const S* from) { return wrap(Operations::load(from)); }
  /// The first `count` lanes from memory, 0 in the others; 0 < count < size.
  static DESCENT_INLINE Pack load(const S* from, int count) {
    return wrap(Operations::load_partial(from, count));
  }
  DESCENT_INLINE void store(S* to) const { Operations::store(to, value_); }
  /// Only the first `count` lanes; 0 < count < size.
  DESCENT_INLINE void store(S* to, int count) const { Operations::store_partial(to, value_, count); }

  friend DESCENT_INLINE Pack operator+(Pack a, Pack b) { return wrap(Operations::add(a.value_, b.value_)); }
  friend DESCENT_INLINE Pack operator-(Pack a, Pack b) {
    return wrap(Operations::subtract(a.value_, b.value_));
  }
  friend DESCENT_INLINE Pack operator*(Pack a, Pack b) {
    return wrap(Operations::multiply(a.value_, b.value_));
  }
  friend DESCENT_INLINE Pack operator/(Pack a, Pack b) {
    return wrap(Operations::divide(a.value_, b.value_));
  }
  friend DESCENT_INLINE Pack operator-(Pack a) { return wrap(Operations::negate(a.value_)); }
  DESCENT_INLINE Pack& operator+=(Pack other) { return *this = *this + other; }
  DESCENT_INLINE Pack& operator-=(Pack other) { return *this = *this - other; }
  DESCENT_INLINE Pack& operator*=(Pack other) { return *this = *this * other; }
  DESCENT_INLINE Pack& operator/=(Pack other) { return *this = *this / other; }

  friend DESCENT_INLINE Mask<S> operator<(Pack a, Pack b) { return {Operations::less(a.value_, b.value_)}; }
  friend DESCENT_INLINE Mask<S> operator>(Pack a, Pack b) { return b < a; }
  friend DESCENT_INLINE Mask<S> operator<=(Pack a, Pack b) {
    return {Operations::less_or_equal(a.value_, b.value_)};
  }
  friend DESCENT_INLINE Mask<S> operator>=(Pack a, Pack b) { return b <= a; }
  friend DESCENT_INLINE Mask<S> operator==(Pack a, Pack b) { return {Operations::equal(a.value_, b.value_)}; }
  friend DESCENT_INLINE Mask<S> operator!=(Pack a, Pack b) { return !(a == b); }

  /// a * b + c, rounded once if the machine supports it.
  friend DESCENT_INLINE Pack fma(Pack a, Pack b, Pack c) {
    return wrap(Operations::multiply_add(a.value_, b.value_, c.value_));
  }
  friend DESCENT_INLINE Pack sqrt(Pack a) { return wrap(Operations::square_root(a.value_)); }
  friend DESCENT_INLINE Pack abs(Pack a) { return wrap(Operations::absolute(a.value_)); }
  /// The smaller, the larger. Returns `a` if either is NaN: pass the value from the gradient first if NaN
  /// must propagate.
  friend DESCENT_INLINE Pack min(Pack a, Pack b) { return wrap(Operations::minimum(a.value_, b.value_)); }
  friend DESCENT_INLINE Pack max(Pack a, Pack b) { return wrap(Operations::maximum(a.value_, b.value_)); }
  /// a if the mask is set, else b.
  friend DESCENT_INLINE Pack select(Mask<S> mask, Pack a, Pack b) {
    return wrap(Operations::select(mask.truth, a.value_, b.value_));
  }
  /// -1, 0 or 1; NaN for infinity and NaN: the sign of an infinite average would never change again.
  friend DESCENT_INLINE Pack sign(Pack a) {
    const Pack zero = a - a;
    return select(a > zero, Pack(1), select(a < zero, Pack(-1), zero));
  }
  /// a / b; 0 if b is 0, whatever a is.
  friend DESCENT_INLINE Pack divide_or_zero(Pack a, Pack b) {
    return wrap(
        Operations::zero_if(Operations::equal(b.value_, Operations::broadcast(S(0))), (a / b).value_));
  }
  /// Set if `a` is neither infinite nor NaN; valid under -ffast-math, too.
  friend DESCENT_INLINE Mask<S> is_finite(Pack a) { return {Operations::finite(a.value_)}; }

  /// Set in the first `count` lanes.
  static DESCENT_INLINE Mask<S> first(int count) { return {Operations::first(count)}; }

 private:
  static DESCENT_INLINE Pack wrap(const typename Operations::Value& value) {
    Pack result;
    result.value_ = value;
    return result;
  }

  typename Operations::Value value_;
};

/// The same values as doubles, in as many packs as needed, in lane order.
template <class S>
DESCENT_INLINE auto widen(Pack<S> values) {
  constexpr std::size_t lanes = Pack<S>::size, wide_lanes = Pack<double>::size;
  constexpr std::size_t packs = (lanes + wide_lanes - 1) / wide_lanes;
  if constexpr (std::is_same_v<S, double>) {
    return std::array<Pack<double>, 1>{values};
  } else if constexpr (requires { Lanes<S>::template widened_half<0>(values.value()); }) {
    return std::array<Pack<double>, 2>{Pack<double>(Lanes<S>::template widened_half<0>(values.value())),
                                       Pack<double>(Lanes<S>::template widened_half<1>(values.value()))};
  } else {
    S narrow[lanes];
    double wide[packs * wide_lanes] = {};
    values.store(narrow);
    for (std::size_t k = 0; k < lanes; ++k) wide[k] = static_cast<double>(narrow[k]);
    std::array<Pack<double>, packs> result;
    for (std::size_t k = 0; k < packs; ++k) result[k] = Pack<double>::load(wide + k * wide_lanes);
    return result;
  }
}

/// Loads as many neighbouring values as a pack of doubles has lanes, as doubles; also for types that only
/// convert.
template <class S>
DESCENT_INLINE Pack<double> load_as_double(const S* from) {
  if constexpr (std::is_same_v<S, double>) {
    return Pack<double>::load(from);
  } else if constexpr (has_packets<S> && requires { Lanes<S>::load_widened(from); }) {
    return Pack<double>(Lanes<S>::load_widened(from));
  } else {
    double wide[static_cast<std::size_t>(Pack<double>::size)];
    for (std::size_t k = 0; k < static_cast<std::size_t>(Pack<double>::size); ++k)
      wide[k] = static_cast<double>(from[k]);
    return Pack<double>::load(wide);
  }
}

}  // namespace descent::simd::inline DESCENT_BUILD
