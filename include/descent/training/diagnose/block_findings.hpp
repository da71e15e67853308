// SPDX-License-Identifier: MIT
#pragma once

#include <descent/training/diagnose/finding.hpp>
#include <descent/training/diagnose/update_window.hpp>
#include <descent/training/observe/update_report.hpp>
#include <descent/training/support/formatted_text.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

// Findings from the gradients of single blocks. A finding without evidence counts as none.
namespace descent::detail {

inline Finding dead_block(const SilentBlocks& silent, std::int64_t now) {
  Finding finding{.verdict = Verdict::dead_block};
  constexpr std::int64_t steps = 50;
  const std::vector<std::string> paths = silent.for_at_least(steps);
  if (paths.empty()) return finding;
  constexpr std::size_t named = 3;
  for (std::size_t k = 0; k < std::min(paths.size(), named); ++k)
    finding.evidence += (k == 0 ? "'" : ", '") + paths[k] + "'";
  if (paths.size() > named)
    finding.evidence += " and of " + std::to_string(paths.size() - named) + " more blocks";
  finding.evidence = "the gradient of " + finding.evidence + " was exactly 0 in each of the last " +
                     std::to_string(steps) + " steps";
  finding.advice =
      "look for units that are never active (a rate too high can do that), or for a gradient that is not "
      "written";
  finding.began = std::max<std::int64_t>(0, now + 1 - silent.longest());
  return finding;
}

/// Whether the lines of a matrix belong to the elements of a vector: there are as many, and at least as many
/// of them are silent.
inline bool share_units(const BlockUpdate& matrix, const BlockUpdate& vector) {
  return (matrix.rows == vector.elements && matrix.silent_rows >= vector.silent_rows) ||
         (matrix.columns == vector.elements && matrix.silent_columns >= vector.silent_rows);
}

/// Units whose bias and whose weights have had no gradient for 200 steps. The bias alone is not enough: the
/// weights of a linear model look the same if its inputs are rarely present, and so do the rows of a table.
class DeadUnits {
 public:
  void add(const UpdateReport& report) {
    dead_ = units_ = 0;
    for (std::size_t k = 0; k < report.blocks.size(); ++k) {
      const BlockUpdate& bias = report.blocks[k];
      if (bias.columns != 1 || bias.rows < 2 || bias.silent_rows == bias.rows) continue;
      const bool paired = (k > 0 && share_units(report.blocks[k - 1], bias)) ||
                          (k + 1 < report.blocks.size() && share_units(report.blocks[k + 1], bias));
      if (!paired) continue;
      units_ += bias.rows;
      dead_ += bias.silent_rows;
    }
    const bool many = 4 * dead_ >= units_ && dead_ > 0;
    if (!many) began_ = -1;
    if (many && began_ < 0) began_ = std::max<std::int64_t>(0, report.step + 1 - 200);
  }

  double share() const { return units_ > 0 ? static_cast<double>(dead_) / static_cast<double>(units_) : 0; }

  Finding finding() const {
    if (began_ < 0) return {};
    return {.verdict = Verdict::dead_units,
            .evidence = formatted(
                "%d of %d units (%.0f %%) had a gradient of exactly 0 in each of the last 200 steps",
                {dead_, units_, 100 * share()}),
            .advice = "lower the rate or warm up, begin with smaller biases, or take a leaky activation",
            .began = began_};
  }

 private:
  std::int64_t dead_ = 0, units_ = 0, began_ = -1;
};

/// The size of the inputs: measured, or from the first weights and their bias, since |gradient of the
/// weights| / |gradient of the bias| is about the norm of an input.
class InputSize {
 public:
  void add(const UpdateReport& report) {
    if (seen_ == steps || report.blocks.size() < 2) return;
    const BlockUpdate &weights = report.blocks[0], &bias = report.blocks[1];
    const bool by_rows = weights.rows == bias.elements;
    const std::int64_t inputs = by_rows ? weights.columns : weights.rows;
    if (bias.columns != 1 || (!by_rows && weights.columns != bias.elements) || inputs < 1) return;
    ++seen_;
    const double size = weights.gradient_norm / bias.gradient_norm / std::sqrt(static_cast<double>(inputs));
    // A bias without gradient proves nothing: its data may be centred.
    const bool large = size > large_size && size < 1e5;
    large_ += large ? 1 : 0;
    if (large) smallest_ = large_ == 1 ? size : std::min(smallest_, size);
    path_ = weights.path;
  }

  /// Inputs, one sample per column.
  template <class Inputs>
  void measure(const Inputs& inputs) {
    double least = 0, most = 0;
    for (auto row = inputs.rows() * 0; row < inputs.rows(); ++row) {
      double mean = 0, squares = 0;
      const auto count = static_cast<double>(inputs.cols());
      for (auto k = inputs.cols() * 0; k < inputs.cols(); ++k)
        mean += static_cast<double>(inputs.coeff(row, k)) / count;
      for (auto k = inputs.cols() * 0; k < inputs.cols(); ++k)
        squares += std::pow(static_cast<double>(inputs.coeff(row, k)) - mean, 2) / count;
      const double deviation = std::sqrt(squares);
      largest_ = std::max(largest_, std::hypot(mean, deviation));
      if (!(deviation > 0)) continue;
      least = most == 0 ? deviation : std::min(least, deviation);
      most = std::max(most, deviation);
    }
    spread_ = most > 0 ? most / least : 1;
    measured_ = true;
  }

  Finding finding(std::int64_t first_step) const {
    Finding finding{.verdict = Verdict::inputs_not_normalised,
                    .advice = "subtract the mean of each input and divide by its deviation",
                    .began = first_step};
    if (measured_ && (largest_ > large_size || spread_ > 1000))
      finding.evidence =
          formatted("they have sizes up to %.3g, and the largest deviation is %.3g times the smallest",
                    {largest_, spread_});
    if (!measured_ && seen_ == steps && large_ == seen_)
      finding.evidence = formatted(
          "in the first %d steps the gradient of '%s' was so much longer than that of its bias "
          "that inputs have a size of %.2g or more",
          {seen_, path_, smallest_});
    return finding;
  }

 private:
  static constexpr std::int64_t steps = 20;
  static constexpr double large_size = 30;
  std::int64_t seen_ = 0, large_ = 0;
  double smallest_ = 0, largest_ = 0, spread_ = 1;
  bool measured_ = false;
  std::string path_;
};

/// The number of steps for which the gradient has been clipped.
class Clipping {
 public:
  void add(const UpdateReport& report) {
    clipped_ = report.clipped() ? clipped_ + 1 : 0;
    if (clipped_ == 1) began_ = report.step;
    limit_ = report.clip_norm;
  }

  Finding finding(double usual_norm) const {
    constexpr std::int64_t enough = 200;
    if (clipped_ < enough) return {};
    return {
        .verdict = Verdict::always_clipped,
        .evidence =
            formatted("in each of the last %d steps it was longer than max_norm = %.3g (it is %.3g now), so "
                      "that only its direction counts",
                      {clipped_, limit_, usual_norm}),
        .advice = formatted("raise max_norm above %.2g, if clipping is meant for rare spikes", {usual_norm}),
        .began = began_};
  }

 private:
  std::int64_t clipped_ = 0, began_ = -1;
  double limit_ = 0;
};

}  // namespace descent::detail
