// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/base/finite.hpp>
#include <descent/core/check.hpp>
#include <descent/training/diagnose/loss_trace.hpp>
#include <descent/training/observe/fit_reports.hpp>
#include <descent/training/observe/progress.hpp>
#include <descent/training/support/formatted_text.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

// Not in descent.hpp: writes to the terminal.

namespace descent {
namespace detail {

/// Bars of eight heights, "▁▂▃▄▅▆▇█", from the lowest value to the highest; of their logarithms if all are
/// positive, because losses fall by factors.
inline std::string sparkline(std::vector<double> values) {
  static constexpr const char* bars[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  if (std::all_of(values.begin(), values.end(), [](double value) { return value > 0; }))
    for (double& value : values) value = std::log(value);
  if (values.empty()) return {};
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  const double bottom = *low, height = *high - *low;
  std::string line;
  for (const double value : values)
    line += bars[height > 0 ? static_cast<std::size_t>(std::lround(7 * (value - bottom) / height)) : 0];
  return line;
}

/// "45 s", "3 min", "2 h 05 min".
inline std::string duration_text(double seconds) {
  if (seconds < 100) return formatted("%.0f s", {std::ceil(seconds)});
  if (seconds < 3600) return formatted("%.0f min", {std::ceil(seconds / 60)});
  const double minutes = std::ceil(seconds / 60), hours = std::floor(minutes / 60);
  return formatted("%.0f h %02.0f min", {hours, minutes - 60 * hours});
}

}  // namespace detail

/// A line in the terminal that shows the progress of a training: the loss so far as a small curve, its last
/// value, the learning rate, and the remaining time.
///
///   LiveView view(epochs * steps_per_epoch(data.size(), batch_size));
///   fit(model, data, rule, {.on_step = [&](const StepReport& step) { view(step); },
///                           .progress = Progress::none});
///   view.finish();
///     // 412/1350 ▇▆▅▅▄▃▃▂▂▁▁▁ loss 0.0312, rate 0.0087, 12 s left
///
/// Shows nothing, and costs nothing, if the standard error is not a terminal; always writes to an `output` of
/// your own. Updates at most ten times a second.
/// Errors: std::invalid_argument for a total below 1.
class LiveView {
 public:
  explicit LiveView(std::int64_t total_steps, ProgressOutput output = {})
      : total_(total_steps), output_(std::move(output)) {
    Check("LiveView")("total_steps", static_cast<double>(total_steps), legal::at_least(1));
    shows_ = output_ || detail::standard_error_is_terminal();
    if (!output_) output_ = detail::write_to_standard_error;
  }

  /// Whether it writes anything.
  bool shows() const { return shows_; }

  void operator()(const StepReport& report) {
    show(report.step, report.loss, report.learning_rate, report.seconds);
  }

  /// Call after step number `step`, counted from 1, `seconds` after the start.
  void show(std::int64_t step, double loss, double learning_rate, double seconds) {
    if (!shows_) return;
    if (is_finite(loss)) losses_.add(loss);
    constexpr double interval = 0.1;
    if (step < total_ && drawn_ >= 0 && seconds < drawn_ + interval) return;
    drawn_ = seconds;
    draw(line(step, loss, learning_rate, seconds));
  }

  /// Keeps the last line and starts a new one.
  void finish() {
    if (width_ > 0) output_("\n");
    width_ = 0;
  }

 private:
  std::string line(std::int64_t step, double loss, double rate, double seconds) const {
    std::string result =
        detail::formatted("%d/%d %s loss %.3g", {step, total_, detail::sparkline(curve()), loss});
    if (!is_nan(rate)) result += detail::formatted(", rate %.2g", {rate});
    const double left =
        seconds * static_cast<double>(total_ - step) / static_cast<double>(std::max<std::int64_t>(1, step));
    result +=
        step < total_ ? ", " + detail::duration_text(left) + " left" : ", " + detail::duration_text(seconds);
    return result;
  }

  /// The curve, with at most 32 points.
  std::vector<double> curve() const {
    const std::vector<double> all = losses_.means(0, losses_.bins());
    const std::size_t every = all.size() / 33 + 1;
    std::vector<double> few;
    for (std::size_t k = 0; k < all.size(); k += every) {
      const std::size_t last = std::min(all.size(), k + every);
      double sum = 0;
      for (std::size_t j = k; j < last; ++j) sum += all[j];
      few.push_back(sum / static_cast<double>(last - k));
    }
    return few;
  }

  /// Overwrites the previous line, with blanks if that was longer.
  void draw(const std::string& line) {
    const auto width = static_cast<std::size_t>(
        std::count_if(line.begin(), line.end(), [](char c) { return (c & 0xC0) != 0x80; }));  // UTF-8
    output_("\r" + line + std::string(width_ > width ? width_ - width : 0, ' '));
    width_ = width;
  }

  std::int64_t total_;
  ProgressOutput output_;
  bool shows_ = false;
  detail::LossTrace losses_;
  double drawn_ = -1;
  std::size_t width_ = 0;
};

}  // namespace descent
