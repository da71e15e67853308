// SPDX-License-Identifier: MIT
#include "support/refusals.hpp"
#include "support/trajectories.hpp"

#include "support/catch.hpp"

#include <descent/threads/thread_pool.hpp>

#include <algorithm>
#include <atomic>
#include <thread>

// Large steps are split among threads: must give the same bits for every number of threads.

namespace {

using namespace test;

/// Runs the parts in sequence, the last one first: a part that needs an earlier one would fail.
class Backwards final : public descent::Executor {
 public:
  explicit Backwards(int threads) : threads_(threads) {}
  int threads() const noexcept override { return threads_; }
  void run(int parts, Task task) noexcept override {
    most_parts = std::max(most_parts, parts);
    for (int part = parts - 1; part >= 0; --part) task(part);
  }
  int most_parts = 0;

 private:
  int threads_;
};

/// Sets an executor for its lifetime, so that a failing test does not leave one set.
class WithExecutor {
 public:
  explicit WithExecutor(descent::Executor& executor) { descent::set_executor(&executor); }
  ~WithExecutor() { descent::set_executor(nullptr); }
  WithExecutor(const WithExecutor&) = delete;
  WithExecutor& operator=(const WithExecutor&) = delete;
};
class WithThreads {
 public:
  explicit WithThreads(int threads) { descent::set_threads(threads); }
  ~WithThreads() { descent::set_threads(0); }
  WithThreads(const WithThreads&) = delete;
  WithThreads& operator=(const WithThreads&) = delete;
};

/// Blocks of all sizes around the chunks by which a step is split, large enough together to be split.
Shapes many_blocks() {
  Shapes shapes = {{3, 5},    {64, 64}, {0, 4},   {1, 1},   {241, 203}, {64, 64},
                   {4097, 1}, {17, 90}, {17, 90}, {17, 90}, {91, 90}};
  for (int k = 0; k < 40; ++k) shapes.emplace_back(3 + k, 4);
  return shapes;
}

template <class S>
Outcome<S> stepped(const RuleUnderTest& rule) {
  static const auto start = random_blocks<S>(many_blocks(), 3);
  static const auto gradients = random_gradients<S>(many_blocks(), 2, 5);
  return after_steps(rule.of<S>(), start, gradients, 1);
}

}  // namespace

TEMPLATE_TEST_CASE("every rule gives the same bits for every number of threads", "", float, double) {
  using S = TestType;
  for (const RuleUnderTest& rule : rules_under_test()) {
    INFO(rule.name);
    // Each block separately, on one thread.
    Backwards one(1);
    const auto expected = [&] {
      const WithExecutor with(one);
      return stepped<S>(rule);
    }();
    CHECK(one.most_parts == 0);
    for (const int threads : {2, 3, 4}) {
      Backwards several(threads);
      const WithExecutor with(several);
      CHECK(difference(stepped<S>(rule), expected) == "");
      CHECK(several.most_parts == threads);
    }
  }
}

TEST_CASE("a pool of threads steps like one thread, also when several optimizers use it at once") {
  // One that measures the tree, if this build tests such a rule.
  const auto& rules = rules_under_test();
  const auto measuring = std::find_if(rules.begin(), rules.end(), [](const RuleUnderTest& tested) {
    return tested.description.measures_tree && !tested.takes_whole_matrices;
  });
  const RuleUnderTest& rule = measuring == rules.end() ? rules.front() : *measuring;
  const auto expected = [&] {
    const WithThreads with(1);
    return stepped<float>(rule);
  }();
  descent::ThreadPool pool(3);
  const WithExecutor with(pool);
  CHECK(descent::threads() == 3);
  std::atomic<int> wrong{0};
  auto repeat = [&] {
    for (int k = 0; k < 20; ++k)
      if (difference(stepped<float>(rule), expected) != "") ++wrong;
  };
  std::thread other(repeat);
  repeat();
  other.join();
  CHECK(wrong == 0);
}

TEST_CASE("set_threads limits the threads of an executor, and refuses a negative number") {
  CHECK(descent::threads() >= 1);
  Backwards many(8);
  const WithExecutor with(many);
  CHECK(descent::threads() == 8);
  const WithThreads limit(3);
  CHECK(descent::threads() == 3);
  CHECK(refusal_of([] { descent::set_threads(-1); }) ==
        "descent: set_threads: threads is -1, must be at least 0");
  CHECK(descent::threads() == 3);
  CHECK(refusal_of([] { descent::ThreadPool pool(0); }) ==
        "descent: ThreadPool: threads is 0, must be in [1, 4096]");
}
