// SPDX-License-Identifier: MIT
// Compares rules with the numbers of other systems, as tests/reference does, but those of one or two of its files only:
// mutate.py links what it needs, and stubs in place of the rest of the catalogue. Cases without a rule are left out.
#include "reference/cases.hpp"

#include <cstdio>
#include <exception>
#include <fstream>
#include <nlohmann/json.hpp>

namespace {

/// Whether it agrees, as far as it can be compared.
bool agrees(const nlohmann::json& test_case, int& compared) {
  if (test_case.contains("objective") || test_case.contains("base_rate")) return true;
  try {
    const reference::Outcome outcome = reference::run_rule_case(test_case);
    if (outcome.verdict == reference::Verdict::agrees) ++compared;
    return outcome.verdict != reference::Verdict::disagrees;
  } catch (const std::exception&) {
    return false;
  }
}

}  // namespace

/// reference_cases FILE...: fails at the first case that disagrees.
int main(int count, char** files) {
  int compared = 0;
  for (int k = 1; k < count; ++k) {
    std::ifstream stream(files[k]);
    const nlohmann::json content = nlohmann::json::parse(stream);
    if (!content.contains("cases")) continue;
    for (const auto& test_case : content.at("cases"))
      if (!agrees(test_case, compared)) return 1;
  }
  std::printf("%d cases agree\n", compared);
  return 0;
}
