// SPDX-License-Identifier: MIT
#pragma once

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <span>
#include <utility>

// POSIX calls, repeated until they are complete. They return 0 or a value of errno.

namespace descent::detail {

/// Owns a file descriptor.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }

  explicit operator bool() const { return number_ >= 0; }
  int number() const { return number_; }

 private:
  int number_ = -1;
};

// A signal may interrupt these calls.
template <class Call>
auto repeated_if_interrupted(Call call) {
  auto result = call();
  while (result < 0 && errno == EINTR) result = call();
  return result;
}

inline Descriptor open_file(const char* path, int flags, mode_t mode = 0) {
  return Descriptor(repeated_if_interrupted([&] { return ::open(path, flags | O_CLOEXEC, mode); }));
}

// Some systems refuse larger calls.
inline constexpr std::size_t most_in_one_call = std::size_t{1} << 30;

/// Writes all bytes at `offset`.
inline int write_all(int file, std::span<const std::byte> bytes, off_t offset) {
  while (!bytes.empty()) {
    const std::size_t count = std::min(bytes.size(), most_in_one_call);
    const ssize_t written =
        repeated_if_interrupted([&] { return ::pwrite(file, bytes.data(), count, offset); });
    if (written <= 0) return written < 0 ? errno : EIO;
    bytes = bytes.subspan(static_cast<std::size_t>(written));
    offset += written;
  }
  return 0;
}

/// Fills `bytes` from the start of a file. `done` is smaller than their number only if the file is shorter.
inline int read_all(int file, std::span<std::byte> bytes, std::size_t& done) {
  for (done = 0; done < bytes.size();) {
    const std::size_t count = std::min(bytes.size() - done, most_in_one_call);
    const ssize_t got = repeated_if_interrupted([&] { return ::read(file, bytes.data() + done, count); });
    if (got < 0) return errno;
    if (got == 0) return 0;
    done += static_cast<std::size_t>(got);
  }
  return 0;
}

/// Returns after the file's bytes are on the disk.
inline int synchronize(int file) {
#ifdef F_FULLFSYNC  // on macOS, fsync leaves them in the disk's cache
  if (repeated_if_interrupted([&] { return ::fcntl(file, F_FULLFSYNC); }) == 0) return 0;
#endif
  return repeated_if_interrupted([&] { return ::fsync(file); }) == 0 ? 0 : errno;
}

/// Like `synchronize`, for a folder's list of names. Some file systems do not support it and do not need it.
inline int synchronize_folder(int folder) {
  const int code = synchronize(folder);
  return code == EINVAL || code == ENOTSUP ? 0 : code;
}

enum class Lock { taken, held_by_another, not_supported };
/// Locks a file while this process has it open: the system unlocks it if the process is killed.
inline Lock try_lock(int file) {
  if (repeated_if_interrupted([&] { return ::flock(file, LOCK_EX | LOCK_NB); }) == 0) return Lock::taken;
  return errno == EWOULDBLOCK ? Lock::held_by_another : Lock::not_supported;
}

}  // namespace descent::detail
