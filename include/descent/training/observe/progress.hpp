// SPDX-License-Identifier: MIT
#pragma once

#include <descent/training/observe/fit_reports.hpp>
#include <descent/training/support/formatted_text.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#if __has_include(<unistd.h>)
#include <unistd.h>
#elif __has_include(<io.h>)
#include <io.h>
#endif

namespace descent {

/// How `fit` shows its progress.
enum class Progress {
  /// A bar if the standard error is a terminal; a line for each epoch if there is a `progress_output`; else
  /// nothing.
  automatic,
  /// Nothing at all.
  none,
  /// A line for each epoch.
  lines,
  /// A moving bar, and a line for each epoch.
  bar
};

/// Receives the text of the progress, which otherwise goes to the standard error.
using ProgressOutput = std::function<void(std::string_view text)>;

namespace detail {

inline bool standard_error_is_terminal() {
#if __has_include(<unistd.h>)
  const char* terminal = std::getenv("TERM");
  return isatty(STDERR_FILENO) == 1 && terminal != nullptr && std::string_view(terminal) != "dumb";
#elif __has_include(<io.h>)
  return _isatty(_fileno(stderr)) != 0;
#else
  return false;
#endif
}

inline void write_to_standard_error(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stderr);
  std::fflush(stderr);
}

/// Writes the progress of one training.
class ProgressWriter {
 public:
  ProgressWriter(Progress progress, ProgressOutput output, std::int64_t epochs)
      : output_(std::move(output)), progress_(progress), epochs_(epochs) {
    if (progress_ == Progress::automatic)
      progress_ = output_ ? Progress::lines : standard_error_is_terminal() ? Progress::bar : Progress::none;
    if (!output_) output_ = write_to_standard_error;
  }
  ProgressWriter(const ProgressWriter&) = delete;
  ProgressWriter& operator=(const ProgressWriter&) = delete;

  /// Updates the bar, at most ten times a second.
  void step(const StepReport& report) {
    constexpr double interval = 0.1;
    if (progress_ != Progress::bar || (shown_ >= 0 && report.seconds < shown_ + interval)) return;
    shown_ = report.seconds;
    show(bar_of(report));
  }

  void epoch(const EpochReport& report) {
    if (progress_ == Progress::none) return;
    const std::string line = to_string(report, epochs_);
    if (progress_ == Progress::bar) {
      show(line);
      width_ = 0;
      shown_ = -1;
      output_("\n");
    } else {
      output_(line + "\n");
    }
  }

  /// Reports why training ended, unless the reason is expected.
  void end(const FitResult& result) {
    if (progress_ == Progress::none || result.status == FitStatus::finished) return;
    clear();
    output_(to_string(result) + "\n");
  }

  /// Erases the bar.
  void clear() {
    if (width_ == 0) return;
    std::string blank(width_ + 2, ' ');
    blank.front() = blank.back() = '\r';
    output_(blank);
    width_ = 0;
  }

 private:
  std::string bar_of(const StepReport& report) const {
    constexpr std::int64_t length = 24;
    const std::int64_t done = report.batches > 0 ? length * report.batch / report.batches : length;
    const std::string bar = std::string(static_cast<std::size_t>(done), '=') +
                            std::string(static_cast<std::size_t>(length - done), ' ');
    std::string line =
        formatted("epoch %d/%d [%s] %3d%%  mean loss %.4g",
                  {report.epoch, epochs_, bar, 100 * report.batch / std::max<std::int64_t>(1, report.batches),
                   report.mean_loss});
    if (!is_nan(report.learning_rate)) line += formatted("  rate %.3g", {report.learning_rate});
    return line + time_left(report);
  }

  /// "  1:23 left": for all epochs, at the speed so far.
  std::string time_left(const StepReport& report) const {
    const double whole = static_cast<double>(std::max<std::int64_t>(1, report.batches));
    const double done = static_cast<double>(report.epoch - 1) + static_cast<double>(report.batch) / whole;
    if (!(done > 0) || !(report.seconds > 0)) return "";
    const double left = report.seconds * std::max(0.0, static_cast<double>(epochs_) - done) / done;
    const auto seconds = static_cast<std::int64_t>(std::min(left, 3.6e8) + 0.5);
    const auto two_digits = [](std::int64_t value) {
      return (value < 10 ? "0" : "") + std::to_string(value);
    };
    const std::string end = ":" + two_digits(seconds % 60) + " left";
    if (seconds < 3600) return "  " + std::to_string(seconds / 60) + end;
    return "  " + std::to_string(seconds / 3600) + ":" + two_digits(seconds / 60 % 60) + end;
  }

  /// Overwrites the previous line, with blanks if that was longer.
  void show(const std::string& line) {
    const std::size_t blanks = width_ > line.size() ? width_ - line.size() : 0;
    output_("\r" + line + std::string(blanks, ' '));
    width_ = line.size();
  }

  ProgressOutput output_;
  Progress progress_;
  std::int64_t epochs_;
  std::size_t width_ = 0;
  double shown_ = -1;  // time of the last update of the bar; negative: not in this epoch
};

}  // namespace detail
}  // namespace descent
