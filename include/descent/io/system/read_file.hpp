// SPDX-License-Identifier: MIT
#pragma once

#include <descent/io/errors.hpp>
#include <descent/io/system/paths.hpp>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <new>
#include <span>
#include <string>
#include <system_error>

#if DESCENT_POSIX_FILES
#include <descent/io/system/posix_calls.hpp>

#include <sys/mman.h>
#else
#include <descent/io/system/streams.hpp>

#include <cstdio>
#endif

namespace descent::detail {

/// Bytes on the heap.
class OwnedBytes {
 public:
  OwnedBytes() = default;
  /// Leaves the bytes uninitialized. Without memory for them, `data()` is null.
  explicit OwnedBytes(std::size_t size) : bytes_(nullptr, {size >= 2 * large_page}), size_(size) {
    if (!bytes_.get_deleter().has_large_pages) {
      bytes_.reset(new (std::nothrow) std::byte[size]);
      return;
    }
    bytes_.reset(static_cast<std::byte*>(::operator new[](size, std::align_val_t{large_page}, std::nothrow)));
#if DESCENT_POSIX_FILES && defined(MADV_HUGEPAGE)
    // Many small pages would take as long to allocate as the file to read.
    if (bytes_) ::madvise(bytes_.get(), size, MADV_HUGEPAGE);
#endif
  }

  std::byte* data() { return bytes_.get(); }
  std::span<std::byte> bytes() { return {bytes_.get(), size_}; }
  std::span<const std::byte> bytes() const { return {bytes_.get(), size_}; }

 private:
  static constexpr std::size_t large_page = std::size_t{1} << 21;
  struct Release {
    bool has_large_pages = false;
    void operator()(std::byte* bytes) const {
      if (has_large_pages) return ::operator delete[](bytes, std::align_val_t{large_page});
      delete[] bytes;
    }
  };

  std::unique_ptr<std::byte[], Release> bytes_{nullptr, Release{}};
  std::size_t size_ = 0;
};

inline OwnedBytes memory_for_file(const std::string& path, std::uintmax_t size) {
  OwnedBytes result;
  if (size <= SIZE_MAX) result = OwnedBytes(static_cast<std::size_t>(size));
  if (result.data() == nullptr)
    fail_file(path, {"has ", std::to_string(size), " bytes, for which there is not enough memory"});
  return result;
}

#if DESCENT_POSIX_FILES
/// The contents of a file.
inline OwnedBytes read_file(const std::string& path) {
  status_of_file(path, path);
  const Descriptor file = open_file(path.c_str(), O_RDONLY | O_NONBLOCK);  // a pipe would wait for a writer
  if (!file) fail_system(path, "cannot be opened", errno);
  struct stat status {};
  if (::fstat(file.number(), &status) != 0) fail_system(path, "cannot be read", errno);
  if (!S_ISREG(status.st_mode)) fail_file(path, {refusal_of(std::filesystem::file_type::unknown)});
  OwnedBytes result = memory_for_file(path, static_cast<std::uintmax_t>(status.st_size));
  std::size_t done = 0;
  if (const int code = read_all(file.number(), result.bytes(), done))
    fail_system(path, "cannot be read", code);
  if (done < result.bytes().size()) fail_file(path, {"has been cut while it was read"});
  return result;
}
#else
/// The contents of a file.
inline OwnedBytes read_file(const std::string& path) {
  status_of_file(path, path);
  std::error_code problem;
  const std::uintmax_t size = std::filesystem::file_size(path, problem);
  if (problem) fail_file(path, {"cannot be opened: ", problem.message()});
  OwnedBytes result = memory_for_file(path, size);
  const Stream file = open_to_read(path);
  if (!file) fail_system(path, "cannot be opened", errno);
  const std::size_t done = std::fread(result.data(), 1, result.bytes().size(), file.get());
  if (done < result.bytes().size()) fail_file(path, {"cannot be read to its end"});
  return result;
}
#endif

}  // namespace descent::detail
