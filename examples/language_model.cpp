// SPDX-License-Identifier: MIT
// A language model learns to write like Jane Austen, one character after the other, and prints samples meanwhile.
// AdamW with warm-up and cosine, and a clipped gradient.
//
//   language_model [FILE.svg [STEPS]]      the output file (default language_model.svg); default: 6000 steps, 20000
//                                          write better)
#include "support/character_model.hpp"
#include "support/characters.hpp"
#include "support/demo.hpp"

#include <descent/core/rule.hpp>
#include <descent/optimizers/adamw.hpp>
#include <descent/schedules/compose/sequence.hpp>
#include <descent/schedules/cosine_decay.hpp>
#include <descent/schedules/warmup.hpp>
#include <descent/training/diagnose/check_gradient.hpp>
#include <descent/training/fit/fit.hpp>
#include <descent/transforms/clip/clip_by_global_norm.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace {

namespace svg = descent::svg;
using support::Alphabet;
using support::Claims;
using support::Guesses;
using support::number;

using Model = support::CharacterModel<float>;

constexpr std::int64_t batch_size = 128, samples_printed = 10;
constexpr Eigen::Index window = 8, features = 32, hidden = 300;
constexpr double peak_rate = 0.005;

struct Data {
  Alphabet alphabet;
  Guesses training, validation;
  double baseline;  // bits per character by frequencies, on the validation text
};

/// The last tenth of the text is for validation.
Data read_data(const std::string& path) {
  const std::string text = support::read_text(path);
  Alphabet alphabet(text);
  const std::size_t cut = text.size() / 10 * 9;
  const auto known = alphabet.numbers_of(text.substr(0, cut)), rest = alphabet.numbers_of(text.substr(cut));
  const double baseline = support::bits_of_frequencies(known, rest, alphabet.size());
  return {std::move(alphabet), support::guesses_of(known, window), support::guesses_of(rest, window),
          baseline};
}

double bits(double nats) { return nats / std::log(2.0); }

/// Compares the gradient that is written by hand with differences of the loss, for a small model in double.
bool gradient_is_right(const Guesses& guesses) {
  const int alphabet = guesses.inputs().maxCoeff() + 1;
  using Small = support::CharacterModel<double>;
  const Small model({.alphabet = alphabet, .window = window, .features = 3, .hidden = 5}, 1);
  const std::vector<Eigen::Index> chosen{0, 10, 20, 30, 40, 50, 60, 70};
  const auto batch = guesses.batch(chosen);
  const auto report = descent::check_gradient(
      [&](const Small& at, Small& gradient) { return at.loss(batch, gradient); }, model);
  if (!report) std::fprintf(stderr, "%s", descent::to_string(report).c_str());
  return static_cast<bool>(report);
}

// ---- The training. ----

/// Rises over a twentieth of the steps, then falls to 0 along a cosine.
descent::Schedule rate_for(std::int64_t steps) {
  const std::int64_t rise = std::max<std::int64_t>(1, steps / 20);
  return descent::warmup(rise) >>
         descent::CosineDecay{.initial = peak_rate, .steps = std::max<std::int64_t>(1, steps - rise)};
}

struct Course {
  std::vector<double> steps = {}, training = {}, validation = {};  // bits per character
  std::vector<std::string> samples = {};
};

std::string sample_of(const Model& model, const Alphabet& alphabet) {
  const auto start = alphabet.numbers_of("It is a truth universally ");
  std::string sample;
  for (const int character : model.continued(start, 60, 0.7, std::mt19937_64(3)))
    sample += alphabet[character];
  return sample;
}

/// Measures and prints a line. `training` is the mean loss of the last batches.
void record(const Model& model, const Data& data, std::int64_t step, double training, Course& course) {
  course.steps.push_back(static_cast<double>(step));
  course.training.push_back(bits(training));
  course.validation.push_back(bits(model.loss(data.validation.all())));
  course.samples.push_back(sample_of(model, data.alphabet));
  std::printf("  %5lld  %8.2f  %10.2f  %s\n", static_cast<long long>(step), course.training.back(),
              course.validation.back(), course.samples.back().c_str());
  std::fflush(stdout);
}

Course train(const Data& data, std::int64_t steps) {
  Model model({.alphabet = data.alphabet.size(), .window = window, .features = features, .hidden = hidden},
              1);
  Course course;
  std::printf("   step  training  validation  the model writes\n");
  std::printf("  -----  --------  ----------  %s\n", std::string(60, '-').c_str());
  record(model, data, 0, std::log(data.alphabet.size()), course);
  double sum = 0;  // of the losses since the last line
  const std::int64_t every = std::max<std::int64_t>(1, steps / samples_printed);
  auto on_step = [&](const descent::StepReport& report) {
    sum += report.loss;
    if (report.step % every == 0)
      record(model, data, report.step, std::exchange(sum, 0.0) / static_cast<double>(every), course);
    return report.step >= steps;
  };
  descent::fit(
      model, data.training,
      descent::ClipByGlobalNorm{1.0} | descent::AdamW{.learning_rate = rate_for(steps), .weight_decay = 0.1},
      {.epochs = steps / descent::steps_per_epoch(data.training.size(), batch_size) + 1,
       .batch_size = batch_size,
       .on_step = on_step,
       .progress = descent::Progress::none});
  return course;
}

// ---- The picture. ----

svg::Panel panel_of_losses(const Course& course, double baseline) {
  const double last = course.steps.back();
  svg::Panel panel{.title = "Loss, and what the model writes",
                   .x = {.label = "steps", .low = 0, .high = last},
                   .y = {.label = "bits per character", .low = 1.4, .high = 6.6},
                   .height = 380};
  panel.series = {
      {.name = "frequencies", .x = {0, last}, .y = {baseline, baseline}, .colour = "#888888", .width = 1.5},
      {.name = "validation", .x = course.steps, .y = course.validation, .colour = "#d55e00"},
      {.name = "training", .x = course.steps, .y = course.training, .colour = "#0072b2"}};
  const std::size_t points = course.steps.size();
  for (const std::size_t k : {std::size_t{0}, points / 5, points / 2})
    panel.places.push_back(
        {course.steps[k], course.validation[k], "\"" + course.samples[k].substr(0, 22) + "\"", k == 0});
  return panel;
}

svg::Panel panel_of_rates(std::int64_t steps) {
  svg::Series series{.name = "rate", .colour = "#009e73"};
  const descent::Schedule rate = rate_for(steps);
  for (std::int64_t step = 0; step <= steps; step += std::max<std::int64_t>(1, steps / 200)) {
    series.x.push_back(static_cast<double>(step));
    series.y.push_back(rate(step));
  }
  return {.title = "Learning rate: warm-up, then a cosine",
          .x = {.label = "steps", .low = 0, .high = static_cast<double>(steps)},
          .y = {.label = "learning rate", .low = 0},
          .series = {std::move(series)},
          .height = 110,
          .label_ends = false};
}

void draw(const std::string& path, const Course& course, double baseline, std::int64_t steps) {
  support::Chart chart = support::narrow_chart(
      "A language model learns to write",
      "It guesses the next character of \"Pride and Prejudice\". At the end it writes: \"" +
          course.samples.back() + "\"");
  chart.panels = {panel_of_losses(course, baseline), panel_of_rates(steps)};
  support::save_picture(path, chart);
}

void show(const std::string& path, std::int64_t steps, Claims& claims) {
  const Data data = read_data(DESCENT_EXAMPLES_DATA "/pride_and_prejudice.txt");
  support::say("A network learns to guess the next character of \"Pride and Prejudice\" from the " +
               std::to_string(window) + " before it; " + std::to_string(data.training.size()) +
               " characters to learn from, " + std::to_string(data.validation.size()) +
               " others for validation. The loss is in bits per character: a guess among all " +
               std::to_string(data.alphabet.size()) + " characters costs " +
               number(std::log2(data.alphabet.size()), 2) + ", a guess by how often each occurs " +
               number(data.baseline, 2) + ".");
  const bool right = gradient_is_right(data.training);
  claims.expect(right, "the gradient written by hand agrees with differences of the loss");
  if (right) support::say("The gradient, written by hand, agrees with differences of the loss.");

  const Course course = train(data, steps);
  std::printf("\n");
  const double last = course.validation.back();
  support::say("At the end the model needs " + number(last, 2) +
               " bits for a character that it has not seen, " + number(data.baseline - last, 2) +
               " less than frequencies do. Letters come first, then words, then how they follow each other.");
  draw(path, course, data.baseline, steps);
  claims.expect(course.validation.front() > data.baseline, "at the start the model guesses at random");
  claims.expect(last < data.baseline - 0.5, "the model guesses better than frequencies do");
  claims.expect(steps < 6000 || last < 2.5, "it learns how characters follow each other");
}

}  // namespace

int main(int argc, char** argv) {
  return support::run_demo(argc, argv, "language_model", [&](const std::string& path, Claims& claims) {
    const long long steps = argc > 2 ? std::atoll(argv[2]) : 6000;
    if (steps < 1) throw std::invalid_argument("the number of steps must be at least 1");
    show(path, steps, claims);
  });
}
