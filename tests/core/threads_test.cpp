// SPDX-License-Identifier: MIT
#include "support/bits.hpp"
#include "support/catch.hpp"

#include <descent/core/optimizer.hpp>
#include <descent/optimizers/adamw.hpp>
#include <descent/optimizers/lamb.hpp>
#include <descent/optimizers/sgd.hpp>
#include <descent/threads/thread_pool.hpp>
#include <descent/transforms/clip/clip_by_block_norm.hpp>

#include <algorithm>
#include <vector>

// Rules that measure a block, on blocks that are split among threads: must give the same bits as one thread.

using descent::Optimizer;
using test::difference;
using test::Numbers;

namespace {

/// Counts how often a step is split; runs the last part first.
class Backwards final : public descent::Executor {
 public:
  explicit Backwards(int threads) : threads_(threads) { descent::set_executor(this); }
  ~Backwards() override { descent::set_executor(nullptr); }
  Backwards(const Backwards&) = delete;
  Backwards& operator=(const Backwards&) = delete;
  int threads() const noexcept override { return threads_; }
  void run(int parts, Task task) noexcept override {
    ++splits;
    for (int part = parts - 1; part >= 0; --part) task(part);
  }
  int splits = 0;

 private:
  int threads_;
};

template <class S>
using Tree = std::vector<test::Matrix<S>>;

template <class S>
Tree<S> random_tree(unsigned seed) {
  Numbers<S> numbers(seed);
  return {numbers.matrix(300, 300), numbers.matrix(17, 3), numbers.matrix(1000, 100), numbers.matrix(1, 1),
          numbers.matrix(0, 5)};
}

/// Parameters and state after three steps.
template <class S, class R>
Tree<S> after_steps(const R& rule) {
  Tree<S> result = random_tree<S>(1);
  Optimizer optimizer(result, rule);
  for (unsigned k = 0; k < 3; ++k) optimizer.step(result, random_tree<S>(10 + k));
  optimizer.for_each_state(
      [&](const std::string&, const std::string&, const auto& values) { result.emplace_back(values); });
  return result;
}

template <class S, class R>
void check_threads(const R& rule) {
  descent::set_threads(1);
  const Tree<S> expected = after_steps<S>(rule);
  descent::set_threads(2);  // of OpenMP, if there is any
  CHECK(difference(after_steps<S>(rule), expected) == "");
  descent::set_threads(0);
  for (const int threads : {2, 3, 7}) {
    Backwards several(threads);
    CHECK(difference(after_steps<S>(rule), expected) == "");
    CHECK(several.splits == 6);  // one pass that measures, one that writes
  }
  descent::ThreadPool pool(2);
  descent::set_executor(&pool);
  CHECK(difference(after_steps<S>(rule), expected) == "");
  descent::set_executor(nullptr);
}

}  // namespace

TEMPLATE_TEST_CASE("rules that measure blocks give the same bits by two threads as by one", "", float,
                   double) {
  check_threads<TestType>(descent::Lamb{.learning_rate = 0.1, .weight_decay = 0.1});
  check_threads<TestType>(descent::AdamW{.learning_rate = 0.1, .cautious = true});
  check_threads<TestType>(descent::ClipByBlockNorm{.max_norm = 0.5} |
                          descent::Sgd{.learning_rate = 0.1, .momentum = 0.5});
}
