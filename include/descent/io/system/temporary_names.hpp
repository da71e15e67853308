// SPDX-License-Identifier: MIT
#pragma once

#include <descent/io/checksum.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

// The names of files during writing: ".model.safetensors.saving-0123456789abcdef" for "model.safetensors". A
// later save of the same file recognises leftovers by them.

namespace descent::detail {

/// The prefix of the temporary names for a file. Long names are cut, because systems limit the length of a
/// name; then two files may share their leftovers, which is harmless.
inline std::string temporary_prefix(std::string_view name) {
  std::size_t length = name.size() < 100 ? name.size() : 100;
  while (length > 0 && length < name.size() && (static_cast<unsigned char>(name[length]) & 0xc0U) == 0x80U)
    --length;  // not inside a UTF-8 character
  std::string prefix = ".";
  prefix.append(name.substr(0, length)).append(".saving-");
  return prefix;
}

/// Whether a file name is a temporary one with this prefix.
inline bool is_temporary_name(std::string_view name, std::string_view prefix) {
  constexpr std::size_t digits = 16;
  return name.size() == prefix.size() + digits && name.starts_with(prefix) &&
         name.find_first_not_of("0123456789abcdef", prefix.size()) == std::string_view::npos;
}

/// A different name on every call, in all threads; very likely also in all processes. Create the file with a
/// call that fails if it exists.
inline std::string temporary_name(std::string_view prefix, std::int64_t process) {
  static std::atomic<std::int64_t> calls{0};
  const std::array<std::int64_t, 3> seed{process, calls.fetch_add(1),
                                         std::chrono::system_clock::now().time_since_epoch().count()};
  return std::string(prefix).append(hexadecimal(checksum_of(std::as_bytes(std::span(seed)))));
}

}  // namespace descent::detail
