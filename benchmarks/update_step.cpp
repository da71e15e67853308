// SPDX-License-Identifier: MIT
// The time of one step for each parameter, beside the same update written by hand.
#include <descent/descent.hpp>

#include <benchmark/benchmark.h>

#include "limit.hpp"

namespace {

void report(benchmark::State& state, std::int64_t parameters) {
  state.counters["ns/parameter"] =
      benchmark::Counter(static_cast<double>(parameters) * static_cast<double>(state.iterations()) * 1e-9,
                         benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

template <class Rule>
void step(benchmark::State& state, const Rule& rule) {
  const auto count = static_cast<Eigen::Index>(state.range(0));
  Eigen::VectorXf parameters = Eigen::VectorXf::Random(count);
  const Eigen::VectorXf gradient = 1e-3F * Eigen::VectorXf::Random(count);
  descent::Optimizer optimizer(parameters, rule);
  for (auto _ : state) {
    optimizer.step(parameters, gradient);
    benchmark::ClobberMemory();
  }
  report(state, count);
}

void limit_momentum(benchmark::State& state) {
  const auto count = static_cast<std::size_t>(state.range(0));
  limit::Buffer parameters(count, 1), gradient(count, 1e-3F), buffer(count);
  const limit::Momentum rule;
  for (auto _ : state) {
    rule.step(parameters.data(), gradient.data(), buffer.data(), count);
    benchmark::ClobberMemory();
  }
  report(state, state.range(0));
}

void limit_adamw(benchmark::State& state) {
  const auto count = static_cast<std::size_t>(state.range(0));
  limit::Buffer parameters(count, 1), gradient(count, 1e-3F), first(count), second(count);
  limit::AdamW rule;
  for (auto _ : state) {
    rule.step(parameters.data(), gradient.data(), first.data(), second.data(), count);
    benchmark::ClobberMemory();
  }
  report(state, state.range(0));
}

template <int size>
void fixed_size_adamw(benchmark::State& state) {
  Eigen::Vector<float, size> parameters = Eigen::Vector<float, size>::Random();
  const Eigen::Vector<float, size> gradient = Eigen::Vector<float, size>::Random();
  descent::Optimizer optimizer(parameters, descent::AdamW{});
  for (auto _ : state) {
    optimizer.step(parameters, gradient);
    benchmark::ClobberMemory();
  }
  report(state, size);
}

void small_blocks_adamw(benchmark::State& state) {
  std::vector<Eigen::VectorXf> parameters(1000, Eigen::VectorXf::Random(state.range(0)));
  const auto gradient = parameters;
  descent::Optimizer optimizer(parameters, descent::AdamW{});
  for (auto _ : state) {
    optimizer.step(parameters, gradient);
    benchmark::ClobberMemory();
  }
  report(state, 1000 * state.range(0));
}

void sizes(benchmark::internal::Benchmark* benchmark) {
  for (const std::int64_t size : {16, 1000, 16'000, 1'000'000, 20'000'000}) benchmark->Arg(size);
}

BENCHMARK(limit_momentum)->Apply(sizes);
BENCHMARK_CAPTURE(step, momentum, descent::Sgd{.momentum = 0.9})->Apply(sizes);
BENCHMARK(limit_adamw)->Apply(sizes);
BENCHMARK_CAPTURE(step, adamw, descent::AdamW{})->Apply(sizes);
BENCHMARK_CAPTURE(step, clip_adamw, descent::ClipByGlobalNorm{1.0} | descent::AdamW{})->Apply(sizes);
BENCHMARK_TEMPLATE(fixed_size_adamw, 3);
BENCHMARK_TEMPLATE(fixed_size_adamw, 16);
BENCHMARK(small_blocks_adamw)->Arg(64)->Arg(1000);

}  // namespace
