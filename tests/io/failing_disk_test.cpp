// SPDX-License-Identifier: MIT
// Every call of the system fails once: the old file must stay as it was, without leftovers in its folder.
#include <descent/io/parameters.hpp>

#include "io/support.hpp"

#if defined(__linux__) && DESCENT_POSIX_FILES
#include <dlfcn.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <functional>
#include <string_view>

namespace {

/// What the calls below do instead of their work.
struct Faults {
  std::string_view call{};         // the one that fails
  int at = 0;                      // its first calls that succeed
  int code = 0;                    // errno; 0: what is read ends there
  std::ptrdiff_t shortest = 0;     // the most bytes that one call writes or reads
  int interrupted = 0;             // the number of calls that signals interrupt first
  int calls = 0;                   // of `call`, until now
  std::size_t got = 0, asked = 0;  // bytes that were read, and up to which byte was asked for
};
Faults faults;

bool fails(std::string_view call) {
  if (faults.interrupted > 0) {
    --faults.interrupted;
    errno = EINTR;
    return true;
  }
  if (call != faults.call || faults.calls++ < faults.at) return false;
  errno = faults.code;
  return true;
}
std::size_t shortened(std::size_t count) {
  return faults.shortest > 0 ? std::min(count, static_cast<std::size_t>(faults.shortest)) : count;
}
template <class Function>
Function* real(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

}  // namespace

// The program's own functions come before those of the C library.
extern "C" {
ssize_t pwrite(int file, const void* bytes, std::size_t count, off_t offset) {
  static const auto call = real<ssize_t(int, const void*, std::size_t, off_t)>("pwrite");
  return fails("pwrite") ? -1 : call(file, bytes, shortened(count), offset);
}
ssize_t read(int file, void* bytes, std::size_t count) {
  static const auto call = real<ssize_t(int, void*, std::size_t)>("read");
  faults.asked = std::max(faults.asked, faults.got + count);
  if (fails("read")) return errno == 0 ? 0 : -1;
  const ssize_t got = call(file, bytes, shortened(count));
  if (got > 0) faults.got += static_cast<std::size_t>(got);
  return got;
}
int fsync(int file) {
  static const auto call = real<int(int)>("fsync");
  return fails("fsync") ? -1 : call(file);
}
int rename(const char* from, const char* to) noexcept {
  static const auto call = real<int(const char*, const char*)>("rename");
  return fails("rename") ? -1 : call(from, to);
}
int flock(int file, int operation) noexcept {
  static const auto call = real<int(int, int)>("flock");
  return fails("flock") ? -1 : call(file, operation);
}
}

namespace {

const Eigen::MatrixXd old_matrix = Eigen::MatrixXd::Constant(20, 30, 1);
const Eigen::MatrixXd new_matrix = Eigen::MatrixXd::Random(20, 30);

/// Saves with faults over an old file, and returns the message.
std::string save_with(const Faults& wanted, bool old_stays = true) {
  const test::TemporaryFolder folder;
  const std::string path = folder / "a.safetensors";
  descent::save_parameters(path, old_matrix);
  const std::string before = test::bytes_in(path);
  faults = wanted;
  const std::string message = test::error_of([&] { descent::save_parameters(path, new_matrix); });
  faults = {};
  CHECK((test::bytes_in(path) == before) == old_stays);
  CHECK(folder.file_count() == 1);
  Eigen::MatrixXd loaded(20, 30);
  descent::load_parameters(path, loaded);
  CHECK(loaded == (old_stays ? old_matrix : new_matrix));
  const std::string begin = "descent: " + path + ": ";
  CHECK(message.starts_with(message.empty() ? "" : begin));
  return message.empty() ? "" : message.substr(begin.size());
}

}  // namespace

TEST_CASE("a full disk leaves the old file, whenever it happens") {
  int at = 0;
  for (;; ++at) {
    faults = {};
    const bool done = save_with({.call = "pwrite", .at = at, .code = ENOSPC}, at < 3) == "";
    if (at == 3) {
      CHECK(done);  // header, data, header again
      break;
    }
    CHECK(!done);
  }
  CHECK(save_with({.call = "pwrite", .code = ENOSPC}) == "cannot be written: No space left on device");
  CHECK(save_with({.call = "pwrite", .at = 40, .code = EDQUOT, .shortest = 100}) ==
        "cannot be written: Disk quota exceeded");
  CHECK(save_with({.call = "pwrite", .at = 1, .code = EIO}) == "cannot be written: Input/output error");
}

TEST_CASE("a failing fsync or rename leaves the old file") {
  CHECK(save_with({.call = "fsync", .code = EIO}) == "cannot be written to disk: Input/output error");
  CHECK(save_with({.call = "rename", .code = ENOSPC}) == "cannot be renamed: No space left on device");
  CHECK(save_with({.call = "rename", .code = EXDEV}) == "cannot be renamed: Invalid cross-device link");
}

// The new file is in place then, and complete.
TEST_CASE("a failing fsync of the folder is reported") {
  CHECK(save_with({.call = "fsync", .at = 1, .code = EIO}, false) ==
        "is replaced, but its folder cannot be written to disk: Input/output error");
  CHECK(save_with({.call = "fsync", .at = 1, .code = EINVAL}, false) == "");  // not needed there
}

TEST_CASE("short writes and interrupted calls are continued") {
  CHECK(save_with({.shortest = 1}, false) == "");
  CHECK(save_with({.shortest = 1000}, false) == "");
  CHECK(save_with({.interrupted = 7}, false) == "");
}

TEST_CASE("a system without locks can be written to") {
  CHECK(save_with({.call = "flock", .code = ENOLCK}, false) == "");
}

TEST_CASE("reading is continued, and fails with a reason") {
  const test::TemporaryFolder folder;
  const std::string path = folder / "a.safetensors";
  descent::save_parameters(path, new_matrix);
  const std::size_t size = test::bytes_in(path).size();
  const auto load_with = [&](const Faults& wanted) {
    faults = wanted;
    Eigen::MatrixXd loaded = Eigen::MatrixXd::Zero(20, 30);
    const std::string message = test::error_of([&] { descent::load_parameters(path, loaded); });
    CHECK(faults.asked == size);  // nothing after the memory for the file is written
    faults = {};
    CHECK((loaded == new_matrix) == message.empty());
    return message;
  };
  CHECK(load_with({.shortest = 1}) == "");
  CHECK(load_with({.shortest = 7}) == "");
  CHECK(load_with({.interrupted = 3}) == "");
  CHECK(load_with({.call = "read", .code = EIO}) ==
        "descent: " + path + ": cannot be read: Input/output error");
  const std::string cut = "descent: " + path + ": has been cut while it was read";
  CHECK(load_with({.call = "read", .code = 0}) == cut);
  CHECK(load_with({.call = "read", .at = 5, .code = 0, .shortest = 100}) == cut);
}
#else
TEST_CASE("only Linux lets this test stand between descent and the system") { SUCCEED(); }
#endif
