// SPDX-License-Identifier: MIT
#include <descent/core/optimizer.hpp>
#include <descent/core/saved_state.hpp>
#include <descent/optimizers/adamw.hpp>
#include <descent/optimizers/sgd.hpp>
#include <descent/training/adapt/divergence_guard.hpp>
#include <descent/training/adapt/early_stopping.hpp>
#include <descent/training/adapt/greedy_rate.hpp>
#include <descent/training/adapt/reduce_on_plateau.hpp>
#include <descent/training/adapt/slope_plateau.hpp>
#include <descent/training/problem/gradient_accumulator.hpp>

#include "support/bits.hpp"
#include "support/catch.hpp"
#include "support/refusals.hpp"
#include "support/saved.hpp"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <tuple>
#include <vector>

// Objects that listen to a metric, sum gradients or guard a training must continue from a saved state as if
// they had never stopped.

using namespace descent;
using test::refusal_of;
using test::Saved;

namespace {

/// Falls, rises and stays, with noise.
double metric(std::size_t k) {
  const auto t = static_cast<double>(k);
  return 3 / (1 + 0.1 * t) + 0.5 * std::sin(1.7 * t) + (k % 7 == 3 ? 1 : 0);
}

/// Saved after each of 20 observations.
template <class L>
void check_listener(const L& fresh) {
  std::vector<Saved> never_stopped;
  std::vector<double> answers;
  {
    L listener = fresh;
    for (std::size_t k = 0; k < 60; ++k) {
      never_stopped.emplace_back(saved_state(listener));
      answers.push_back(static_cast<double>(listener.observe(metric(k))));
    }
  }
  for (std::size_t stop = 0; stop < 20; ++stop) {
    L resumed = fresh;
    restore_state(resumed, never_stopped[stop].tensors);
    for (std::size_t k = stop; k < 60; ++k) {
      INFO("saved after " << stop << ", observation " << k);
      CHECK(Saved(saved_state(resumed)).different(never_stopped[k]) == "");
      CHECK(static_cast<double>(resumed.observe(metric(k))) == answers[k]);
    }
  }
}

/// The message of restore_state after a change of one number; nothing may have changed.
template <class T, class L>
std::string refusal_after(L listener, const std::string& name, T value) {
  Saved saved(saved_state(listener));
  *static_cast<T*>(saved.at(name).data) = value;
  const Saved before(saved_state(listener));
  const std::string refusal = refusal_of([&] { restore_state(listener, saved.tensors); });
  if (!refusal.empty()) CHECK(Saved(saved_state(listener)).different(before) == "");
  return refusal;
}

}  // namespace

TEST_CASE("listeners go on from a saved state as if they had never stopped") {
  check_listener(ReduceOnPlateau{.factor = 0.7, .patience = 1, .cooldown = 2, .average_over = 3});
  check_listener(ReduceOnPlateau::like_keras());
  check_listener(EarlyStopping{.patience = 4, .min_change = 0.05});
  check_listener(SlopePlateau{.window = 11, .factor = 0.5});
  check_listener(GreedyRate{.factor = 0.8, .patience = 1, .cooldown = 1, .warmup = 2, .average_over = 4});
  check_listener(GreedyRate{.factor = 0.5, .patience = 0, .min_factor = 0.5, .restart_after = 2});
}

TEST_CASE("listeners refuse an impossible state, and stay as they are") {
  SlopePlateau slope{.window = 10};
  for (std::size_t k = 0; k < 7; ++k) slope.observe(metric(k));
  const std::string slope_message = "descent: restore_state: the value of 'SlopePlateau' is not possible";
  for (const std::int64_t filled : {-1, 10, 11})
    CHECK(refusal_after(slope, "filled", filled) == slope_message);
  CHECK(refusal_after(slope, "filled", std::int64_t{9}) == "");
  Saved saved(saved_state(slope));
  saved.at("losses").rows = 6;
  CHECK(refusal_of([&] { restore_state(slope, saved.tensors); }) == slope_message);
  CHECK(slope.state.losses.size() == 10);
  SlopePlateau shorter{.window = 10};
  Saved longer(saved_state(slope));
  *static_cast<std::int64_t*>(longer.at("filled").data) = 10;
  CHECK(refusal_of([&] { restore_state(shorter, longer.tensors); }) == slope_message);

  GreedyRate greedy{.average_over = 2};
  greedy.observe(1);
  CHECK(refusal_after(greedy, "metrics", std::int64_t{-1}) ==
        "descent: restore_state: the value of 'GreedyRate' is not possible");
  Saved of_greedy(saved_state(greedy));
  of_greedy.at("recent").rows = 0;
  CHECK(refusal_of([&] { restore_state(greedy, of_greedy.tensors); }) ==
        "descent: restore_state: the value of 'GreedyRate' is not possible");

  ReduceOnPlateau plateau;
  plateau.observe(1);
  for (const char* name : {"waited", "cooldown_left", "averaged", "cuts"})
    CHECK(refusal_after(plateau, name, std::int64_t{-1}) ==
          "descent: restore_state: the value of 'ReduceOnPlateau' is not possible");
  EarlyStopping stopping;
  stopping.observe(1);
  for (const char* name : {"waited", "observations", "best_observation"})
    CHECK(refusal_after(stopping, name, std::int64_t{-1}) ==
          "descent: restore_state: the value of 'EarlyStopping' is not possible");
  CHECK(refusal_after(stopping, "best_observation", std::int64_t{2}) ==
        "descent: restore_state: the value of 'EarlyStopping' is not possible");
  Saved missing(saved_state(stopping));
  missing.erase("waited");
  CHECK(refusal_of([&] {
          restore_state(stopping, missing.tensors);
        }).starts_with("descent: restore_state: 'waited' is missing; the nearest name is "));
  Saved of_another(saved_state(greedy));
  CHECK(refusal_of([&] {
          restore_state(stopping, of_another.tensors);
        }).starts_with("descent: restore_state: 'best_observation' is missing; the nearest name is "));
}

namespace {

/// Windows of three gradients; saved after each of 20.
template <class Tree>
void check_accumulator(const Tree& tree, AccumulationOptions options) {
  using Accumulator = GradientAccumulator<GradientOf<Tree>>;
  const auto gradient = [&](unsigned k) {
    auto result = zeros_like(tree);
    test::Numbers<float> numbers(k);
    for_each_block(
        [&](auto& block, const std::string&) {
          using S = typename std::remove_cvref_t<decltype(block)>::Scalar;
          for (Eigen::Index i = 0; i < block.size(); ++i) block(i) = static_cast<S>(numbers.plain());
        },
        result);
    return result;
  };
  Accumulator never_stopped(tree, options);
  for (unsigned stop = 0; stop < 20; ++stop) {
    Accumulator resumed(tree, options);
    {
      const Accumulator copy = never_stopped;
      restore_state(resumed, Saved(saved_state(never_stopped)).tensors);
    }
    Accumulator original = never_stopped;
    for (unsigned k = stop; k < stop + 7; ++k) {
      CHECK(resumed.add(gradient(k)) == original.add(gradient(k)));
      CHECK(resumed.count() == original.count());
      CHECK(Saved(saved_state(resumed)).different(Saved(saved_state(original))) == "");
    }
    CHECK(resumed.finish() == original.finish());
    CHECK(Saved(saved_state(resumed)).different(Saved(saved_state(original))) == "");
    never_stopped.add(gradient(stop));
  }
}

}  // namespace

TEST_CASE("a gradient accumulator goes on in the middle of a window") {
  using Half = Eigen::Matrix<Eigen::half, Eigen::Dynamic, 1>;
  const std::tuple<Eigen::MatrixXf, Half, Eigen::Vector3d> tree(
      Eigen::MatrixXf::Ones(2, 3), Half::Constant(4, Eigen::half(1)), Eigen::Vector3d::Ones());
  check_accumulator(tree, {.every = 3});
  check_accumulator(tree, {.every = 3, .mean = false});
  check_accumulator(tree, {.every = [](std::int64_t window) { return 1 + static_cast<double>(window % 3); }});
}

TEST_CASE("a gradient accumulator refuses an impossible state") {
  const Eigen::VectorXd x = Eigen::VectorXd::Ones(3);
  GradientAccumulator accumulator(x, {.every = 3});
  accumulator.add(x);
  const std::string message = "descent: restore_state: the value of 'GradientAccumulator' is not possible";
  CHECK(refusal_after(accumulator, "count", std::int64_t{-1}) == message);
  CHECK(refusal_after(accumulator, "windows", std::int64_t{-1}) == message);
  for (const double scale : {0.0, -1.0, std::nan("")})
    CHECK(refusal_after(accumulator, "scale", scale) == message);
  GradientAccumulator longer(Eigen::VectorXd::Ones(4).eval(), {.every = 3});
  CHECK(refusal_of([&] { restore_state(longer, saved_state(accumulator)); }) ==
        "descent: restore_state: 'sum/parameters' is a vector of 3 of float64, must be a vector of 4 of "
        "float64");
}

TEST_CASE(
    "a divergence guard goes on from a saved state, with the optimizer and the parameters that it keeps") {
  using Tree = std::vector<Eigen::VectorXd>;
  const auto gradient = [](unsigned k) -> Tree {
    return {test::Numbers<double>(k).plain_matrix(3, 1), test::Numbers<double>(k + 99).plain_matrix(2, 1)};
  };
  const auto loss = [](unsigned k) { return k % 9 == 8 ? std::nan("") : k % 6 == 5 ? 1e6 : metric(k); };
  const Tree start = gradient(1000);
  const auto rule = AdamW{.learning_rate = 0.1};
  using O = Optimizer<Tree, AdamW>;
  Tree tree = start;
  O optimizer(tree, rule);
  DivergenceGuard<Tree, O> guard(tree, optimizer, {.memory = 5, .keep_every = 3});
  for (unsigned stop = 0; stop < 20; ++stop) {
    INFO("saved after " << stop);
    Tree a = tree, b = tree;
    auto twin = optimizer;
    auto guard_of_twin = guard;
    O resumed(start, rule);
    DivergenceGuard<Tree, O> guard_of_resumed(start, resumed, {.memory = 5, .keep_every = 3});
    {
      auto copy = guard;
      const Saved saved(saved_state(copy));
      restore_state(resumed, Saved(saved_state(optimizer)).tensors);
      restore_state(guard_of_resumed, saved.tensors);
    }
    for (unsigned k = stop; k < stop + 12; ++k) {
      CHECK(guard_of_twin.step(twin, a, gradient(k), loss(k)) ==
            guard_of_resumed.step(resumed, b, gradient(k), loss(k)));
      CHECK(a == b);
      CHECK(Saved(saved_state(guard_of_twin)).different(Saved(saved_state(guard_of_resumed))) == "");
      CHECK(Saved(saved_state(twin)).different(Saved(saved_state(resumed))) == "");
    }
    guard.step(optimizer, tree, gradient(stop), loss(stop));
  }
  CHECK(guard.rollbacks() > 1);
}

TEST_CASE("a divergence guard refuses an impossible state, also of the optimizer that it keeps") {
  Eigen::VectorXd x = Eigen::VectorXd::Ones(2);
  Optimizer optimizer(x, Sgd{.learning_rate = 0.1, .momentum = 0.9});
  DivergenceGuard guard(x, optimizer);
  guard.step(optimizer, x, x, 1);
  std::string names;
  for (const SavedTensor& tensor : saved_state(guard)) names += tensor.name + " ";
  CHECK(names ==
        "learning_rate_factor rollbacks gave_up watch/now/mean watch/now/magnitude watch/now/half_noise "
        "watch/now/count "
        "watch/best/mean watch/best/magnitude watch/best/half_noise watch/best/count watch/kept/mean "
        "watch/kept/magnitude watch/kept/half_noise watch/kept/count watch/first watch/seen watch/since_kept "
        "watch/full_windows_only parameters/parameters optimizer/steps optimizer/skipped_steps "
        "optimizer/learning_rate_factor "
        "optimizer/state/parameters/momentum_buffer ");
  CHECK(refusal_after(guard, "rollbacks", std::int64_t{-1}) ==
        "descent: restore_state: the value of 'DivergenceGuard' is not possible");
  CHECK(refusal_after(guard, "learning_rate_factor", std::nan("")) ==
        "descent: restore_state: the value of 'DivergenceGuard' is not possible");
  CHECK(refusal_after(guard, "watch/kept/count", std::int64_t{-2}) ==
        "descent: restore_state: the value of 'watch' is not possible");
  CHECK(refusal_after(guard, "gave_up", static_cast<unsigned char>(3)) ==
        "descent: restore_state: 'gave_up' is neither true nor false");
  CHECK(refusal_after(guard, "optimizer/steps", std::int64_t{-2}) ==
        "descent: restore_state: 'optimizer/steps' is -2, must be at least 0 and at most 2^62");
  CHECK(refusal_after(guard, "optimizer/learning_rate_factor", -2.0) ==
        "descent: restore_state: optimizer/learning_rate_factor is -2, must be at least 0 and finite");
  Saved extra(saved_state(guard));
  SavedTensor other = extra.at("optimizer/steps");
  other.name = "optimizer/further";
  extra.tensors.push_back(other);
  CHECK(refusal_of([&] { restore_state(guard, extra.tensors); }) ==
        "descent: restore_state: there is no place for 'optimizer/further'");
}
