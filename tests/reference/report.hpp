// SPDX-License-Identifier: MIT
#pragma once

#include <cstdio>
#include <map>
#include <string>
#include <vector>

namespace reference {

/// What became of the cases.
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
  void not_covered(const std::string& file) { ++files_[file].not_covered; }
  /// A rule of the catalogue with an option that descent cannot express.
  void unsupported(const std::string& file, const std::string& name, const std::string& why) {
    unsupported_.push_back("unsupported: " + file + "/" + name + ": " + why);
  }

  const std::vector<std::string>& failures() const { return failures_; }
  int compared() const { return sum(&Counts::compared); }
  int uncovered() const { return sum(&Counts::not_covered) + static_cast<int>(unsupported_.size()); }

  void print() const {
    for (const auto& [file, counts] : files_)
      if (counts.compared > 0)
        std::printf("%-36s %3d cases, %3d of them in float, too\n", file.c_str(), counts.compared, counts.in_float);
    for (const std::string& line : unsupported_) std::printf("%s\n", line.c_str());
    for (const auto& [file, counts] : files_)
      if (counts.not_covered > 0) std::printf("not covered yet: %s (%d cases)\n", file.c_str(), counts.not_covered);
    std::printf("in float: %d cases\n", sum(&Counts::in_float));
    std::printf("compared %d cases\n", compared());
    std::fflush(stdout);
  }

 private:
  struct Counts {
    int compared = 0, in_float = 0, not_covered = 0;
  };
  int sum(int Counts::*count) const {
    int result = 0;
    for (const auto& [file, counts] : files_) result += counts.*count;
    return result;
  }

  std::map<std::string, Counts> files_;
  std::vector<std::string> unsupported_, failures_;
};

}  // namespace reference
