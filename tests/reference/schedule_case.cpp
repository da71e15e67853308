// SPDX-License-Identifier: MIT
#include "reference/cases.hpp"
#include "reference/comparison.hpp"
#include "reference/plateau.hpp"
#include "reference/schedule_cases.hpp"

namespace reference {

Outcome run_schedule_case(const std::string& file, const nlohmann::json& test_case) {
  if (file == "plateau") return run_plateau_case(test_case);
  std::optional<descent::Schedule> schedule;
  try {
    schedule = make_schedule(file, test_case);
  } catch (const std::exception& error) {
    return {Verdict::unsupported, error.what()};
  }
  if (!schedule.has_value()) return {Verdict::not_covered};
  const double tolerance = test_case.at("tolerance");
  const auto& rates = test_case.at("rates");
  for (std::size_t step = 0; step < rates.size(); ++step) {
    const double expected = rates[step], got = (*schedule)(static_cast<std::int64_t>(step));
    if (!agrees(got, expected, tolerance))
      return {Verdict::disagrees, disagreement("step " + std::to_string(step), expected, got, tolerance)};
  }
  return {Verdict::agrees};
}

}  // namespace reference
