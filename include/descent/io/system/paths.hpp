// SPDX-License-Identifier: MIT
#pragma once

#include <descent/io/errors.hpp>

#include <cerrno>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>

// Resolves a path, and checks whether its file can be read or replaced.

/// 1 if files are written with POSIX calls (locks, fsync), 0 if with the C++ standard library (streams.hpp).
#ifndef DESCENT_POSIX_FILES
#if __has_include(<unistd.h>) && __has_include(<sys/file.h>) && !defined(_WIN32)
#define DESCENT_POSIX_FILES 1
#else
#define DESCENT_POSIX_FILES 0
#endif
#endif

namespace descent::detail {

/// "is a folder, must be a file"
inline std::string_view refusal_of(std::filesystem::file_type type) {
  using enum std::filesystem::file_type;
  switch (type) {
    case directory:
      return "is a folder, must be a file";
    case fifo:
      return "is a pipe, must be a file on a disk";
    case socket:
      return "is a socket, must be a file on a disk";
    case block:
    case character:
      return "is a device, must be a file on a disk";
    default:
      return "is not a regular file";
  }
}

/// Refuses anything at `place` that exists and is not a regular file. `path`: the name for messages.
inline std::filesystem::file_status status_of_file(const std::filesystem::path& place,
                                                   const std::string& path) {
  std::error_code problem;
  const std::filesystem::file_status status = std::filesystem::status(place, problem);
  if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status))
    fail_file(path, {refusal_of(status.type())});
  return status;
}

/// The file of a path after following symbolic links, also to a file that does not exist yet.
inline std::filesystem::path followed_links(const std::string& path) {
  constexpr int most_links = 40;  // as in Linux
  std::filesystem::path place = path;
  if (!place.has_filename()) fail_file(path, {"names no file"});
  std::error_code problem;
  for (int k = 0; std::filesystem::is_symlink(std::filesystem::symlink_status(place, problem)); ++k) {
    if (k == most_links) fail_system(path, "cannot be followed", ELOOP);
    const std::filesystem::path next = std::filesystem::read_symlink(place, problem);
    if (problem) fail_system(path, "cannot be followed", problem.value());
    place = place.parent_path() / next;  // `next` alone if it is absolute
  }
  return place;
}

inline std::filesystem::path folder_of(const std::filesystem::path& place) {
  return place.has_parent_path() ? place.parent_path() : std::filesystem::path(".");
}

}  // namespace descent::detail
