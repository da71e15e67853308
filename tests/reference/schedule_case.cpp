// SPDX-License-Identifier: MIT
#include "reference/cases.hpp"
#include "reference/comparison.hpp"
#include "reference/plateau.hpp"
#include "reference/schedule_cases.hpp"

namespace reference {

namespace {

/// The first step at which a schedule disagrees; empty if all agree.
std::optional<std::string> compare(const char* what, const descent::Schedule& schedule,
                                   const nlohmann::json& expected, double tolerance) {
  for (std::size_t step = 0; step < expected.size(); ++step) {
    const double right = expected[step], got = schedule(static_cast<std::int64_t>(step));
    if (!agrees(got, right, tolerance))
      return disagreement(what + (" of step " + std::to_string(step)), right, got, tolerance);
  }
  return std::nullopt;
}

}  // namespace

Outcome run_schedule_case(const std::string& file, const nlohmann::json& test_case) {
  if (file == "plateau") return run_plateau_case(test_case);
  const bool has_momentum = test_case.contains("momenta");
  MaybeSchedule rate, momentum;
  try {
    rate = make_schedule(file, test_case);
    if (has_momentum) momentum = make_momentum(file, test_case);
  } catch (const std::exception& error) {
    return {Verdict::unsupported, error.what()};
  }
  if (!rate.has_value() || has_momentum != momentum.has_value()) return {Verdict::not_covered};
  const double tolerance = test_case.at("tolerance");
  auto found = compare("rate", *rate, test_case.at("rates"), tolerance);
  if (!found.has_value() && has_momentum)
    found = compare("momentum", *momentum, test_case.at("momenta"), tolerance);
  if (found.has_value()) return {Verdict::disagrees, *found};
  return {Verdict::agrees};
}

}  // namespace reference
