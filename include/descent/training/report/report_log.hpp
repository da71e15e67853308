// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/base/finite.hpp>
#include <descent/core/errors.hpp>
#include <descent/training/minimize/result.hpp>
#include <descent/training/observe/fit_reports.hpp>
#include <descent/training/observe/update_report.hpp>

#include <cstdint>
#include <cstdio>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

// Not in descent.hpp: writes files.

namespace descent {

/// The file format of a `ReportLog`.
enum class LogFormat {
  /// Comma-separated values below a line of names; numbers that are not finite are "nan" or "inf".
  csv,
  /// One JSON object per line; numbers that are not finite are null.
  json_lines
};

namespace detail {

/// Calls f(name, value) for the numeric fields of a report.
template <class F>
void for_each_field(const EpochReport& epoch, F&& f) {
  f("epoch", epoch.epoch);
  f("step", epoch.step);
  f("training_loss", epoch.training_loss);
  f("validation", epoch.validation);
  f("learning_rate", epoch.learning_rate);
  f("seconds", epoch.seconds);
}
template <class F>
void for_each_field(const StepReport& step, F&& f) {
  f("epoch", step.epoch);
  f("batch", step.batch);
  f("step", step.step);
  f("loss", step.loss);
  f("learning_rate", step.learning_rate);
  f("seconds", step.seconds);
}
template <class F>
void for_each_field(const MinimizePoint& point, F&& f) {
  f("step", point.step);
  f("loss", point.loss);
  f("gradient_norm", point.gradient_norm);
  f("learning_rate", point.learning_rate);
  f("seconds", point.seconds);
}
template <class F>
void for_each_field(const UpdateReport& update, F&& f) {
  f("step", update.step);
  f("loss", update.loss);
  f("learning_rate", update.learning_rate);
  f("effective_rate", update.effective_rate());
  f("gradient_norm", update.gradient_norm);
  f("update_norm", update.update_norm);
  f("parameter_norm", update.parameter_norm);
  f("gradient_cosine", update.gradient_cosine);
  f("skipped_steps", update.skipped_steps);
}

inline std::string number_text(std::int64_t value, LogFormat) { return std::to_string(value); }
inline std::string number_text(double value, LogFormat format) {
  return format == LogFormat::json_lines && !is_finite(value) ? "null" : text_of(value);
}

template <class Report>
std::string log_line(const Report& report, LogFormat format) {
  const bool json = format == LogFormat::json_lines;
  std::string line;
  for_each_field(report, [&](const char* name, auto value) {
    if (!line.empty()) line.append(json ? ", " : ",");
    if (json) line.append("\"").append(name).append("\": ");
    line.append(number_text(value, format));
  });
  return json ? line.insert(0, "{").append("}\n") : line.append("\n");
}

template <class Report>
std::string log_header(LogFormat format) {
  if (format == LogFormat::json_lines) return {};
  std::string line;
  for_each_field(Report{}, [&](const char* name, auto) {
    if (!line.empty()) line.append(",");  // piece by piece: g++ 12 warns of "," + std::string, falsely
    line.append(name);
  });
  return line.append("\n");
}

}  // namespace detail

/// Writes each report to a file at once, so that an interrupted run leaves all its reports.
///
///   fit(model, data, rule, {.on_epoch = ReportLog<EpochReport>("epochs.csv"),
///                           .on_update = ReportLog<UpdateReport>("steps.jsonl", LogFormat::json_lines)});
///
/// For `EpochReport`, `StepReport`, `UpdateReport` (its totals) and `MinimizePoint`; the numbers read back
/// exactly. Copies write to the same file. `append`: appends to an existing file, for a resumed run; by
/// default it is replaced.
/// Errors: std::runtime_error if the file cannot be written.
template <class Report>
class ReportLog {
 public:
  explicit ReportLog(std::string path, LogFormat format = LogFormat::csv, bool append = false)
      : path_(std::move(path)),
        format_(format),
        file_(std::fopen(path_.c_str(), append ? "ab" : "wb"), Closer{}) {
    if (file_ == nullptr) fail();
    std::fseek(file_.get(), 0, SEEK_END);
    if (std::ftell(file_.get()) == 0) write(detail::log_header<Report>(format));
  }

  void operator()(const Report& report) { write(detail::log_line(report, format_)); }

 private:
  struct Closer {
    void operator()(std::FILE* file) const {
      if (file != nullptr) std::fclose(file);
    }
  };

  void write(const std::string& text) {
    const bool written = std::fwrite(text.data(), 1, text.size(), file_.get()) == text.size();
    if (std::fflush(file_.get()) != 0 || !written) fail();
  }
  [[noreturn]] DESCENT_COLD void fail() const {
    DESCENT_THROW(std::runtime_error, "descent: ReportLog: cannot write '" + path_ + "'");
  }

  std::string path_;
  LogFormat format_;
  std::shared_ptr<std::FILE> file_;
};

/// Writes a whole history at once: `write_history("epochs.csv", result.history)`.
/// Errors: std::runtime_error if the file cannot be written.
template <class Report>
void write_history(const std::string& path, const std::vector<Report>& history,
                   LogFormat format = LogFormat::csv) {
  ReportLog<Report> log(path, format);
  for (const Report& report : history) log(report);
}

}  // namespace descent
