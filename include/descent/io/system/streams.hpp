// SPDX-License-Identifier: MIT
#pragma once

#include <cstdio>
#include <filesystem>
#include <memory>

#if defined(_WIN32)
#include <fcntl.h>
#include <io.h>
#include <sys/stat.h>
#endif

// Files of the C++ standard library, and what it lacks: on Windows, names beyond the system's code page, files that must
// be new (older run-time libraries do not know "x"), and waiting for the disk.

namespace descent::detail {

struct CloseStream {
  void operator()(std::FILE* stream) const { std::fclose(stream); }
};
using Stream = std::unique_ptr<std::FILE, CloseStream>;

#if defined(_WIN32)
inline Stream open_to_read(const std::filesystem::path& place) {
  return Stream(::_wfopen(place.c_str(), L"rb"));
}

/// Creates a file; fails if there is one of this name.
inline Stream create_to_write(const std::filesystem::path& place) {
  const int file = ::_wopen(place.c_str(), _O_CREAT | _O_EXCL | _O_WRONLY | _O_BINARY, _S_IREAD | _S_IWRITE);
  if (file < 0) return nullptr;
  Stream stream(::_fdopen(file, "wb"));
  if (!stream) ::_close(file);
  return stream;
}

/// Returns after the bytes are on the disk, if the system has a call for that; false: they could not be written.
inline bool synchronize(const Stream& stream) {
  return std::fflush(stream.get()) == 0 && ::_commit(::_fileno(stream.get())) == 0;
}
#else
inline Stream open_to_read(const std::filesystem::path& place) {
  return Stream(std::fopen(place.c_str(), "rb"));
}

/// Creates a file; fails if there is one of this name.
inline Stream create_to_write(const std::filesystem::path& place) {
  return Stream(std::fopen(place.c_str(), "wbx"));
}

/// Returns after the bytes are on the disk, if the system has a call for that; false: they could not be written.
inline bool synchronize(const Stream& stream) { return std::fflush(stream.get()) == 0; }
#endif

}  // namespace descent::detail
