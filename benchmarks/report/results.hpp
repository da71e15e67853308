// SPDX-License-Identifier: MIT
#pragma once

#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

// The results of the programs in all rounds: FOLDER/ROUND/PROGRAM.json.

namespace report {

inline double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

inline std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::istringstream stream(text);
  for (std::string part; std::getline(stream, part, separator);) parts.push_back(part);
  return parts;
}

/// One case of one program, in every round.
struct Measured {
  std::string program, subject, rule, shape, scalar, threads, reference;
  std::map<int, double> ns_per_step, ns_per_parameter;  // by round

  std::string case_in_limit() const { return rule + '/' + shape + '/' + scalar + '/' + threads; }
  bool is_limit() const { return subject.rfind("limit", 0) == 0; }
  double median_ns_per_parameter() const { return median_of(ns_per_parameter); }
  double median_ns_per_step() const { return median_of(ns_per_step); }

 private:
  static double median_of(const std::map<int, double>& rounds) {
    std::vector<double> values;
    for (const auto& [round, value] : rounds) values.push_back(value);
    return median(values);
  }
};

class Results {
 public:
  explicit Results(const std::filesystem::path& folder) {
    for (int round = 1; std::filesystem::is_directory(folder / std::to_string(round)); ++round) {
      std::vector<std::filesystem::path> files;
      for (const auto& entry : std::filesystem::directory_iterator(folder / std::to_string(round)))
        if (entry.path().extension() == ".json") files.push_back(entry.path());
      std::sort(files.begin(), files.end());
      for (const auto& file : files) add_file(file, round);
      rounds_ = round;
    }
  }

  int rounds() const { return rounds_; }
  const std::vector<Measured>& all() const { return measured_; }
  const std::map<std::string, std::string>& context() const { return context_; }

  /// The case by which a case is divided: for a limit, its fastest loop.
  const Measured* reference_of(const Measured& measured) const {
    if (measured.reference.empty()) return nullptr;
    const Measured* best = nullptr;
    for (const Measured& other : measured_) {
      if (other.program != measured.program || !matches(other, measured.reference)) continue;
      if (best == nullptr || other.median_ns_per_step() < best->median_ns_per_step()) best = &other;
    }
    return best;
  }

  /// The median over rounds of the ratios within a round.
  std::optional<double> ratio(const Measured& measured) const {
    const Measured* reference = reference_of(measured);
    if (reference == nullptr) return std::nullopt;
    std::vector<double> ratios;
    for (const auto& [round, time] : measured.ns_per_parameter) {
      const auto found = reference->ns_per_parameter.find(round);
      if (found != reference->ns_per_parameter.end()) ratios.push_back(time / found->second);
    }
    if (ratios.empty()) return std::nullopt;
    return median(ratios);
  }

 private:
  static bool matches(const Measured& other, const std::string& reference) {
    return (other.is_limit() ? "limit/" : other.subject + '/') + other.case_in_limit() == reference;
  }

  void add_file(const std::filesystem::path& file, int round) {
    const nlohmann::json json = nlohmann::json::parse(std::ifstream(file), nullptr, false);
    if (json.is_discarded()) return;  // a program that was stopped
    for (const auto& [key, value] : json["context"].items())
      if (value.is_string()) context_[key] = value.get<std::string>();
    for (const auto& run : json["benchmarks"]) {
      const std::vector<std::string> name = split(run["name"].get<std::string>(), '/');
      if (name.size() < 5 || !run.contains("ns/step")) continue;
      Measured& measured = find(file.stem().string(), name);
      if (run.contains("label")) measured.reference = run["label"].get<std::string>();
      measured.ns_per_step[round] = run["ns/step"].get<double>();
      measured.ns_per_parameter[round] = run["ns/parameter"].get<double>();
    }
  }

  Measured& find(const std::string& program, const std::vector<std::string>& name) {
    std::string key = program;
    for (std::size_t k = 0; k < 5; ++k) key += '/' + name[k];
    const auto [place, is_new] = index_.emplace(key, measured_.size());
    if (is_new) measured_.push_back({program, name[0], name[1], name[2], name[3], name[4], {}, {}, {}});
    return measured_[place->second];
  }

  int rounds_ = 0;
  std::map<std::string, std::string> context_;
  std::map<std::string, std::size_t> index_;
  std::vector<Measured> measured_;
};

}  // namespace report
