// SPDX-License-Identifier: MIT
#include <descent/core/saved_state.hpp>
#include <descent/optimizers/lbfgs.hpp>

#include "support/bits.hpp"
#include "support/catch.hpp"
#include "support/refusals.hpp"
#include "support/saved.hpp"

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

// Lbfgs must continue from a saved state as if it had never stopped.

using namespace descent;
using test::difference;
using test::refusal_of;
using test::Saved;

namespace {

template <class S>
using Tree = std::vector<Eigen::Matrix<S, Eigen::Dynamic, Eigen::Dynamic>>;

template <class S>
Tree<S> start() {
  return {Eigen::Matrix<S, Eigen::Dynamic, Eigen::Dynamic>::Constant(2, 3, S(-1.2)),
          Eigen::Matrix<S, Eigen::Dynamic, 1>::LinSpaced(4, S(0), S(2))};
}

/// Rosenbrock's function of neighbouring elements.
template <class S>
double rosenbrock(const Tree<S>& x, Tree<S>& gradient) {
  double sum = 0;
  for (std::size_t b = 0; b < x.size(); ++b) {
    gradient[b].setZero();
    for (Eigen::Index i = 0; i + 1 < x[b].size(); ++i) {
      const S rest = x[b](i + 1) - x[b](i) * x[b](i), away = 1 - x[b](i);
      sum += 100.0 * static_cast<double>(rest) * static_cast<double>(rest) +
             static_cast<double>(away) * static_cast<double>(away);
      gradient[b](i) -= 400 * rest * x[b](i) + 2 * away;
      gradient[b](i + 1) += 200 * rest;
    }
  }
  return sum;
}

/// A step that gets only the objective, or also the loss and gradient that minimize keeps.
template <class S, class O>
void step(O& optimizer, Tree<S>& x, bool keeps_gradient) {
  const auto objective = [](const Tree<S>& at, Tree<S>& gradient) { return rosenbrock<S>(at, gradient); };
  if (!keeps_gradient) {
    optimizer.step(x, objective);
    return;
  }
  Tree<S> gradient = x;
  double loss = rosenbrock<S>(x, gradient);
  optimizer.step(x, objective, loss, gradient);
}

/// Saved after each of 20 steps, and 5 steps more; forgets its pairs before step 12.
template <class S>
void check_resuming(const Lbfgs& rule, bool keeps_gradient) {
  constexpr int stops = 20, more = 5;
  std::vector<Saved> saved;
  std::vector<Tree<S>> at;
  std::vector<LbfgsStatus> status;
  const auto take = [&](auto& optimizer, Tree<S>& x, int k) {
    if (k == 12) optimizer.restart();
    step<S>(optimizer, x, keeps_gradient);
  };
  {
    Tree<S> x = start<S>();
    Optimizer optimizer(x, rule);
    for (int k = 0; k <= stops + more; ++k) {
      saved.emplace_back(saved_state(optimizer));
      at.push_back(x);
      status.push_back(optimizer.status());
      take(optimizer, x, k);
    }
  }
  for (std::size_t stop = 0; stop < stops; ++stop) {
    Tree<S> x = at[stop];
    Optimizer resumed(start<S>(), rule);
    restore_state(resumed, saved[stop].tensors);
    for (std::size_t k = stop;; ++k) {
      INFO("saved after " << stop << ", after " << k << " steps");
      REQUIRE(Saved(saved_state(resumed)).different(saved[k]) == "");
      REQUIRE(difference(x, at[k]) == "");
      REQUIRE(resumed.status() == status[k]);
      if (k == stop + more) break;
      take(resumed, x, static_cast<int>(k));
    }
  }
}

template <class S>
void check_all() {
  for (const bool keeps_gradient : {false, true}) {
    check_resuming<S>(Lbfgs{}, keeps_gradient);
    check_resuming<S>(Lbfgs{.history = 3}, keeps_gradient);
    check_resuming<S>(Lbfgs{.history = 1, .line_search = LineSearch::backtracking}, keeps_gradient);
    check_resuming<S>(Lbfgs{.history = 4, .iterations = 3}, keeps_gradient);
    check_resuming<S>(Lbfgs{.learning_rate = 0.001, .history = 2, .line_search = LineSearch::none},
                      keeps_gradient);
  }
}

template <class T>
std::string refusal_after(const std::string& name, T value) {
  Tree<double> x = start<double>();
  Optimizer optimizer(x, Lbfgs{.history = 3});
  for (int k = 0; k < 5; ++k) step<double>(optimizer, x, false);
  Saved saved(saved_state(optimizer));
  *static_cast<T*>(saved.at(name).data) = value;
  const Saved before(saved_state(optimizer));
  const std::string refusal = refusal_of([&] { restore_state(optimizer, saved.tensors); });
  if (!refusal.empty()) CHECK(Saved(saved_state(optimizer)).different(before) == "");
  return refusal;
}

}  // namespace

TEST_CASE("Lbfgs goes on from a saved state as if it had never stopped") {
  check_all<double>();
  check_all<float>();
}

TEST_CASE("reading the state of Lbfgs changes nothing") {
  Tree<double> x = start<double>(), other = x;
  Optimizer read(x, Lbfgs{.history = 3}), left_alone(other, Lbfgs{.history = 3});
  for (int k = 0; k < 25; ++k) {
    CHECK(saved_state(read).size() > 0);
    step<double>(read, x, false);
    step<double>(left_alone, other, false);
    CHECK(difference(x, other) == "");
  }
}

TEST_CASE("the state of Lbfgs: names and shapes") {
  Tree<float> x = start<float>();
  Optimizer optimizer(x, Lbfgs{.history = 1});
  std::string names;
  for (const SavedTensor& tensor : saved_state(optimizer))
    names += tensor.name + " " + detail::shape_text(tensor) + "\n";
  CHECK(names ==
        "steps one number of int64\n"
        "learning_rate_factor one number of float64\n"
        "status one number of int32\n"
        "state/[0]/old_stps[0] 2x3 of float32\n"
        "state/[0]/old_stps[1] 2x3 of float32\n"
        "state/[0]/old_dirs[0] 2x3 of float32\n"
        "state/[0]/prev_flat_grad 2x3 of float32\n"
        "state/[1]/old_stps[0] 4x1 of float32\n"
        "state/[1]/old_stps[1] 4x1 of float32\n"
        "state/[1]/old_dirs[0] 4x1 of float32\n"
        "state/[1]/prev_flat_grad 4x1 of float32\n"
        "iterations one number of int64\n"
        "evaluations one number of int64\n"
        "begins one number of boolean\n"
        "first_entry one number of float64\n"
        "has_moved one number of boolean\n"
        "is_search_satisfied one number of boolean\n"
        "count one number of int64\n"
        "scale one number of float64\n"
        "known_scale one number of float64\n"
        "awaits one number of boolean\n");
}

TEST_CASE("Lbfgs refuses a state that cannot be, and stays as it is") {
  CHECK(refusal_after("count", std::int64_t{3}) == "");
  for (const std::int64_t count : {std::int64_t{-1}, std::int64_t{4}, std::int64_t{1} << 40})
    CHECK(refusal_after("count", count).ends_with("' is not possible"));
  CHECK(refusal_after("steps", std::int64_t{-1}).ends_with("' is not possible"));
  CHECK(refusal_after("iterations", std::int64_t{-1}).ends_with("' is not possible"));
  CHECK(refusal_after("status", std::int32_t{7}).ends_with("' is not possible"));
  CHECK(refusal_after("status", std::int32_t{-1}).ends_with("' is not possible"));
  CHECK(refusal_after("learning_rate_factor", -1.0).ends_with("' is not possible"));
  CHECK(refusal_after("learning_rate_factor", std::nan("")).ends_with("' is not possible"));
  CHECK(refusal_after("awaits", static_cast<unsigned char>(9)) ==
        "descent: restore_state: 'awaits' is neither true nor false");

  Tree<double> x = start<double>();
  Optimizer longer(x, Lbfgs{.history = 4}), shorter(x, Lbfgs{.history = 3});
  CHECK(refusal_of([&] {
          restore_state(longer, saved_state(shorter));
        }).starts_with("descent: restore_state: 'state/[0]/old_stps[4]' is missing"));
  CHECK(refusal_of([&] { restore_state(shorter, saved_state(longer)); }) ==
        "descent: restore_state: there is no place for 'state/[0]/old_stps[4]'");
}
