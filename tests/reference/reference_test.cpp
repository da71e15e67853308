// SPDX-License-Identifier: MIT
#include "reference/cases.hpp"
#include "reference/report.hpp"
#include "reference/resume.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <vector>

// The numbers of other systems: every case that descent can express must give the same numbers, in double to
// the case's tolerance and in float to 2e-5. reference/data/README.md describes the files.

namespace reference {
namespace {

namespace fs = std::filesystem;

fs::path folder() {
  const char* chosen = std::getenv("DESCENT_REFERENCE_DIR");
  return chosen != nullptr && *chosen != '\0' ? chosen : DESCENT_REFERENCE_FALLBACK;
}

/// All JSON files below the folder, in the order of their names.
std::vector<fs::path> json_files(const fs::path& root) {
  if (!fs::is_directory(root)) throw std::runtime_error("there is no folder '" + root.string() + "'");
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(root))
    if (entry.path().extension() == ".json") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

nlohmann::json read(const fs::path& file) {
  std::ifstream stream(file);
  if (!stream) throw std::runtime_error("cannot read '" + file.string() + "'");
  return nlohmann::json::parse(stream);
}

Outcome run_case(const std::string& name, const nlohmann::json& test_case) {
  try {
    const bool schedule = test_case.contains("base_rate");
    if (test_case.contains("objective")) return run_objective_case(test_case);
    return schedule ? run_schedule_case(name, test_case) : run_rule_case(test_case);
  } catch (const std::exception& error) {
    return {Verdict::disagrees, std::string("threw: ") + error.what()};
  }
}

void add(Report& report, const std::string& file, const std::string& name, const Outcome& outcome) {
  switch (outcome.verdict) {
    case Verdict::not_covered:
      return report.not_covered(file, name);
    case Verdict::unsupported:
      return report.unsupported(file, name, outcome.text);
    case Verdict::disagrees:
      report.disagrees(file, name, outcome.text);
      break;
    case Verdict::agrees:
      break;
  }
  report.compared(file, outcome.in_float);
}

/// `file`: "optimizers/adam".
void run_file(const fs::path& path, const std::string& file, Report& report) {
  const nlohmann::json content = read(path);
  if (content.contains("cases")) {
    for (const auto& test_case : content.at("cases"))
      add(report, file, test_case.at("case"), run_case(path.stem().string(), test_case));
  } else if (path.filename() == "resume.json") {
    add(report, file, "all", run_resume(path.parent_path(), content));
  } else {
    report.not_covered(file, "all");
  }
}

Report run_folder(const fs::path& root) {
  Report report;
  for (const fs::path& path : json_files(root)) {
    const std::string file = fs::relative(path, root).replace_extension().generic_string();
    try {
      run_file(path, file, report);
    } catch (const std::exception& error) {
      report.disagrees(file, "the whole file", error.what());
    }
  }
  return report;
}

}  // namespace
}  // namespace reference

TEST_CASE("rules and schedules give the numbers of other systems") {
  const auto root = reference::folder();
  INFO("reference folder: " << root.string() << " (set DESCENT_REFERENCE_DIR to choose another)");
  const reference::Report report = reference::run_folder(root);
  report.print();
  for (const std::string& failure : report.failures()) FAIL_CHECK(failure);
  CHECK(report.compared() > 0);
  CHECK(report.left_out("") == 0);  // the catalogue is complete
}
