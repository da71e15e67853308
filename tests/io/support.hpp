// SPDX-License-Identifier: MIT
#pragma once

#include <descent/io/safetensors.hpp>

#include "support/catch.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace test {

/// A folder that is removed with everything in it.
class TemporaryFolder {
 public:
  TemporaryFolder() : TemporaryFolder(std::filesystem::temp_directory_path()) {}
  explicit TemporaryFolder(const std::filesystem::path& parent) {
    static std::atomic<int> count{0};
    const auto now = std::chrono::steady_clock::now().time_since_epoch().count();
    path_ = parent / ("descent_io_" + std::to_string(now) + "_" + std::to_string(count++));
    std::filesystem::create_directory(path_);
  }
  TemporaryFolder(TemporaryFolder&&) = delete;
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  std::string operator/(const std::string& name) const { return (path_ / name).string(); }
  std::string path() const { return path_.string(); }
  std::size_t file_count() const {
    using Entry = std::filesystem::directory_iterator;
    return static_cast<std::size_t>(std::distance(Entry(path_), Entry()));
  }

 private:
  std::filesystem::path path_;
};

/// A folder in memory if the system has one: for tests of hundreds of files, which need not wait for a disk.
class FastFolder : public TemporaryFolder {
 public:
  FastFolder() : TemporaryFolder(parent()) {}

 private:
  static std::filesystem::path parent() {
    std::error_code ignored;
    const std::filesystem::path memory = "/dev/shm";
    const bool is_there = std::filesystem::is_directory(memory, ignored);
    const bool is_wide = is_there && std::filesystem::space(memory, ignored).available > (1U << 26);
    return is_wide ? memory : std::filesystem::temp_directory_path();
  }
};

inline std::string bytes_in(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  REQUIRE(file);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}
inline void put_bytes(const std::string& path, std::string_view bytes) {
  std::ofstream file(path, std::ios::binary);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  REQUIRE(file.flush());
}

inline std::span<const std::byte> as_bytes(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}
inline std::string as_text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// A file with this header and this number of bytes of data, without checksums.
inline std::string file_with_header(std::string_view header, std::size_t data = 0) {
  std::string file;
  for (std::size_t k = 0; k < 8; ++k) file += static_cast<char>(header.size() >> 8 * k & 0xff);
  return file.append(header).append(data, 'd');
}

inline descent::detail::TensorFile parsed(std::string_view file) {
  return descent::detail::TensorFile::parse(as_bytes(file), "a.safetensors");
}

/// The message of the error that f throws; empty without one.
template <class Error = descent::FileError, class F>
std::string error_of(F&& f) {
  try {
    f();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}
inline std::string error_in(std::string_view file) {
  return error_of([&] { parsed(file); });
}

}  // namespace test
