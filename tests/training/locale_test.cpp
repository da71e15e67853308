// SPDX-License-Identifier: MIT
// Numbers must have a point in every locale: in files, in messages and in printed text.
#include <descent/core/check.hpp>
#include <descent/schedules/text.hpp>
#include <descent/schedules/text/stream.hpp>
#include <descent/training/chart/svg_chart.hpp>
#include <descent/training/diagnose/find_learning_rate.hpp>
#include <descent/training/diagnose/gradient_diagnosis.hpp>
#include <descent/training/diagnose/gradient_report.hpp>
#include <descent/training/diagnose/training_diagnosis.hpp>
#include <descent/training/observe/fit_reports.hpp>
#include <descent/training/observe/update_report.hpp>
#include <descent/training/report/live_view.hpp>
#include <descent/training/report/report_log.hpp>

#include "support/catch.hpp"

#include <clocale>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <locale>
#include <random>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

using namespace descent;

namespace {

bool writes_commas() {
  char text[8];
  std::snprintf(text, sizeof text, "%.1f", 1.5);
  return std::string(text) == "1,5";
}

/// Sets a C locale in which numbers have a comma: an installed one, or one that localedef creates in
/// `folder`.
bool set_comma_locale(const std::string& folder) {
  for (const char* name : {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8", "fr_FR.utf8", "de_DE", "German"})
    if (std::setlocale(LC_ALL, name) != nullptr && writes_commas()) return true;
#if defined(__linux__)
  const std::string make = "localedef -c -i de_DE -f UTF-8 '" + folder + "/de_DE.UTF-8' >/dev/null 2>&1";
  std::filesystem::create_directories(folder);
  static_cast<void>(std::system(make.c_str()));
  setenv("LOCPATH", folder.c_str(), 1);
  return std::setlocale(LC_ALL, "de_DE.UTF-8") != nullptr && writes_commas();
#else
  return false;
#endif
}

struct Commas : std::numpunct<char> {
  char do_decimal_point() const override { return ','; }
  char do_thousands_sep() const override { return '.'; }
  std::string do_grouping() const override { return "\3"; }
};

/// During its lifetime, streams and C write 1,5 for 1.5.
class CommaLocale {
 public:
  CommaLocale() : streams_(std::locale::global(std::locale(std::locale::classic(), new Commas))) {
    set_ = set_comma_locale(folder_.string());
  }
  ~CommaLocale() {
    std::locale::global(streams_);
    std::setlocale(LC_ALL, "C");
    std::filesystem::remove_all(folder_);
  }
  CommaLocale(const CommaLocale&) = delete;
  CommaLocale& operator=(const CommaLocale&) = delete;

  /// Whether C does, too.
  bool set() const { return set_; }

 private:
  std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / ("descent_locale_" + std::to_string(std::random_device{}()));
  std::locale streams_;
  bool set_ = false;
};

std::string refusals() {
  std::string text;
  const auto refused = [&](const auto& f) {
    try {
      f();
    } catch (const std::invalid_argument& error) {
      text += error.what() + std::string("\n");
    }
  };
  refused([] { Check("Adam")("beta1", 1.5, legal::decay_rate); });
  refused([] { Check("Adam")("beta1", 0.25, Interval{.low = 0.5, .high = 12345.5}); });
  refused([] { parse_schedule("clamp(1, 2.5, 1.5)"); });
  refused([] { parse_schedule("1,5"); });
  return text;
}

std::string schedules() {
  std::ostringstream stream;
  const Schedule schedule =
      parse_schedule("warmup(3, 0.25) >> LinearDecay{.initial = 12345.5, .steps = 10'000}");
  stream << schedule << " " << schedule * 0.5;
  return stream.str() + detail::text_of(schedule(2)) + "\n";
}

std::string reports() {
  const EpochReport epoch{
      .epoch = 1, .step = 1'000, .training_loss = 0.5, .validation = 1.5, .seconds = 1.25};
  const UpdateReport update{
      .loss = 0.5,
      .learning_rate = 0.25,
      .gradient_norm = 1.5,
      .update_norm = 2.5,
      .parameter_norm = 3.5,
      .blocks = {{.path = "w", .elements = 2'000, .gradient_norm = 1.5, .zero_gradients = 3}}};
  std::string text = to_string(epoch, 2'000) + to_string(FitResult{.seconds = 0.5, .best_metric = 1.5});
  text += to_string(update) + to_string(MinimizeResult{.loss = 0.5, .gradient_norm = 1.5});
  text += to_string(GradientReport{.blocks = {{.path = "w", .max_absolute_error = 1.5},
                                              {.path = "b", .wrong = 1, .analytic = 0.5, .numeric = 2.5}}});
  text += detail::short_text(1.5) + detail::rate_text(0.25) + detail::duration_text(5.5);
  for (const LogFormat format : {LogFormat::csv, LogFormat::json_lines})
    text += "\n" + detail::log_line(epoch, format) + detail::log_line(update, format);
  return text + svg::detail::text(1234.5) + svg::detail::plain_label(0.5) + "\n";
}

std::string drivers() {
  std::string text;
  LiveView view(2'000, [&](std::string_view line) { text += line; });
  view.show(1'500, 0.5, 0.25, 1.5);
  detail::ProgressWriter bar(
      Progress::bar, [&](std::string_view line) { text += line; }, 1'500);
  bar.step({.epoch = 1, .batch = 2, .batches = 3, .loss = 0.5});
  TrainingDiagnosis diagnosis;
  for (std::int64_t step = 0; step < 60; ++step)
    diagnosis.observe(UpdateReport{.step = step,
                                   .loss = 1.5 + 0.25 * static_cast<double>(step),
                                   .learning_rate = 0.5,
                                   .gradient_norm = 1.5,
                                   .update_norm = 2.5,
                                   .parameter_norm = 3.5});
  return text + to_string(diagnosis.findings());
}

std::string everything() { return refusals() + schedules() + reports() + drivers(); }

}  // namespace

TEST_CASE("locale: a decimal comma does not change files, messages and reports") {
  const std::string usual = everything();
  const CommaLocale comma;
  CHECK(everything() == usual);
  REQUIRE(usual.find("beta1 is 1.5, must") != std::string::npos);
  REQUIRE(usual.find("1,1000,0.5,1.5,nan,1.25\n") != std::string::npos);
  REQUIRE(usual.find("\"training_loss\": 0.5, \"validation\": 1.5, \"learning_rate\": null") !=
          std::string::npos);
  REQUIRE(usual.find("the learning rate is likely too high") != std::string::npos);
  if (!comma.set()) WARN("no locale of C with a comma here: tested with those of streams only");
}

TEST_CASE("locale: an option in a message reads back as the same number") {
  std::mt19937_64 random(1);
  for (int i = 0; i < 10'000; ++i) {
    const double value = std::ldexp(std::uniform_real_distribution<double>(-1, 1)(random),
                                    static_cast<int>(random() % 2'000) - 1'000);
    CHECK(std::strtod(detail::text_of(value).c_str(), nullptr) == value);
  }
  for (const auto& [value, text] : {std::pair{0.1, "0.1"},
                                    {100'000.0, "100000"},
                                    {1e6, "1e+06"},
                                    {1'234'567.0, "1234567"},
                                    {1e-4, "0.0001"},
                                    {1e-5, "1e-05"},
                                    {-0.0, "-0"},
                                    {0.1 + 0.2, "0.30000000000000004"},
                                    {1.5e300, "1.5e+300"}})
    CHECK(detail::text_of(value) == text);
}
