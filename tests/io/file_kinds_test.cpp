// SPDX-License-Identifier: MIT
// The kinds of files that a path may name, and obstacles at the path.
#include <descent/io/parameters.hpp>

#include "io/support.hpp"

#if DESCENT_POSIX_FILES
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>

namespace fs = std::filesystem;
using Catch::Matchers::ContainsSubstring;
using test::error_of;

namespace {
const Eigen::Vector3d three(1, 2, 3), four_times(4, 8, 12);

std::string error_of_saving(const std::string& path) {
  return error_of([&] { descent::save_parameters(path, three); });
}
std::string error_of_loading(const std::string& path) {
  Eigen::Vector3d target;
  return error_of([&] { descent::load_parameters(path, target); });
}
Eigen::Vector3d loaded(const std::string& path) {
  Eigen::Vector3d target(0, 0, 0);
  descent::load_parameters(path, target);
  return target;
}
}  // namespace

TEST_CASE("folders, pipes and devices are refused, and nothing waits for a pipe") {
  const test::TemporaryFolder folder;
  const auto both = [](const std::string& path, const std::string& problem) {
    CHECK(error_of_saving(path) == "descent: " + path + ": " + problem);
    CHECK(error_of_loading(path) == "descent: " + path + ": " + problem);
  };
  both(folder.path(), "is a folder, must be a file");
  REQUIRE(::mkfifo((folder / "pipe").c_str(), 0600) == 0);
  both(folder / "pipe", "is a pipe, must be a file on a disk");
  both("/dev/null", "is a device, must be a file on a disk");
  fs::create_symlink("pipe", folder / "link");
  both(folder / "link", "is a pipe, must be a file on a disk");
  CHECK(error_of_saving(folder.path() + "/") == "descent: " + folder.path() + "/: names no file");
  CHECK(error_of_saving("") == "descent: : names no file");
  CHECK(error_of_loading("") == "descent: : cannot be opened: No such file or directory");
  CHECK(folder.file_count() == 2);
}

TEST_CASE("a missing folder is named") {
  const test::TemporaryFolder folder;
  const std::string path = folder / "none/a.safetensors";
  CHECK(error_of_saving(path) == "descent: " + path + ": its folder '" + (folder / "none") +
                                     "' cannot be opened: No such file or directory");
  CHECK(error_of_loading(path) == "descent: " + path + ": cannot be opened: No such file or directory");
  try {
    descent::save_parameters(path, three);
  } catch (const descent::FileError& error) {
    CHECK(error.path() == path);
  }
}

TEST_CASE("a symbolic link stays, and the file that it points to is replaced") {
  const test::TemporaryFolder folder;
  fs::create_directory(folder / "runs");
  fs::create_symlink("runs/one", folder / "relative");
  fs::create_symlink(folder / "relative", folder / "absolute");
  descent::save_parameters(folder / "absolute", three);  // the file is not there yet
  CHECK(loaded(folder / "runs/one") == three);
  descent::save_parameters(folder / "relative", four_times);
  CHECK(fs::is_symlink(folder / "relative"));
  CHECK(fs::is_symlink(folder / "absolute"));
  CHECK(loaded(folder / "absolute") == four_times);
  CHECK(fs::is_regular_file(fs::symlink_status(folder / "runs/one")));
  fs::create_symlink("circle", folder / "circle");
  CHECK_THAT(error_of_saving(folder / "circle"), ContainsSubstring("cannot be followed: Too many levels"));
}

TEST_CASE("a file keeps its permissions, and a protected one is not replaced") {
  const test::TemporaryFolder folder;
  const std::string path = folder / "a";
  const mode_t mask = ::umask(022);
  descent::save_parameters(path, three);
  struct stat status {};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0644);
  REQUIRE(::chmod(path.c_str(), 0600) == 0);
  descent::save_parameters(path, three);
  REQUIRE(::stat(path.c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0600);
  ::umask(mask);
  if (::geteuid() == 0) return;  // may write everywhere
  REQUIRE(::chmod(path.c_str(), 0400) == 0);
  CHECK(error_of_saving(path) == "descent: " + path + ": cannot be replaced: Permission denied");
  REQUIRE(::chmod(path.c_str(), 0000) == 0);
  CHECK(error_of_loading(path) == "descent: " + path + ": cannot be opened: Permission denied");
  REQUIRE(::chmod(folder.path().c_str(), 0500) == 0);
  CHECK_THAT(error_of_saving(folder / "b"), ContainsSubstring("no file can be created in its folder"));
  REQUIRE(::chmod(folder.path().c_str(), 0700) == 0);
}

TEST_CASE("what killed saves have left is removed, and nothing else") {
  using namespace descent::detail;
  const test::TemporaryFolder folder;
  const std::string prefix = temporary_prefix("a.safetensors");
  CHECK(prefix == ".a.safetensors.saving-");
  const std::string left = folder / temporary_name(prefix, 1), running = folder / temporary_name(prefix, 1);
  test::put_bytes(left, "half a file");
  test::put_bytes(running, "half a file");
  const std::vector<std::string> others = {temporary_name(temporary_prefix("b.safetensors"), 1), prefix,
                                           prefix + "0123456789abcdeg", prefix + "0123456789abcdef0",
                                           "a.safetensors.saving-0123456789abcdef"};
  for (const std::string& name : others) test::put_bytes(folder / name, "");
  fs::create_symlink("b", folder / temporary_name(prefix, 2));
  REQUIRE(::mkfifo((folder / temporary_name(prefix, 2)).c_str(), 0600) == 0);
  const Descriptor file = open_file(running.c_str(), O_RDWR);  // as another process that saves
  REQUIRE(try_lock(file.number()) == Lock::taken);
  descent::save_parameters(folder / "a.safetensors", three);
  CHECK(!fs::exists(left));
  CHECK(fs::exists(running));
  CHECK(folder.file_count() == others.size() + 4);
}

TEST_CASE("temporary names are short, and not cut inside a character") {
  using descent::detail::temporary_prefix;
  CHECK(temporary_prefix(std::string(300, 'x')).size() == 109);
  const std::string prefix = temporary_prefix(std::string(99, 'x') + "\xe2\x82\xac");
  CHECK(prefix == "." + std::string(99, 'x') + ".saving-");
  const test::TemporaryFolder folder;
  descent::save_parameters(folder / std::string(255, 'x'), three);
  CHECK(loaded(folder / std::string(255, 'x')) == three);
  CHECK_THAT(error_of_saving(folder / std::string(256, 'x')), ContainsSubstring("File name too long"));
  CHECK(folder.file_count() == 1);
}

TEST_CASE("a file in the current folder needs no folder in its path") {
  const test::TemporaryFolder folder;
  const fs::path before = fs::current_path();
  fs::current_path(folder.path());
  descent::save_parameters("here", three);
  CHECK(loaded("here") == three);
  fs::current_path(before);
}
#else
TEST_CASE("only POSIX has these kinds of files") { CHECK(!DESCENT_POSIX_FILES); }
#endif
