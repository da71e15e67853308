// SPDX-License-Identifier: MIT
// Files written with what the C++ standard has, as on systems without POSIX.
#include <descent/io/system/standard_new_file.hpp>

#include "io/support.hpp"
#include "support/catch.hpp"

#include <filesystem>
#include <string>

using descent::detail::StandardNewFile;
using test::as_bytes;
using test::bytes_in;
using test::error_of;
using test::TemporaryFolder;

TEST_CASE("without POSIX: a file takes the place of another one when it is complete") {
  const TemporaryFolder folder;
  const std::string path = folder / "a";
  test::put_bytes(path, "old and longer");
  {
    StandardNewFile file(path, true);
    file.append(as_bytes("????"));
    file.append(as_bytes("new"));
    CHECK(folder.file_count() == 2);
    file.rewrite_start(as_bytes("very"));
    CHECK(bytes_in(path) == "old and longer");
    file.commit();
    CHECK(folder.file_count() == 1);
    CHECK(bytes_in(path) == "verynew");
  }
  CHECK(bytes_in(path) == "verynew");
  CHECK(folder.file_count() == 1);
}

TEST_CASE("without POSIX: a file that is not committed leaves nothing") {
  const TemporaryFolder folder;
  const std::string path = folder / "a";
  test::put_bytes(path, "old");
  {
    StandardNewFile file(path, true);
    file.append(as_bytes("new"));
  }
  CHECK(bytes_in(path) == "old");
  CHECK(folder.file_count() == 1);
}

TEST_CASE("without POSIX: what cannot be written is refused") {
  const TemporaryFolder folder;
  const auto refusal = [&](const std::string& path) {
    return error_of([&] { static_cast<void>(StandardNewFile(path, true)); });
  };
  const std::string missing = folder / "missing/a";
  CHECK(refusal(missing) ==
        "descent: " + missing + ": no file can be created in its folder: No such file or directory");
  CHECK(refusal(folder.path()) == "descent: " + folder.path() + ": is a folder, must be a file");
  CHECK(folder.file_count() == 0);
}

#if defined(__linux__)
TEST_CASE("without POSIX: a link stays one, and the file that it names is replaced") {
  const TemporaryFolder folder;
  std::filesystem::create_symlink("b", folder / "a");
  StandardNewFile file(folder / "a", true);
  file.append(as_bytes("new"));
  file.commit();
  CHECK(std::filesystem::is_symlink(folder / "a"));
  CHECK(bytes_in(folder / "b") == "new");
}
#endif
