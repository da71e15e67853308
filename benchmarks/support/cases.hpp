// SPDX-License-Identifier: MIT
#pragma once

#include "shapes.hpp"

#include <descent/core/threads.hpp>

#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <ctime>
#include <string>
#include <utility>

// The timed cases: their names, and how often they run. A program registers its cases in register_cases;
// cases to compare are registered next to each other, so that they also run next to each other.

namespace bench {

struct Options {
  double milliseconds = 10;  // spent on each case
  bool quick = false;        // fewer sizes
  double gigabytes = 0;      // the memory that a case may use
};
void register_cases(const Options& options);  // each program has its own

bool fits(const Options& options, const Shape& shape);
/// From 16 to 20 million parameters, then many small blocks and a network; those that fit the memory.
std::vector<Shape> all_shapes(const Options& options);

struct Case {
  std::string subject, rule, shape, scalar = "float";
  int threads = 1;
  std::string reference = {};  // the name of the case to divide by; empty for a limit
  bool fastest_step = false;   // time the fastest of many steps, because others may use the machine

  std::string name() const {
    return subject + '/' + rule + '/' + shape + '/' + scalar + '/' + std::to_string(threads);
  }
};
/// The same case for the limit named `rule`.
inline Case against_limit(Case made, const std::string& rule) {
  made.reference = Case{"limit", rule, made.shape, made.scalar, made.threads}.name();
  return made;
}

template <class S>
inline constexpr const char* scalar_name = sizeof(S) == sizeof(float) ? "float" : "double";

/// The number of steps that take about `milliseconds`, from a few that also warm up.
template <class Stepping>
std::int64_t repetitions(Stepping& step, double milliseconds) {
  for (std::int64_t count = 1;; count *= 4) {
    const std::clock_t start = std::clock();
    for (std::int64_t k = 0; k < count; ++k) {
      step();
      benchmark::ClobberMemory();
    }
    const double spent = 1e3 * static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
    if (spent > milliseconds / 8)
      return std::max<std::int64_t>(
          1, static_cast<std::int64_t>(static_cast<double>(count) * milliseconds / spent));
  }
}

/// The seconds of the fastest step in some 20 times the usual time.
template <class Stepping>
double fastest_of_many(Stepping& step, double milliseconds) {
  using Clock = std::chrono::steady_clock;
  const auto end = Clock::now() + std::chrono::duration<double, std::milli>(20 * milliseconds);
  double fastest = 1e9;
  for (auto start = Clock::now(); start < end;) {
    step();
    benchmark::ClobberMemory();
    const auto stop = Clock::now();
    fastest = std::min(fastest, std::chrono::duration<double>(stop - start).count());
    start = stop;
  }
  return fastest;
}

/// make() returns the timed object: a callable step() with parameters() and bytes() of one step.
template <class Make>
void add(const Options& options, const Case& made, Make make) {
  auto run = [milliseconds = options.milliseconds, made, make](benchmark::State& state) {
    descent::set_threads(made.threads);
    Eigen::setNbThreads(made.threads);  // with OpenMP, Eigen's own products would use all
    auto&& step = make();
    const std::int64_t count = made.fastest_step ? 1 : repetitions(step, milliseconds);
    for (auto _ : state) {
      if (made.fastest_step) {
        state.SetIterationTime(fastest_of_many(step, milliseconds));
      } else {
        for (std::int64_t k = 0; k < count; ++k) {
          step();
          benchmark::ClobberMemory();
        }
      }
    }
    const double steps = static_cast<double>(count), parameters = static_cast<double>(step.parameters());
    using benchmark::Counter;
    state.counters["ns/step"] = Counter(steps * 1e-9, Counter::kIsRate | Counter::kInvert);
    state.counters["ns/parameter"] = Counter(steps * parameters * 1e-9, Counter::kIsRate | Counter::kInvert);
    state.counters["bytes/s"] = Counter(steps * step.bytes(), Counter::kIsRate, Counter::kIs1000);
    state.SetLabel(made.reference);
  };
  auto* registered = benchmark::RegisterBenchmark(made.name().c_str(), run)->Iterations(1);
  if (made.fastest_step) registered->UseManualTime();
}

}  // namespace bench
