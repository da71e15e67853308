// SPDX-License-Identifier: MIT
// Printed lines must have at most 100 columns, without losing a word.
#include <descent/training/diagnose/finding.hpp>
#include <descent/training/diagnose/learning_rate_report.hpp>
#include <descent/training/diagnose/training_diagnosis.hpp>
#include <descent/training/support/formatted_text.hpp>

#include "support/catch.hpp"

#include <algorithm>
#include <cstdint>
#include <random>
#include <sstream>
#include <string>

using namespace descent;
using descent::detail::wrapped;

namespace {

/// The longest line, in bytes: the text must be ASCII.
std::size_t longest_line(const std::string& text) {
  std::istringstream lines(text);
  std::size_t longest = 0;
  for (std::string line; std::getline(lines, line);) longest = std::max(longest, line.size());
  return longest;
}

std::string words_of(const std::string& text) {
  std::istringstream stream(text);
  std::string words;
  for (std::string word; stream >> word;) words += word + " ";
  return words;
}

/// A training that diverges, with a gradient that explodes and three blocks that are dead.
std::vector<Finding> findings_of_bad_training() {
  TrainingDiagnosis diagnosis;
  for (std::int64_t step = 0; step < 300; ++step) {
    UpdateReport update{.step = step,
                        .loss = 1.5 + 0.25 * static_cast<double>(step),
                        .learning_rate = 0.5,
                        .gradient_norm = step < 100 ? 1.5 : 150.5,
                        .update_norm = 2.5,
                        .parameter_norm = 3.5};
    for (const char* path :
         {"layers[0].weights", "layers[10].weights", "layers[200].weights", "output.weights"})
      update.blocks.push_back(
          {.path = path, .elements = 10, .update_norm = 0.5, .parameter_norm = 1, .zero_gradients = 10});
    diagnosis.observe(update);
  }
  return diagnosis.findings();
}

}  // namespace

TEST_CASE("printed lines: findings are broken before column 100") {
  const std::vector<Finding> findings = findings_of_bad_training();
  REQUIRE(findings.size() >= 3);
  const std::string text = to_string(findings);
  CHECK(longest_line(text) <= 100);
  std::string words;
  for (const Finding& finding : findings) {
    CHECK(to_string(finding).size() > 100);
    CHECK(to_string(finding).find('\n') == std::string::npos);
    words += to_string(finding) + " ";
  }
  CHECK(words_of(text) == words_of(words));
}

TEST_CASE("printed lines: the reason of a suggested rate is broken before column 100") {
  const std::string reason(30, 'a');
  LearningRateReport report{.suggestion = 0.1, .curve = {{0.1, 1.5, 1.5}}};
  for (int i = 0; i < 12; ++i) report.reason += (i == 0 ? "" : " ") + reason;
  const std::string text = to_string(report);
  CHECK(longest_line(text) <= 100);
  CHECK(text.rfind("suggested learning rate: 0.1\n  because: " + reason + " " + reason + "\n    " + reason,
                   0) == 0);
}

TEST_CASE("printed lines: a line is broken between words only") {
  CHECK(wrapped("").empty());
  CHECK(wrapped("short  line") == "short  line");
  CHECK(wrapped(std::string(150, 'a')) == std::string(150, 'a'));
  const std::string exact = std::string(49, 'a') + " " + std::string(50, 'b');
  CHECK(wrapped(exact) == exact);
  CHECK(wrapped(exact + "b") == std::string(49, 'a') + "\n  " + std::string(51, 'b'));
  CHECK(wrapped(exact + " c", 0) == exact + "\nc");
  std::string letters;  // columns, not bytes
  for (int i = 0; i < 100; ++i) letters += "\xC3\xA9";
  CHECK(wrapped(letters + " e") == letters + "\n  e");
  std::mt19937_64 random(1);
  for (int i = 0; i < 500; ++i) {
    std::string text;
    for (auto words = random() % 60; words > 0; --words)
      text += std::string(1 + random() % 3, ' ') + std::string(1 + random() % 20, 'x');
    CHECK(longest_line(wrapped(text, random() % 8)) <= 100);
    CHECK(words_of(wrapped(text)) == words_of(text));
  }
}
