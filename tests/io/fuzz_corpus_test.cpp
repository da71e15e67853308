// SPDX-License-Identifier: MIT
// Replays the inputs of the fuzzers (tests/fuzz), among them all that once failed.
#include "fuzz/schedule.hpp"
#include "fuzz/tensor_file.hpp"
#include "io/support.hpp"

namespace {
template <class F>
int for_each_input(const std::string& name, F&& f) {
  const auto folder = std::filesystem::path(__FILE__).parent_path().parent_path() / "fuzz" / "corpus" / name;
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    f(test::bytes_in(entry.path().string()));
    ++count;
  }
  return count;
}
}  // namespace

TEST_CASE("the fuzzers' files are refused or read") {
  CHECK(for_each_input("tensor_file", [](const std::string& bytes) {
          test::read_any_tensor_file(test::as_bytes(bytes));
        }) >= 9);
}

TEST_CASE("the fuzzers' schedules are refused or read") {
  CHECK(for_each_input("schedule", [](const std::string& text) { test::read_any_schedule(text); }) >= 15);
}
