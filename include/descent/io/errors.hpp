// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/errors.hpp>

#include <initializer_list>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace descent {

namespace detail {
// A string, so that a replacement of DESCENT_THROW that needs only the message can use it.
struct FileMessage : std::string {
  FileMessage(std::string path_of_file, std::string_view text)
      : std::string(joined({"descent: ", path_of_file, ": ", text})), path(std::move(path_of_file)) {}
  std::string path;
};
}  // namespace detail

/// An error outside of the program. Its message begins with "descent: ".
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Thrown if a file cannot be written or read, or has the wrong contents.
///
///   descent: run/a.safetensors: cannot be renamed: No space left on device
class FileError : public Error {
 public:
  explicit FileError(const detail::FileMessage& message) : Error(message), path_(message.path) {}

  /// The file, as the caller named it.
  const std::string& path() const noexcept { return path_; }

 private:
  std::string path_;
};

namespace detail {
[[noreturn]] DESCENT_COLD inline void fail_file(const std::string& path,
                                                std::initializer_list<std::string_view> parts) {
  DESCENT_THROW(FileError, FileMessage(path, joined(parts)));
}

/// `problem`: the failed action ("cannot be opened"); `code`: the system's reason, a value of errno.
[[noreturn]] DESCENT_COLD inline void fail_system(const std::string& path, std::string_view problem,
                                                  int code) {
  fail_file(path, {problem, ": ", std::generic_category().message(code)});
}
}  // namespace detail

}  // namespace descent
