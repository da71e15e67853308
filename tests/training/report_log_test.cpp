// SPDX-License-Identifier: MIT
#include <descent/optimizers/sgd.hpp>
#include <descent/training/fit/fit.hpp>
#include <descent/training/report/report_log.hpp>

#include "support/catch.hpp"
#include "training/support.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

using namespace descent;
using namespace training_test;
using Catch::Matchers::ContainsSubstring;

namespace {

/// A temporary file, removed at the end.
class Scratch {
 public:
  explicit Scratch(const std::string& name) : path_(std::filesystem::temp_directory_path() / name) {
    std::filesystem::remove(path_);
  }
  ~Scratch() {
    std::error_code ignored;
    std::filesystem::remove(path_, ignored);
  }
  std::string path() const { return path_.string(); }
  std::string text() const {
    std::ifstream file(path_, std::ios::binary);
    std::ostringstream content;
    content << file.rdbuf();
    return content.str();
  }

 private:
  std::filesystem::path path_;
};

const std::vector<EpochReport> history{
    {.epoch = 1, .step = 10, .training_loss = 0.1, .learning_rate = 1e-3, .seconds = 0.5},
    {.epoch = 2,
     .step = 20,
     .training_loss = 1.0 / 3,
     .validation = 0.25,
     .learning_rate = 1e-3,
     .seconds = 1}};

}  // namespace

TEST_CASE("report log: comma-separated values that read back as the same numbers") {
  const Scratch file("descent_report_log_1.csv");
  write_history(file.path(), history);
  CHECK(file.text() ==
        "epoch,step,training_loss,validation,learning_rate,seconds\n"
        "1,10,0.1,nan,0.001,0.5\n"
        "2,20,0.3333333333333333,0.25,0.001,1\n");
}

TEST_CASE("report log: a JSON object a line") {
  const Scratch file("descent_report_log_2.jsonl");
  write_history(file.path(), history, LogFormat::json_lines);
  CHECK(
      file.text() ==
      "{\"epoch\": 1, \"step\": 10, \"training_loss\": 0.1, \"validation\": null, \"learning_rate\": 0.001, "
      "\"seconds\": 0.5}\n"
      "{\"epoch\": 2, \"step\": 20, \"training_loss\": 0.3333333333333333, \"validation\": 0.25, "
      "\"learning_rate\": 0.001, \"seconds\": 1}\n");
}

TEST_CASE("report log: written as it comes, and gone on with when resumed") {
  const Scratch file("descent_report_log_3.csv");
  {
    ReportLog<MinimizePoint> log(file.path());
    log({.step = 1, .loss = 2, .gradient_norm = 3, .learning_rate = 4, .seconds = 5});
    CHECK(file.text() == "step,loss,gradient_norm,learning_rate,seconds\n1,2,3,4,5\n");
    auto copy = log;
    copy({.step = 2, .loss = HUGE_VAL, .gradient_norm = 3, .learning_rate = 4, .seconds = 5});
  }
  ReportLog<MinimizePoint> resumed(file.path(), LogFormat::csv, true);
  resumed({.step = 3, .loss = 2, .gradient_norm = 3, .learning_rate = 4, .seconds = 5});
  CHECK(file.text() == "step,loss,gradient_norm,learning_rate,seconds\n1,2,3,4,5\n2,inf,3,4,5\n3,2,3,4,5\n");
}

TEST_CASE("report log: as the callbacks of fit") {
  const Scratch epochs("descent_report_log_4.csv"), steps("descent_report_log_5.csv"),
      updates("descent_report_log_6.jsonl");
  const RegressionData<double> data(20);
  auto model = zero_regression<double>();
  fit(model, Samples{data.inputs, data.targets}, Sgd{.learning_rate = 0.1},
      {.epochs = 2,
       .batch_size = 10,
       .on_step = ReportLog<StepReport>(steps.path()),
       .on_epoch = ReportLog<EpochReport>(epochs.path()),
       .on_update = ReportLog<UpdateReport>(updates.path(), LogFormat::json_lines),
       .progress = Progress::none});
  auto lines = [](const std::string& text) { return std::count(text.begin(), text.end(), '\n'); };
  CHECK(lines(epochs.text()) == 3);
  CHECK(lines(steps.text()) == 5);
  CHECK(lines(updates.text()) == 4);
  CHECK_THAT(updates.text(), ContainsSubstring("\"effective_rate\": 0.1"));
  CHECK_THAT(updates.text(), ContainsSubstring("\"gradient_cosine\": null"));
}

TEST_CASE("report log: a file that cannot be written is an error that names it") {
  const std::string path = "/nonexistent-folder/epochs.csv";
  CHECK_THROWS_WITH(write_history(path, history),
                    "descent: ReportLog: cannot write '/nonexistent-folder/epochs.csv'");
  CHECK_THROWS_AS(write_history(path, history), std::runtime_error);
}
