// SPDX-License-Identifier: MIT
#include "support/bits.hpp"
#include "support/catch.hpp"
#include "support/formula.hpp"
#include "support/option_checks.hpp"
#include "support/refusals.hpp"

#include <descent/core/optimizer.hpp>
#include <descent/optimizers/adamw.hpp>
#include <descent/optimizers/muon.hpp>
#include <descent/optimizers/sgd.hpp>
#include <descent/transforms/clip/clip_by_block_norm.hpp>
#include <descent/transforms/clip/clip_by_global_norm.hpp>
#include <descent/transforms/clip/clip_by_value.hpp>
#include <descent/wrappers/partition.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <tuple>

// Norms that cost no pass: that of the previous step, and one given by the caller.

using descent::AdamW;
using descent::chain;
using descent::ClipByBlockNorm;
using descent::ClipByGlobalNorm;
using descent::Optimizer;
using descent::Sgd;
using Eigen::MatrixXf;
using Eigen::VectorXd;
using test::check_formula;
using test::difference;
using test::must_be_non_negative;
using test::not_a_number;
using test::Numbers;
using test::Real;
using test::refusal_of;
using test::rule_refusal;

namespace {

const ClipByGlobalNorm delayed{.max_norm = 1, .epsilon = 0, .delayed = true};

}  // namespace

TEST_CASE("clipping scales all blocks by one factor, or each by its own") {
  auto tree = std::tuple(Eigen::Vector2d(0, 0), Eigen::Vector2d(0, 0));
  const std::tuple gradient(Eigen::Vector2d(3, 0), Eigen::Vector2d(0, 4));
  Optimizer global(tree, ClipByGlobalNorm{.max_norm = 1, .epsilon = 0});
  global.step(tree, gradient);
  CHECK(std::get<0>(tree)[0] == Approx(0.6));
  CHECK(std::get<1>(tree)[1] == Approx(0.8));
  std::get<0>(tree).setZero();
  std::get<1>(tree).setZero();
  Optimizer each(tree, ClipByBlockNorm{.max_norm = 1, .epsilon = 0});
  each.step(tree, gradient);
  CHECK(std::get<0>(tree)[0] == 1);
  CHECK(std::get<1>(tree)[1] == 1);
  // Norms below the limit leave the update as it is, to the bit.
  std::get<0>(tree).setZero();
  Optimizer wide(tree, ClipByGlobalNorm{.max_norm = 100});
  wide.step(tree, gradient);
  CHECK(std::get<0>(tree)[0] == 3);
}

TEST_CASE("a norm that is NaN shows in every element") {
  Eigen::VectorXd p = Eigen::VectorXd::Zero(3), g = Eigen::VectorXd::Ones(3);
  g[1] = std::nan("");
  Optimizer optimizer(p, ClipByGlobalNorm{});
  optimizer.step(p, g);
  CHECK(p.array().isNaN().all());
}

TEST_CASE("a delayed clip scales by the norm of the step before, and the first step by its own") {
  VectorXd p = VectorXd::Zero(4);
  Optimizer optimizer(p, delayed | Sgd{.learning_rate = 1});
  const auto moved_by = [&](double size) {
    const VectorXd before = p;
    optimizer.step(p, VectorXd::Constant(4, size));  // of norm 2 size
    return before[3] - p[3];
  };
  CHECK(moved_by(2) == Approx(2.0 / 4));
  CHECK(moved_by(8) == Approx(8.0 / 4));
  CHECK(moved_by(1) == Approx(1.0 / 16));
  CHECK(moved_by(0.25) == Approx(0.25 / 2));
  CHECK(moved_by(3) == Approx(3));
  optimizer.reset();
  CHECK(moved_by(4) == Approx(4.0 / 8));
}

TEMPLATE_TEST_CASE("what is measured on the way is what a pass would have measured", "", float, double) {
  // Two steps with one gradient: the delayed clip of the second uses the norm that the exact clip measures.
  using Matrix = test::Matrix<TestType>;
  Numbers<TestType> numbers(3);
  for (Eigen::Index size : {1, 5, 31, 32, 33, 100, 4095, 4096, 4097, 20'000, 70'001}) {
    const Matrix start = numbers.plain_matrix(size, 1), gradient = numbers.plain_matrix(size, 1),
                 other = numbers.plain_matrix(3, 7);
    const auto check = [&](const auto& with_clip) {
      auto after = [&](bool is_delayed) {
        std::tuple parameters(start, other);
        Optimizer optimizer(parameters, with_clip(ClipByGlobalNorm{.max_norm = 0.5, .delayed = is_delayed}));
        for (int k = 0; k < 3; ++k) optimizer.step(parameters, std::tie(gradient, other));
        return parameters;
      };
      const auto exact = after(false), late = after(true);
      CHECK(difference(std::get<0>(late), std::get<0>(exact)) == "");
      CHECK(difference(std::get<1>(late), std::get<1>(exact)) == "");
    };
    for (const bool cautious : {false, true})  // if true, AdamW first measures blocks
      check([&](const ClipByGlobalNorm& clip) {
        return clip | AdamW{.learning_rate = 0.1, .amsgrad = true, .cautious = cautious};
      });
    // Measures what an earlier rule computes, which keeps state.
    check([](const ClipByGlobalNorm& clip) {
      return descent::Trace{.momentum = 0} | clip | AdamW{.learning_rate = 0.1};
    });
  }
}

TEST_CASE("a delayed clip inside a chain measures what comes to it, with the state before it") {
  MatrixXf p = MatrixXf::Zero(9, 5), q = p;
  const auto make = [](bool is_delayed) {
    return chain(descent::Trace{.momentum = 0.5}, ClipByGlobalNorm{.max_norm = 0.1, .delayed = is_delayed},
                 descent::ScaleByLearningRate{1.0});
  };
  Optimizer late(p, make(true)), exact(q, make(false));
  const MatrixXf gradient = MatrixXf::Ones(9, 5);
  late.step(p, gradient);
  exact.step(q, gradient);
  CHECK(difference(p, q) == "");  // the first step measures
  late.step(p, gradient);
  // Momentum grew from 1 to 1.5; the norm in use is that of 1.
  CHECK(p(0, 0) == Approx(-0.1 / std::sqrt(45.0) * (1 + 1.5)));
}

TEST_CASE("a delayed clip before a rule of whole matrices remembers the norm too") {
  std::tuple<MatrixXf, Eigen::VectorXf> p(MatrixXf::Ones(4, 3), Eigen::VectorXf::Ones(2)), q = p;
  const auto make = [](bool is_delayed) {
    return ClipByGlobalNorm{.max_norm = 0.5, .delayed = is_delayed} |
           descent::partition(descent::matrices, descent::Muon{}, Sgd{.learning_rate = 0.1});
  };
  Optimizer late(p, make(true)), exact(q, make(false));
  const std::tuple<MatrixXf, Eigen::VectorXf> gradient(MatrixXf::Identity(4, 3), Eigen::VectorXf::Ones(2));
  for (int k = 0; k < 3; ++k) {
    late.step(p, gradient);
    exact.step(q, gradient);
  }
  CHECK(difference(std::get<0>(p), std::get<0>(q)) == "");
  CHECK(difference(std::get<1>(p), std::get<1>(q)) == "");
}

TEST_CASE("a norm that the caller passes replaces the measurement") {
  const auto rule = ClipByGlobalNorm{.max_norm = 1, .epsilon = 0} | Sgd{.learning_rate = 1};
  VectorXd p = VectorXd::Zero(4);
  Optimizer optimizer(p, rule);
  optimizer.step(p, VectorXd::Constant(4, 3), {.gradient_norm = 10});
  CHECK(p[0] == Approx(-0.3));
  optimizer.step(p, VectorXd::Constant(4, 3), {.loss = 2});  // not given: measured
  CHECK(p[0] == Approx(-0.3 - 0.5));
  optimizer.step(p, VectorXd::Constant(4, 3), {.gradient_norm = 0});
  CHECK(p[0] == Approx(-0.8 - 3));
  CHECK(optimizer.steps() == 3);
}

TEST_CASE("a norm that the caller passes is that of the gradient, not of the update of earlier rules") {
  VectorXd p = VectorXd::Zero(4);
  Optimizer optimizer(
      p, chain(descent::ClipByValue{.max_value = 2}, ClipByGlobalNorm{.max_norm = 1, .epsilon = 0},
               descent::ScaleByLearningRate{1.0}));
  optimizer.step(p, VectorXd::Constant(4, 3), {.gradient_norm = 6});
  CHECK(p[0] == Approx(-2.0 / 4));
}

TEST_CASE("a norm below 0 is refused, and nothing changes") {
  VectorXd p = VectorXd::Zero(4);
  Optimizer optimizer(p, ClipByGlobalNorm{} | AdamW{});
  CHECK(refusal_of([&] { optimizer.step(p, VectorXd::Ones(4), {.gradient_norm = -2}); }) ==
        "descent: AdamW: gradient_norm is -2, must be at least 0");
  CHECK(p.isZero(0));
  CHECK(optimizer.steps() == 0);
}

TEST_CASE("clipping by the norm of the tree, of three equal elements") {
  const Real root = std::sqrt(3.0L);
  auto clipped = [&](Real max_norm, Real epsilon) {
    return [=](Real u, Real, int) { return u * std::min(1.0L, max_norm / (std::abs(u) * root + epsilon)); };
  };
  check_formula(ClipByGlobalNorm{.max_norm = 1}, clipped(1, 1e-6L));
  check_formula(ClipByGlobalNorm{.max_norm = 3, .epsilon = 0}, clipped(3, 0));
}

TEST_CASE("ClipByGlobalNorm says which option is wrong") {
  CHECK(rule_refusal(ClipByGlobalNorm{-1}) == "max_norm is -1, must be greater than 0 and finite");
  CHECK(rule_refusal(ClipByGlobalNorm{.epsilon = not_a_number}) == "epsilon is nan" + must_be_non_negative);
}
