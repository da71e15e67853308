// SPDX-License-Identifier: MIT
// What a program on Windows needs of io/system: a new file replaces an old one, or leaves it as it was.
#include <descent/io/system/new_file.hpp>
#include <descent/io/system/read_file.hpp>

#include <cstdio>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

namespace {

void write(const std::string& path, std::string_view text, bool commit) {
  descent::detail::NewFile file(path, true);
  file.append(std::as_bytes(std::span(text.substr(0, 1))));
  file.append(std::as_bytes(std::span(text.substr(1))));
  file.rewrite_start(std::as_bytes(std::span(text.substr(0, 1))));
  if (commit) file.commit();
}

int failures = 0;
void expect(const std::string& found, const std::string& wanted) {
  if (found == wanted) return;
  std::printf("found \"%s\", not \"%s\"\n", found.c_str(), wanted.c_str());
  ++failures;
}

std::string content(const std::string& path) {
  const descent::detail::OwnedBytes bytes = descent::detail::read_file(path);
  return {reinterpret_cast<const char*>(bytes.bytes().data()), bytes.bytes().size()};
}

template <class Action>
std::string error_of(Action action) {
  try {
    action();
  } catch (const descent::FileError& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace

int main() {
  const std::filesystem::path folder = "files_of_test";
  std::filesystem::create_directory(folder);
  const std::string path = (folder / "a").string();
  write(path, "old\n\r\n", true);
  expect(content(path), "old\n\r\n");  // bytes, no text with line ends
  write(path, "unfinished", false);
  expect(content(path), "old\n\r\n");
  write(path, "new and longer", true);
  expect(content(path), "new and longer");
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    expect(entry.path().filename().string(), "a");
  expect(error_of([&] { content(folder.string()); }), "descent: files_of_test: is a folder, must be a file");
  expect(error_of([&] { write("no_such_folder/a", "new", true); }),
         "descent: no_such_folder/a: no file can be created in its folder: No such file or directory");
  std::filesystem::remove_all(folder);
  return failures;
}
