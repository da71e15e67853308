// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>

namespace descent::detail {

/// The number whose little-endian bytes start at `bytes`.
template <class Number>
Number little_endian_number(const std::byte* bytes) {
  Number number;
  if constexpr (std::endian::native == std::endian::little) {
    std::memcpy(&number, bytes, sizeof number);
  } else {
    number = 0;
    for (std::size_t k = sizeof number; k-- > 0;)
      number = static_cast<Number>(number << 8 | std::to_integer<Number>(bytes[k]));
  }
  return number;
}

/// A checksum of 64 bits over bytes added in pieces: XXH64 (Yann Collet, xxHash specification 0.2.0).
///
///   Checksum checksum;
///   checksum.add(first);
///   checksum.add(second);
///   checksum.value();
/// Detects damage; does not protect from deliberate changes.
class Checksum {
 public:
  explicit Checksum(std::uint64_t seed = 0)
      : lanes_{seed + prime1 + prime2, seed + prime2, seed, seed - prime1}, seed_(seed) {}

  void add(std::span<const std::byte> bytes) {
    const std::byte* next = bytes.data();
    std::size_t left = bytes.size();
    total_ += left;
    if (waiting_ > 0) {
      const std::size_t count = std::min(stripe - waiting_, left);
      std::copy_n(next, count, tail_.data() + waiting_);
      next += count;
      left -= count;
      waiting_ += count;
      if (waiting_ < stripe) return;
      add_stripes(tail_.data(), 1);
      waiting_ = 0;
    }
    add_stripes(next, left / stripe);
    waiting_ = left % stripe;
    std::copy_n(next + (left - waiting_), waiting_, tail_.data());
  }

  /// The checksum of all bytes so far; more may follow.
  std::uint64_t value() const { return finished(merged() + total_); }

 private:
  static constexpr std::uint64_t prime1 = 0x9e3779b185ebca87, prime2 = 0xc2b2ae3d27d4eb4f,
                                 prime3 = 0x165667b19e3779f9, prime4 = 0x85ebca77c2b2ae63,
                                 prime5 = 0x27d4eb2f165667c5;
  static constexpr std::size_t stripe = 32;

  static std::uint64_t round(std::uint64_t lane, std::uint64_t input) {
    return std::rotl(lane + input * prime2, 31) * prime1;
  }

  void add_stripes(const std::byte* bytes, std::size_t count) {
    auto [a, b, c, d] = lanes_;  // in registers
    for (; count > 0; --count, bytes += stripe) {
      a = round(a, little_endian_number<std::uint64_t>(bytes));
      b = round(b, little_endian_number<std::uint64_t>(bytes + 8));
      c = round(c, little_endian_number<std::uint64_t>(bytes + 16));
      d = round(d, little_endian_number<std::uint64_t>(bytes + 24));
    }
    lanes_ = {a, b, c, d};
  }

  std::uint64_t merged() const {
    if (total_ < stripe) return seed_ + prime5;
    std::uint64_t sum = 0;
    constexpr int rotations[] = {1, 7, 12, 18};
    for (std::size_t k = 0; k < 4; ++k) sum += std::rotl(lanes_[k], rotations[k]);
    for (const std::uint64_t lane : lanes_) sum = (sum ^ round(0, lane)) * prime1 + prime4;
    return sum;
  }

  std::uint64_t finished(std::uint64_t sum) const {
    const std::byte* next = tail_.data();
    std::size_t left = waiting_;
    for (; left >= 8; left -= 8, next += 8)
      sum = std::rotl(sum ^ round(0, little_endian_number<std::uint64_t>(next)), 27) * prime1 + prime4;
    if (left >= 4) {
      sum = std::rotl(sum ^ little_endian_number<std::uint32_t>(next) * prime1, 23) * prime2 + prime3;
      left -= 4;
      next += 4;
    }
    for (; left > 0; --left, ++next)
      sum = std::rotl(sum ^ std::to_integer<std::uint64_t>(*next) * prime5, 11) * prime1;
    sum = (sum ^ sum >> 33) * prime2;
    sum = (sum ^ sum >> 29) * prime3;
    return sum ^ sum >> 32;
  }

  std::array<std::uint64_t, 4> lanes_;
  std::uint64_t seed_, total_ = 0;
  std::array<std::byte, stripe> tail_{};
  std::size_t waiting_ = 0;
};

inline std::uint64_t checksum_of(std::span<const std::byte> bytes) {
  Checksum checksum;
  checksum.add(bytes);
  return checksum.value();
}

/// The number as 16 hexadecimal digits in lower case.
inline std::string hexadecimal(std::uint64_t number) {
  std::string text(16, '0');
  for (std::size_t k = 16; k-- > 0; number >>= 4) text[k] = "0123456789abcdef"[number & 15];
  return text;
}

}  // namespace descent::detail
