// SPDX-License-Identifier: MIT
// Replays the inputs of the fuzzer (tests/fuzz), among them all that once failed.
#include "fuzz/rule_text.hpp"
#include "support/catch.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

TEST_CASE("each text of the fuzzer is refused, or makes a rule that its own text makes again") {
  const auto folder =
      std::filesystem::path(__FILE__).parent_path().parent_path() / "fuzz" / "corpus" / "rule_text";
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    std::ifstream file(entry.path(), std::ios::binary);
    test::read_any_rule(std::string(std::istreambuf_iterator<char>(file), {}));
    ++count;
  }
  CHECK(count >= 5);
}
