// SPDX-License-Identifier: MIT
// What page.js calls: every number that the page shows is computed here, by the library.
#include "training.hpp"

#include <descent/schedules/text/parse_schedule.hpp>

#include <emscripten/bind.h>
#include <emscripten/val.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace {

using emscripten::typed_memory_view;
using emscripten::val;

std::vector<std::unique_ptr<web::Training>> trainings;
support::DigitSets digits{{Eigen::MatrixXf(), Eigen::VectorXi()}, {Eigen::MatrixXf(), Eigen::VectorXi()}};
std::vector<double> scratch;  // lives until the page has copied it

val view_of(const std::vector<double>& values) {
  return val(typed_memory_view(values.size(), values.data()));
}

/// Calls f; returns the message of its exception, or an empty text.
template <class F>
std::string message_of(const F& f) {
  try {
    f();
    return {};
  } catch (const std::exception& error) {
    return error.what();
  }
}

std::string check_schedule(const std::string& text) {
  return message_of([&] { static_cast<void>(descent::parse_schedule(text)); });
}

/// The values of a schedule at the first steps.
val schedule_values(const std::string& text, int steps) {
  scratch.clear();
  message_of([&] {
    const descent::Schedule schedule = descent::parse_schedule(text);
    for (int step = 0; step < steps; ++step) scratch.push_back(schedule(step));
  });
  return view_of(scratch);
}

void clear() { trainings.clear(); }

/// Begins with all digits, of which `images` are learned.
std::string use_digits(int images) {
  clear();
  return message_of([&] {
    auto [training, test] = support::load_digits("/digits.csv");
    std::vector<Eigen::Index> first(static_cast<std::size_t>(images));
    for (std::size_t k = 0; k < first.size(); ++k) first[k] = static_cast<Eigen::Index>(k);
    auto part = training.batch(first);
    digits.training = support::Digits(std::move(part.inputs), std::move(part.targets));
    digits.test = std::move(test);
  });
}

std::string add_surface(const std::string& surface, const std::string& optimizer, double rate,
                        const std::string& schedule, int seed) {
  return message_of([&] {
    const web::Choice choice{optimizer, rate, descent::parse_schedule(schedule),
                             static_cast<std::uint64_t>(seed)};
    trainings.push_back(web::train_surface(web::surface_named(surface), choice));
  });
}

std::string add_network(const std::string& optimizer, double rate, const std::string& schedule,
                        int batch_size, int seed) {
  return message_of([&] {
    const web::Choice choice{optimizer, rate, descent::parse_schedule(schedule),
                             static_cast<std::uint64_t>(seed)};
    trainings.push_back(web::train_network(digits, choice, batch_size));
  });
}

/// One step of each training that has not been stopped. Returns how many are left, or -1 with an error.
std::string step_error;
int step() {
  int running = 0;
  step_error = message_of([&] {
    for (const auto& training : trainings) {
      if (training->record().stopped) continue;
      training->step();
      ++running;
    }
  });
  return step_error.empty() ? running : -1;
}

const web::Record& record(int k) { return trainings.at(static_cast<std::size_t>(k))->record(); }
val losses(int k) { return view_of(record(k).losses); }
val rates(int k) { return view_of(record(k).rates); }
val path(int k) { return view_of(record(k).path); }
val epoch_steps(int k) { return view_of(record(k).epoch_steps); }
val epoch_training(int k) { return view_of(record(k).epoch_training); }
val epoch_validation(int k) { return view_of(record(k).epoch_validation); }
val accuracies(int k) { return view_of(record(k).accuracies); }
bool diverged(int k) { return record(k).diverged; }

/// One finding a line: the verdict, the evidence and the advice, divided by tabs.
std::string findings(int k) {
  std::string text;
  for (const descent::Finding& finding : record(k).diagnosis.findings())
    text += std::string(descent::to_string(finding.verdict)) + '\t' + finding.evidence + '\t' +
            finding.advice + '\n';
  return text;
}

/// The losses of a surface on a grid, row by row from the top.
val height_map(const std::string& surface_name, int columns, int rows) {
  scratch.clear();
  message_of([&] {
    const web::Surface& surface = web::surface_named(surface_name);
    const web::View& view = surface.view;
    Eigen::Vector2d gradient;
    for (int row = 0; row < rows; ++row)
      for (int column = 0; column < columns; ++column)
        scratch.push_back(surface.loss({view.left + (view.right - view.left) * column / (columns - 1),
                                        view.top - (view.top - view.bottom) * row / (rows - 1)},
                                       gradient));
  });
  return view_of(scratch);
}

val view_of_surface(const std::string& name) {
  const web::View& view = web::surface_named(name).view;
  scratch = {view.left,    view.right,   view.bottom,   view.top,
             view.start_x, view.start_y, view.lowest_x, view.lowest_y};
  return view_of(scratch);
}

std::string last_error() { return step_error; }

}  // namespace

EMSCRIPTEN_BINDINGS(playground) {
  using emscripten::function;
  function("check_schedule", &check_schedule);
  function("schedule_values", &schedule_values);
  function("clear", &clear);
  function("use_digits", &use_digits);
  function("add_surface", &add_surface);
  function("add_network", &add_network);
  function("step", &step);
  function("losses", &losses);
  function("rates", &rates);
  function("path", &path);
  function("epoch_steps", &epoch_steps);
  function("epoch_training", &epoch_training);
  function("epoch_validation", &epoch_validation);
  function("accuracies", &accuracies);
  function("diverged", &diverged);
  function("findings", &findings);
  function("height_map", &height_map);
  function("view_of_surface", &view_of_surface);
  function("last_error", &last_error);
}
