// SPDX-License-Identifier: MIT
#pragma once

#include <descent/io/checksum.hpp>
#include <descent/io/errors.hpp>
#include <descent/io/safetensors/header.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace descent {

/// How to treat the checksums of a file.
enum class Checksums : std::uint8_t {
  if_present,  ///< verified if the file has them; files of other programs have none
  required,    ///< a file without them is refused
  ignored      ///< not verified: for a file that another program has changed deliberately
};

namespace detail {

/// The checksum of the length and the header, computed with its own digits as zeros.
inline std::uint64_t checksum_of_header(std::span<const std::byte> length_and_header,
                                        std::size_t place_of_digits) {
  constexpr std::array<char, checksum_digits> zeros = {'0', '0', '0', '0', '0', '0', '0', '0',
                                                       '0', '0', '0', '0', '0', '0', '0', '0'};
  Checksum checksum;
  checksum.add(length_and_header.first(length_bytes + place_of_digits));
  checksum.add(std::as_bytes(std::span(zeros)));
  checksum.add(length_and_header.subspan(length_bytes + place_of_digits + checksum_digits));
  return checksum.value();
}

/// Refuses a file whose bytes have changed since it was written.
inline void verify_checksums(std::span<const std::byte> file, std::size_t header_size, const Header& header,
                             const std::string& path) {
  constexpr std::string_view changed = " was damaged or changed: it does not match its checksum";
  const std::span<const std::byte> head = file.first(length_bytes + header_size);
  if (!header.has_checksum || !header.has_tensor_checksums ||
      hexadecimal(checksum_of_header(head, header.checksum_place)) != header.checksum)
    fail_file(path, {"its header", changed});
  if (header.tensor_checksums.size() != header.tensors.size() * checksum_digits)
    fail_file(path,
              {"has ", std::to_string(header.tensors.size()), " tensors and another number of checksums"});
  const std::span<const std::byte> data = file.subspan(head.size());
  std::string_view expected = header.tensor_checksums;
  for (const TensorEntry& entry : header.tensors) {
    const auto bytes = data.subspan(static_cast<std::size_t>(entry.begin),
                                    static_cast<std::size_t>(entry.end - entry.begin));
    if (hexadecimal(checksum_of(bytes)) != expected.substr(0, checksum_digits))
      fail_file(path, {"the data of '", entry.name, "'", changed});
    expected.remove_prefix(checksum_digits);
  }
}

/// Verifies the checksums if they exist and `wanted` says so.
inline void check_checksums(Checksums wanted, std::span<const std::byte> file, std::size_t header_size,
                            const Header& header, const std::string& path) {
  const bool present = header.has_checksum || header.has_tensor_checksums;
  if (!present && wanted == Checksums::required)
    fail_file(path, {"has no checksums of descent, which are required here"});
  if (present && wanted != Checksums::ignored) verify_checksums(file, header_size, header, path);
}

}  // namespace detail
}  // namespace descent
