// SPDX-License-Identifier: MIT
#pragma once

#include <descent/io/errors.hpp>
#include <descent/io/system/paths.hpp>
#include <descent/io/system/streams.hpp>
#include <descent/io/system/temporary_names.hpp>

#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <span>
#include <string>
#include <system_error>

namespace descent::detail {

/// Like PosixNewFile, for Windows and for systems with the C++ standard library only: a complete file replaces the old
/// one, or the old one stays. But only Windows waits for the disk, and leftovers of a killed process must be removed by
/// hand.
class StandardNewFile {
 public:
  /// `durable`: `commit` returns only after the file is on the disk, if the system has a call for that.
  StandardNewFile(const std::string& path, bool durable)
      : path_(path), target_(followed_links(path)), durable_(durable) {
    status_of_file(target_, path_);
    const std::string name = temporary_name(temporary_prefix(target_.filename().string()), 0);
    temporary_ = folder_of(target_) / name;
    file_ = create_to_write(temporary_);
    if (!file_) fail_system(path_, "no file can be created in its folder", errno);
  }
  StandardNewFile(StandardNewFile&&) = delete;
  ~StandardNewFile() {
    if (temporary_.empty()) return;
    file_.reset();
    std::error_code ignored;
    std::filesystem::remove(temporary_, ignored);
  }

  void append(std::span<const std::byte> bytes) {
    if (std::fwrite(bytes.data(), 1, bytes.size(), file_.get()) != bytes.size())
      fail_system(path_, "cannot be written", errno);
  }
  /// Overwrites the first bytes; nothing may be appended afterwards.
  void rewrite_start(std::span<const std::byte> bytes) {
    std::rewind(file_.get());
    append(bytes);
  }

  void commit() {
    if (durable_ && !synchronize(file_)) fail_system(path_, "cannot be written to disk", errno);
    if (std::fclose(file_.release()) != 0) fail_system(path_, "cannot be written", errno);
    std::error_code problem;
    std::filesystem::rename(temporary_, target_, problem);
    if (problem) fail_file(path_, {"cannot be renamed: ", problem.message()});
    temporary_.clear();
  }

 private:
  std::string path_;
  std::filesystem::path target_, temporary_;
  bool durable_;
  Stream file_;
};

}  // namespace descent::detail
