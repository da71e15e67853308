// SPDX-License-Identifier: MIT
#pragma once

#include "cases.hpp"
#include "limit.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <vector>

// The limits as cases.

namespace bench {

/// Numbers in whole vectors, at different offsets in a memory page.
template <class S>
class LimitBuffer {
 public:
  LimitBuffer(std::size_t count, S value, std::size_t place)
      : offset_(place * 5 * limit::width / sizeof(S)),
        values_(Eigen::Array<S, Eigen::Dynamic, 1>::Constant(static_cast<Eigen::Index>(count + offset_),
                                                             value)) {}
  S* data() { return values_.data() + offset_; }

 private:
  std::size_t offset_;
  Eigen::Array<S, Eigen::Dynamic, 1> values_;
};

template <class S>
struct LimitBlock {
  std::size_t count;
  std::vector<LimitBuffer<S>> buffers;  // parameters, gradient, state

  LimitBlock(std::size_t size, std::size_t slots)
      : count((size + limit::lanes<S> - 1) / limit::lanes<S> * limit::lanes<S>) {
    for (std::size_t k = 0; k < 2 + slots; ++k)
      buffers.emplace_back(count, k == 0 ? S(1) : k == 1 ? S(1e-3) : S(0), k);
  }
};

/// Steps of a hand-written kernel over the blocks of a shape; a single block is split among threads.
template <limit::Schedule schedule, class Kernel, class S>
class LimitStepping {
 public:
  LimitStepping(const Shape& shape, int threads) : parameters_(shape.parameters()), threads_(threads) {
    for (const auto& [rows, columns] : shape.blocks)
      blocks_.emplace_back(static_cast<std::size_t>(rows * columns), Kernel::slots);
  }

  void operator()() {
    kernel_.advance();
    for (LimitBlock<S>& block : blocks_) {
      if (threads_ == 1) {
        step(block, 0, block.count);
      } else {
        step_in_parallel(block);
      }
    }
  }
  std::int64_t parameters() const { return parameters_; }
  double bytes() const {
    return static_cast<double>(parameters_) * static_cast<double>((3 + 2 * Kernel::slots) * sizeof(S));
  }

 private:
  void step(LimitBlock<S>& block, std::size_t first, std::size_t count) const {
    std::array<S*, Kernel::slots + 1> state{};
    for (std::size_t k = 0; k < Kernel::slots; ++k) state[k] = block.buffers[2 + k].data() + first;
    limit::step<schedule>(kernel_, block.buffers[0].data() + first, block.buffers[1].data() + first,
                          state.data(), count);
  }
  void step_in_parallel(LimitBlock<S>& block) const {
    constexpr std::size_t grain = 64 * limit::lanes<S>;
    const auto parts = static_cast<std::size_t>(threads_);
    const std::size_t each = (block.count / parts + grain - 1) / grain * grain;
#ifdef _OPENMP
#pragma omp parallel for schedule(static, 1) num_threads(threads_)
#endif
    for (int part = 0; part < threads_; ++part) {
      const std::size_t first = std::min(block.count, static_cast<std::size_t>(part) * each);
      step(block, first, std::min(each, block.count - first));
    }
  }

  std::int64_t parameters_;
  int threads_;
  Kernel kernel_;
  std::vector<LimitBlock<S>> blocks_;
};

template <limit::Schedule schedule, class Kernel, class S>
void add_limit(const Options& options, const char* way, const char* rule, const Shape& shape, int threads,
               bool fastest_step) {
  const Case made{std::string("limit, ") + way, rule, shape.name, scalar_name<S>, threads, {}, fastest_step};
  add(options, made, [=] { return LimitStepping<schedule, Kernel, S>(shape, threads); });
}

/// A limit, with every loop; the report uses the fastest.
template <template <class> class Kernel, class S>
void add_limits(const Options& options, const char* rule, const Shape& shape, int threads = 1,
                bool fastest_step = false) {
  using limit::Schedule;
  add_limit<Schedule::two_vectors, Kernel<S>, S>(options, "two vectors", rule, shape, threads, fastest_step);
  add_limit<Schedule::prefetching, Kernel<S>, S>(options, "prefetching", rule, shape, threads, fastest_step);
  if (shape.parameters() < 100'000)
    add_limit<Schedule::four_vectors, Kernel<S>, S>(options, "four vectors", rule, shape, threads,
                                                    fastest_step);
}

}  // namespace bench
