// SPDX-License-Identifier: MIT
#pragma once

#include <cstdio>
#include <map>
#include <string>
#include <vector>

namespace reference {

/// The results of the cases.
class Report {
 public:
  void compared(const std::string& file, bool in_float) {
    ++files_[file].compared;
    files_[file].in_float += in_float ? 1 : 0;
  }
  void disagrees(const std::string& file, const std::string& name, const std::string& how) {
    failures_.push_back(file + "/" + name + ": " + how);
  }
  /// A rule that the catalogue does not have.
  void not_covered(const std::string& file, const std::string& name) {
    files_[file].not_covered.push_back(name);
  }
  /// A rule of the catalogue with an option that descent cannot express.
  void unsupported(const std::string& file, const std::string& name, const std::string& why) {
    ++files_[file].unsupported;
    unsupported_.push_back("unsupported: " + file + "/" + name + ": " + why);
  }

  const std::vector<std::string>& failures() const { return failures_; }
  int compared() const {
    int sum = 0;
    for (const auto& [file, counts] : files_) sum += counts.compared;
    return sum;
  }
  /// The number of cases that were not compared, in files whose name starts with `start`.
  int left_out(const std::string& start) const {
    int sum = 0;
    for (const auto& [file, counts] : files_)
      if (file.rfind(start, 0) == 0) sum += counts.unsupported + static_cast<int>(counts.not_covered.size());
    return sum;
  }

  void print() const {
    int in_float = 0;
    for (const auto& [file, counts] : files_) {
      in_float += counts.in_float;
      if (counts.compared > 0)
        std::printf("%-36s %3d cases, in float %3d\n", file.c_str(), counts.compared, counts.in_float);
    }
    for (const std::string& line : unsupported_) std::printf("%s\n", line.c_str());
    for (const std::string& line : failures_) std::printf("DISAGREES: %s\n", line.c_str());
    for (const auto& [file, counts] : files_) print_not_covered(file, counts);
    std::printf("compared in float as well: %d cases\ncompared %d cases\n", in_float, compared());
    std::fflush(stdout);
  }

 private:
  struct Counts {
    int compared = 0, in_float = 0, unsupported = 0;
    std::vector<std::string> not_covered;
  };

  /// Lists single cases by name, and whole files by file.
  static void print_not_covered(const std::string& file, const Counts& counts) {
    if (counts.not_covered.empty()) return;
    std::printf("not covered yet: %s (%d cases", file.c_str(), static_cast<int>(counts.not_covered.size()));
    if (counts.compared > 0)
      for (const std::string& name : counts.not_covered) std::printf(", %s", name.c_str());
    std::printf(")\n");
  }

  std::map<std::string, Counts> files_;
  std::vector<std::string> unsupported_, failures_;
};

}  // namespace reference
