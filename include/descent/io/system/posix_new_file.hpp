// SPDX-License-Identifier: MIT
#pragma once

#include <descent/io/errors.hpp>
#include <descent/io/system/paths.hpp>
#include <descent/io/system/posix_calls.hpp>
#include <descent/io/system/temporary_names.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <system_error>
#include <utility>

namespace descent::detail {

/// Removes the leftovers of killed saves of a file. Their files are no longer locked; those of running saves
/// are.
inline void remove_leftovers(const std::filesystem::path& folder, const std::string& prefix) {
  std::error_code problem;
  std::filesystem::directory_iterator entry(folder, problem);
  for (; !problem && entry != std::filesystem::directory_iterator(); entry.increment(problem)) {
    if (!is_temporary_name(entry->path().filename().string(), prefix)) continue;
    const char* const name = entry->path().c_str();
    const Descriptor file = open_file(name, O_RDWR | O_NOFOLLOW | O_NONBLOCK);
    struct stat status {};
    if (file && ::fstat(file.number(), &status) == 0 && S_ISREG(status.st_mode) &&
        try_lock(file.number()) == Lock::taken)
      ::unlink(name);
  }
}

/// A file that replaces an existing one after it is complete.
///
/// The bytes go to a temporary file in the same folder, which `commit` renames. If anything fails before
/// that, the old file stays unchanged and the temporary one is removed; if this process is killed, a later
/// save of the same file removes it. If the path is a symbolic link, its target is replaced.
class PosixNewFile {
 public:
  /// `durable`: `commit` returns only after the file is on the disk.
  PosixNewFile(const std::string& path, bool durable)
      : path_(path), target_(followed_links(path)), durable_(durable) {
    refuse_protected_target();
    const std::filesystem::path folder = folder_of(target_);
    folder_ = open_file(folder.c_str(), O_RDONLY | O_DIRECTORY);
    if (!folder_) fail_system(path_, joined({"its folder '", folder.string(), "' cannot be opened"}), errno);
    const std::string prefix = temporary_prefix(target_.filename().string());
    remove_leftovers(folder, prefix);
    create(folder, prefix);
  }
  PosixNewFile(PosixNewFile&&) = delete;
  ~PosixNewFile() {
    if (file_) ::unlink(temporary_.c_str());
  }

  void append(std::span<const std::byte> bytes) {
    write(bytes, size_);
    size_ += static_cast<off_t>(bytes.size());
  }
  /// Overwrites the first bytes.
  void rewrite_start(std::span<const std::byte> bytes) { write(bytes, 0); }

  void commit() {
    if (durable_)
      if (const int code = synchronize(file_.number())) fail_system(path_, "cannot be written to disk", code);
    if (::rename(temporary_.c_str(), target_.c_str()) != 0) fail_system(path_, "cannot be renamed", errno);
    file_ = Descriptor();  // only now: without its lock it would look like a leftover
    if (!durable_) return;
    if (const int code = synchronize_folder(folder_.number()))
      fail_system(path_, "is replaced, but its folder cannot be written to disk", code);
  }

 private:
  void refuse_protected_target() {
    exists_ = std::filesystem::exists(status_of_file(target_, path_));
    if (!exists_) return;
    struct stat status {};
    if (::stat(target_.c_str(), &status) == 0) permissions_ = status.st_mode & 0777;
    if (::faccessat(AT_FDCWD, target_.c_str(), W_OK, AT_EACCESS) != 0)
      fail_system(path_, "cannot be replaced", errno);
  }

  /// Another save may mistake a file for a leftover before it is locked; then creates a new one.
  void create(const std::filesystem::path& folder, const std::string& prefix) {
    constexpr int most_attempts = 100;
    for (int attempt = 0;; ++attempt) {
      temporary_ = folder / temporary_name(prefix, static_cast<std::int64_t>(::getpid()));
      Descriptor file = open_file(temporary_.c_str(), O_RDWR | O_CREAT | O_EXCL, 0666);
      if (!file && (errno != EEXIST || attempt == most_attempts))
        fail_system(path_, joined({"no file can be created in its folder '", folder.string(), "'"}), errno);
      if (!file) continue;
      if (exists_) ::fchmod(file.number(), permissions_);
      struct stat status {};
      const bool mine = try_lock(file.number()) != Lock::held_by_another &&
                        ::fstat(file.number(), &status) == 0 && status.st_nlink > 0;
      if (!mine && attempt < most_attempts) continue;
      file_ = std::move(file);
      return;
    }
  }

  void write(std::span<const std::byte> bytes, off_t offset) {
    if (const int code = write_all(file_.number(), bytes, offset))
      fail_system(path_, "cannot be written", code);
  }

  std::string path_;
  std::filesystem::path target_, temporary_;
  bool durable_, exists_ = false;
  mode_t permissions_ = 0;
  Descriptor folder_, file_;
  off_t size_ = 0;
};

}  // namespace descent::detail
