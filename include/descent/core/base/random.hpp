// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

namespace descent::detail {

/// Makes the upper half of the result depend on all bits of the argument.
constexpr std::uint64_t mixed_upwards(std::uint64_t bits) {
  bits = (bits ^ (bits >> 30)) * 0xbf58476d1ce4e5b9U;
  return (bits ^ (bits >> 27)) * 0x94d049bb133111ebU;
}

/// Makes each bit of the result depend on all bits of the argument. Different arguments give different results. It is
/// the last part of SplitMix64.
constexpr std::uint64_t mixed(std::uint64_t bits) {
  bits = mixed_upwards(bits);
  return bits ^ (bits >> 31);
}

/// The distance of SplitMix64's states: 2^64 divided by the golden ratio, made odd.
inline constexpr std::uint64_t split_mix_increment = 0x9e3779b97f4a7c15U;

/// SplitMix64 (Steele, Lea and Flood 2014): 64 random bits per call from 64 bits of state. Gives the same
/// numbers on every platform, unlike the distributions and std::shuffle of the standard library.
class SplitMix64 {
 public:
  explicit constexpr SplitMix64(std::uint64_t seed) : state_(seed) {}

  constexpr std::uint64_t next() { return mixed(state_ += split_mix_increment); }

  /// Uniform in [0, 1), with 53 bits.
  constexpr double unit() { return static_cast<double>(next() >> 11) * 0x1p-53; }

  /// A uniformly distributed number in [0, bound); bound > 0.
  constexpr std::uint64_t below(std::uint64_t bound) {
    const std::uint64_t excess = (0 - bound) % bound;  // 2^64 mod bound: this many values would count twice
    for (;;) {
      const std::uint64_t drawn = next();
      if (drawn >= excess) return drawn % bound;
    }
  }

 private:
  std::uint64_t state_;
};

/// A generator for one epoch. Nested, because a sum or xor would give seed 1 in epoch 2 the order of seed 2
/// in epoch 1.
constexpr SplitMix64 generator_of(std::uint64_t seed, std::int64_t epoch) {
  return SplitMix64(SplitMix64(seed).next() + static_cast<std::uint64_t>(epoch));
}

/// Fisher-Yates shuffle: every order is equally likely.
template <class T>
constexpr void shuffle(std::span<T> values, SplitMix64& generator) {
  for (std::size_t k = values.size(); k > 1; --k) std::swap(values[k - 1], values[generator.below(k)]);
}

}  // namespace descent::detail
