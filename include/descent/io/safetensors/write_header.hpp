// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/errors.hpp>
#include <descent/core/tensor.hpp>
#include <descent/io/safetensors/header.hpp>
#include <descent/io/safetensors/json_reader.hpp>
#include <descent/io/safetensors/utf8.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace descent::detail {

/// Appends a text in JSON syntax.
inline void append_json(std::string& json, std::string_view text) {
  constexpr char digits[] = "0123456789abcdef";
  json += '"';
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20) {
      json.append("\\u00").append(1, digits[byte >> 4]).append(1, digits[byte & 15U]);
    } else {
      if (c == '"' || c == '\\') json += '\\';
      json += c;
    }
  }
  json += '"';
}

/// The indices of the tensors in the order of the data: large elements first, so that all are aligned.
inline std::vector<std::size_t> order_of_data(std::span<const SavedTensor> tensors) {
  std::vector<std::size_t> order(tensors.size());
  for (std::size_t k = 0; k < order.size(); ++k) order[k] = k;
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return size_of(tensors[a].type) > size_of(tensors[b].type);
  });
  return order;
}

/// Refuses names that a header cannot contain. `kind`: "a tensor" or "metadata".
inline void check_saved_names(std::vector<std::string_view> names, std::string_view kind,
                              std::initializer_list<std::string_view> reserved, const std::string& path) {
  for (const std::string_view name : names) {
    if (name.size() > longest_name)
      fail_invalid_argument({path, ": a name of ", kind, " has more than 65536 bytes"});
    if (!is_utf8(name)) fail_invalid_argument({path, ": the name '", name, "' of ", kind, " is not UTF-8"});
    if (std::find(reserved.begin(), reserved.end(), name) != reserved.end())
      fail_invalid_argument({path, ": the name '", name, "' is reserved"});
  }
  std::sort(names.begin(), names.end());
  const auto twice = std::adjacent_find(names.begin(), names.end());
  if (twice != names.end())
    fail_invalid_argument({path, ": the name '", *twice, "' of ", kind, " appears twice, must be unique"});
}

/// The length and the header of a file, with checksums that are filled in after the data is written.
class HeaderText {
 public:
  HeaderText(std::span<const SavedTensor> tensors, const Metadata& metadata, const std::string& path)
      : order_(order_of_data(tensors)) {
    check(tensors, metadata, path);
    text_.assign(length_bytes, '\0');
    text_ += '{';
    append_metadata(metadata, tensors.size());
    std::uint64_t place = 0;
    for (const std::size_t k : order_) append_tensor(tensors[k], place);
    text_ += '}';
    text_.append((8 - text_.size() % 8) % 8, ' ');
    const std::uint64_t length = text_.size() - length_bytes;
    if (length > max_header)
      fail_invalid_argument({path, ": the header would have ", std::to_string(length),
                             " bytes, must have at most 100000000; fewer tensors, or shorter names, fit"});
    for (std::size_t k = 0; k < length_bytes; ++k) text_[k] = static_cast<char>(length >> 8 * k & 0xff);
  }

  std::span<const std::byte> bytes() const { return std::as_bytes(std::span(text_)); }
  const std::vector<std::size_t>& order() const { return order_; }
  /// Counted from the start of the header's JSON.
  std::size_t place_of_checksum() const { return checksum_place_ - length_bytes; }

  void set_checksum(std::string_view digits) { text_.replace(checksum_place_, checksum_digits, digits); }
  /// `place`: index of the tensor in the order of the data.
  void set_tensor_checksum(std::size_t place, std::string_view digits) {
    text_.replace(tensor_checksums_place_ + checksum_digits * place, checksum_digits, digits);
  }

 private:
  static void check(std::span<const SavedTensor> tensors, const Metadata& metadata, const std::string& path) {
    std::vector<std::string_view> names, keys;
    for (const SavedTensor& tensor : tensors) names.emplace_back(tensor.name);
    for (const auto& [key, value] : metadata) {
      keys.emplace_back(key);
      if (!is_utf8(value)) fail_invalid_argument({path, ": the metadata '", key, "' is not UTF-8"});
    }
    check_saved_names(std::move(names), "a tensor", {metadata_key}, path);
    check_saved_names(std::move(keys), "metadata", {header_checksum_key, tensor_checksums_key}, path);
  }

  void append_metadata(const Metadata& metadata, std::size_t tensors) {
    append_json(text_, metadata_key);
    text_ += ":{";
    for (const auto& [key, value] : metadata) {
      append_json(text_, key);
      text_ += ':';
      append_json(text_, value);
      text_ += ',';
    }
    checksum_place_ = append_digits(header_checksum_key, 1);
    text_ += ',';
    tensor_checksums_place_ = append_digits(tensor_checksums_key, tensors);
    text_ += '}';
  }
  std::size_t append_digits(std::string_view key, std::size_t checksums) {
    append_json(text_, key);
    text_ += ":\"";
    const std::size_t place = text_.size();
    text_.append(checksum_digits * checksums, '0');
    text_ += '"';
    return place;
  }

  void append_tensor(const SavedTensor& tensor, std::uint64_t& place) {
    text_ += ',';
    append_json(text_, tensor.name);
    text_.append(":{\"dtype\":\"").append(data_type_of(tensor.type).name).append("\",\"shape\":[");
    if (tensor.dimensions > 0) text_ += std::to_string(tensor.rows);
    if (tensor.dimensions > 1) text_.append(",").append(std::to_string(tensor.columns));
    text_.append("],\"data_offsets\":[").append(std::to_string(place)).append(",");
    place += tensor.bytes();
    text_.append(std::to_string(place)).append("]}");
  }

  std::vector<std::size_t> order_;
  std::string text_;
  std::size_t checksum_place_ = 0, tensor_checksums_place_ = 0;
};

}  // namespace descent::detail
