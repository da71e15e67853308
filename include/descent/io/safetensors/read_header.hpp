// SPDX-License-Identifier: MIT
#pragma once

#include <descent/io/checksum.hpp>
#include <descent/io/errors.hpp>
#include <descent/io/safetensors/header.hpp>
#include <descent/io/safetensors/json_reader.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace descent::detail {

/// Reads the JSON of a header; does not check yet whether offsets and names are consistent.
class HeaderReader {
 public:
  HeaderReader(std::string_view text, const std::string& path) : json_(text, path) {}

  Header read() {
    json_.members([&](const std::string& name) {
      if (name == metadata_key) {
        read_metadata();
      } else {
        header_.tensors.push_back(tensor(name));
      }
    });
    json_.expect_end();
    return std::move(header_);
  }

 private:
  void read_metadata() {
    if (std::exchange(has_metadata_, true)) json_.fail_here("__metadata__ appears twice");
    json_.members([&](const std::string& key) {
      json_.skip_spaces();
      const std::size_t begin = json_.place();
      std::string value = json_.string();
      if (key == header_checksum_key) {
        // Its digits must appear verbatim in the header, without escapes.
        header_.checksum_place = begin + 1;
        if (std::exchange(header_.has_checksum, true) || json_.place() != begin + checksum_digits + 2)
          json_.fail_here("the checksum is not one text of 16 digits");
        header_.checksum = std::move(value);
      } else if (key == tensor_checksums_key) {
        if (std::exchange(header_.has_tensor_checksums, true))
          json_.fail_here("the checksums of the tensors appear twice");
        header_.tensor_checksums = std::move(value);
      } else {
        header_.metadata.emplace_back(key, std::move(value));
      }
    });
  }

  TensorEntry tensor(const std::string& name) {
    TensorEntry entry{.name = name};
    std::array<bool, 3> found{};
    const auto once = [&](std::size_t field) {
      if (std::exchange(found[field], true)) fail_tensor(name, "has a field twice");
    };
    json_.members([&](const std::string& key) {
      if (key == "dtype") {
        once(0);
        entry.type = data_type(name);
      } else if (key == "shape") {
        once(1);
        entry.shape = whole_numbers(name, most_dimensions);
      } else if (key == "data_offsets") {
        once(2);
        const std::vector<std::uint64_t> offsets = whole_numbers(name, 2);
        if (offsets.size() != 2) fail_tensor(name, "must have two data_offsets");
        entry.begin = offsets[0];
        entry.end = offsets[1];
      } else {
        json_.skip_value();  // as the reference implementation
      }
    });
    if (!found[0] || !found[1] || !found[2]) fail_tensor(name, "must have dtype, shape and data_offsets");
    return entry;
  }

  const DataType* data_type(const std::string& name) {
    const std::string type = json_.string(longest_name);
    const DataType* const known = data_type_named(type);
    if (known == nullptr) fail_tensor(name, joined({"has the unknown dtype '", type, "'"}));
    return known;
  }
  std::vector<std::uint64_t> whole_numbers(const std::string& name, std::size_t most) {
    std::vector<std::uint64_t> numbers;
    json_.elements([&] {
      if (numbers.size() == most) fail_tensor(name, "has too many numbers in its shape or data_offsets");
      numbers.push_back(json_.whole_number());
    });
    return numbers;
  }

  [[noreturn]] DESCENT_COLD void fail_tensor(const std::string& name, std::string_view problem) const {
    json_.fail_here(joined({"'", name, "' ", problem}));
  }

  JsonReader json_;
  Header header_{};
  bool has_metadata_ = false;
};

/// The number of bytes of a tensor, from its shape; false if it overflows or is not an integer.
inline bool count_bytes(const TensorEntry& entry, std::uint64_t& bytes) {
  constexpr std::uint64_t largest = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t bits = entry.type->bits;
  std::uint64_t elements = 1;
  for (const std::uint64_t size : entry.shape) {
    if (size != 0 && elements > largest / size) return false;
    elements *= size;
  }
  if (elements > largest / bits) return false;
  bits *= elements;
  bytes = bits / 8;
  return bits % 8 == 0;
}

/// Sorts the tensors by their position in the data, and refuses data that belongs to no tensor or to two.
inline void check_places(std::vector<TensorEntry>& tensors, std::uint64_t data_size,
                         const std::string& path) {
  std::stable_sort(tensors.begin(), tensors.end(), [](const TensorEntry& a, const TensorEntry& b) {
    return std::pair(a.begin, a.end) < std::pair(b.begin, b.end);
  });
  std::uint64_t place = 0;
  for (const TensorEntry& entry : tensors) {
    std::uint64_t bytes = 0;
    if (entry.begin != place || entry.end < entry.begin)
      fail_file(path, {"has an invalid header: the data of '", entry.name, "' is at [",
                       std::to_string(entry.begin), ", ", std::to_string(entry.end),
                       "), must begin where the tensor before it ends, at ", std::to_string(place)});
    if (!count_bytes(entry, bytes) || bytes != entry.end - entry.begin)
      fail_file(path, {"has an invalid header: '", entry.name, "' has ",
                       std::to_string(entry.end - entry.begin), " bytes, which is not what the shape ",
                       text_of_shape(entry.shape), " of ", entry.type->name, " needs"});
    place = entry.end;
  }
  if (place != data_size)
    fail_file(path, {"is incomplete or too long: it has ", std::to_string(data_size),
                     " bytes of data, its header describes ", std::to_string(place)});
}

/// The indices of the tensors, sorted by name; refuses duplicate names.
inline std::vector<std::size_t> sorted_by_name(const std::vector<TensorEntry>& tensors,
                                               const std::string& path) {
  std::vector<std::size_t> order(tensors.size());
  for (std::size_t k = 0; k < order.size(); ++k) order[k] = k;
  const auto name = [&](std::size_t k) -> const std::string& { return tensors[k].name; };
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return name(a) < name(b); });
  for (std::size_t k = 1; k < order.size(); ++k)
    if (name(order[k - 1]) == name(order[k]))
      fail_file(path, {"has an invalid header: two tensors are named '", name(order[k]), "'"});
  return order;
}

inline void refuse_metadata_twice(const Metadata& metadata, const std::string& path) {
  std::vector<std::string_view> keys;
  for (const auto& [key, value] : metadata) keys.emplace_back(key);
  std::sort(keys.begin(), keys.end());
  const auto twice = std::adjacent_find(keys.begin(), keys.end());
  if (twice != keys.end())
    fail_file(path, {"has an invalid header: the metadata '", *twice, "' appears twice"});
}

/// The JSON in a file's bytes; refuses a length that exceeds the file.
inline std::string_view header_text(std::span<const std::byte> file, const std::string& path) {
  const std::string size = std::to_string(file.size());
  if (file.size() < length_bytes)
    fail_file(path, {"is not a safetensors file: it has ", size, " bytes, must have at least 8"});
  const auto length = little_endian_number<std::uint64_t>(file.data());
  if (length > file.size() - length_bytes || length > max_header)
    fail_file(path, {"is not a safetensors file or is incomplete: its first 8 bytes announce a header of ",
                     std::to_string(length), " bytes, the file has ", size});
  return {reinterpret_cast<const char*>(file.data()) + length_bytes, static_cast<std::size_t>(length)};
}

/// Reads the header of a file and checks everything that does not need the data.
inline Header read_header(std::span<const std::byte> file, const std::string& path) {
  const std::string_view text = header_text(file, path);
  if (text.empty() || text.front() != '{')
    fail_file(path,
              {"is not a safetensors file: its header begins with ", shown_character(text), ", must be '{'"});
  Header header = HeaderReader(text, path).read();
  check_places(header.tensors, file.size() - length_bytes - text.size(), path);
  refuse_metadata_twice(header.metadata, path);
  return header;
}

}  // namespace descent::detail
