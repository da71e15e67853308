// SPDX-License-Identifier: MIT
#include "support/bits.hpp"
#include "support/catch.hpp"
#include "support/refusals.hpp"

#include <descent/core/optimizer.hpp>
#include <descent/optimizers/adafactor.hpp>

#include <limits>

using namespace descent;
using Eigen::MatrixXd;
using Eigen::VectorXd;

namespace {

/// "name rows x columns" of all state.
template <class Block>
std::string state_of(const Block& block, const Adafactor& rule) {
  Optimizer optimizer(block, rule);
  std::string text;
  optimizer.for_each_state([&](const auto&, const std::string& name, const auto& values) {
    text += name + " " + std::to_string(values.rows()) + "x" + std::to_string(values.cols()) + " ";
  });
  return text;
}

MatrixXd after(const Adafactor& rule, MatrixXd p, std::initializer_list<MatrixXd> gradients) {
  Optimizer optimizer(p, rule);
  for (const MatrixXd& gradient : gradients) optimizer.step(p, gradient);
  return p;
}

double rms(const MatrixXd& matrix) { return matrix.norm() / std::sqrt(static_cast<double>(matrix.size())); }

/// The learning rate alone determines its steps.
const Adafactor plain = {.learning_rate = 0.1,
                         .clip_threshold = std::numeric_limits<double>::infinity(),
                         .relative_step = false,
                         .relative_size = false};

}  // namespace

TEST_CASE("Adafactor keeps rows and columns of large matrices, all of other blocks") {
  CHECK(state_of(MatrixXd::Zero(4, 3).eval(), {}) == "row_var 4x1 col_var 3x1 ");
  CHECK(state_of(MatrixXd::Zero(4, 1).eval(), {}) == "row_var 4x1 col_var 1x1 ");
  CHECK(state_of(VectorXd::Zero(4).eval(), {}) == "variance 4x1 ");
  CHECK(state_of(MatrixXd::Zero(4, 3).eval(), {.min_size_to_factor = 4}) == "variance 4x3 ");
  CHECK(state_of(MatrixXd::Zero(4, 3).eval(), {.momentum = 0.9, .min_size_to_factor = 3}) ==
        "momentum_buffer 4x3 row_var 4x1 col_var 3x1 ");
}

TEST_CASE("Adafactor is exact if the squares are the product of a column and a row") {
  test::Numbers<double> numbers(1);
  auto gradient = [&]() -> MatrixXd { return numbers.plain_matrix(5, 1) * numbers.plain_matrix(1, 4); };
  const MatrixXd first = gradient(), start = numbers.plain_matrix(5, 4);
  Adafactor factored = plain, full = plain;
  full.min_size_to_factor = 100;
  CHECK(after(factored, start, {first}).isApprox(after(full, start, {first}), 1e-13));
  CHECK(after(factored, start, {first, 2 * first}).isApprox(after(full, start, {first, 2 * first}), 1e-13));
  const MatrixXd other = gradient();
  CHECK_FALSE(after(factored, start, {first, other}).isApprox(after(full, start, {first, other}), 1e-6));
}

TEST_CASE("Adafactor by its formula") {
  test::Numbers<double> numbers(2);
  const MatrixXd start = numbers.plain_matrix(3, 4);
  for (const bool in_square : {false, true}) {
    const double epsilon = 0.3;
    Adafactor rule = {.learning_rate = 0.9,
                      .beta2_decay = -0.5,
                      .epsilon = epsilon,
                      .clip_threshold = 0.7,
                      .epsilon_in_square = in_square};
    MatrixXd p = start, expected = start;
    VectorXd r = VectorXd::Zero(3), c = VectorXd::Zero(4);
    Optimizer optimizer(p, rule);
    for (int t = 1; t <= 4; ++t) {
      const MatrixXd g = numbers.plain_matrix(3, 4),
                     squares = g.cwiseAbs2().array() + (in_square ? epsilon : 0);
      const double w = std::pow(t, -0.5);
      r = (1 - w) * r + w * squares.rowwise().mean();
      c = (1 - w) * c + w * squares.colwise().mean().transpose();
      const MatrixXd v = r * c.transpose() / (in_square ? r.mean() : std::max(r.mean(), epsilon));
      MatrixXd u = g.array() / v.array().sqrt().max(in_square ? 0 : epsilon);
      u /= std::max(1.0, rms(u) / 0.7);
      expected -= std::min(0.9, 1 / std::sqrt(t)) * std::max(1e-3, rms(expected)) * u;
      optimizer.step(p, g);
      CHECK(optimizer.learning_rate() == Approx(std::min(0.9, 1 / std::sqrt(t + 1.0))));
    }
    CHECK(p.isApprox(expected, 1e-12));
  }
}

TEST_CASE("steps are relative to the size of a block, and no larger than the threshold") {
  test::Numbers<double> numbers(3);
  const MatrixXd start = numbers.plain_matrix(4, 4), gradient = numbers.plain_matrix(4, 4);
  const Adafactor rule{.learning_rate = 0.1, .epsilon = 0};
  const MatrixXd moved = after(rule, start, {gradient}) - start;
  CHECK(rms(moved) <= 0.1 * rms(start) * (1 + 1e-12));
  CHECK((after(rule, 8 * start, {gradient}) - 8 * start).isApprox(8 * moved, 1e-12));
  CHECK((after(rule, start, {1024 * gradient}) - start).isApprox(moved, 1e-12));
  CHECK(rms(after(rule, MatrixXd::Zero(4, 4), {gradient})) == Approx(0.1 * 1e-3).epsilon(0.5));
  Adafactor climbing = rule;
  climbing.maximize = true;
  CHECK(after(climbing, start, {-gradient}) == after(rule, start, {gradient}));
}

TEST_CASE("rows without a gradient rest, also with epsilon 0") {
  MatrixXd gradient = MatrixXd::Ones(3, 3);
  gradient.row(1).setZero();
  for (const bool in_square : {false, true}) {
    Adafactor rule{.epsilon = 0, .epsilon_in_square = in_square};
    const MatrixXd p = after(rule, MatrixXd::Ones(3, 3), {gradient, MatrixXd::Zero(3, 3)});
    CHECK(p.allFinite());
    CHECK(p.row(1) == Eigen::RowVector3d::Ones());
    CHECK(p(0, 0) < 1);
    CHECK(after(rule, MatrixXd::Ones(2, 2), {MatrixXd::Zero(2, 2)}) == MatrixXd::Ones(2, 2));
  }
}

TEST_CASE("what the decay of Adafactor is multiplied by") {
  const MatrixXd start = MatrixXd::Constant(2, 2, 4), none = MatrixXd::Zero(2, 2);
  auto left = [&](AdafactorDecay form, double momentum) {
    return after({.learning_rate = 0.5, .weight_decay = 0.25, .decay_form = form, .momentum = momentum},
                 start, {none})(0, 0) /
           4;
  };
  for (const double momentum : {0.0, 0.9}) {
    CHECK(left(AdafactorDecay::learning_rate, momentum) == Approx(1 - 0.5 * 0.25));
    CHECK(left(AdafactorDecay::step_size, momentum) == Approx(1 - 0.5 * 4 * 0.25));
    CHECK(left(AdafactorDecay::fixed, momentum) == Approx(1 - 0.25));
  }
}

TEST_CASE("Adafactor takes the factor on its rate, the decay included") {
  MatrixXd p = MatrixXd::Ones(2, 2);
  Optimizer optimizer(p, Adafactor{.learning_rate = 0.5, .weight_decay = 0.5, .relative_step = false});
  optimizer.set_learning_rate_factor(0.5);
  optimizer.step(p, MatrixXd::Zero(2, 2));
  CHECK(p(0, 0) == Approx(1 - 0.25 * 0.5));
  CHECK(optimizer.learning_rate() == 0.25);
}

TEST_CASE("what Adafactor refuses") {
  MatrixXd p = MatrixXd::Zero(3, 2);
  auto refusal = [&](const Adafactor& rule) { return test::refusal_of([&] { Optimizer(p, rule); }); };
  CHECK(refusal({.learning_rate = -1}) ==
        "descent: Adafactor: learning_rate is -1, must be at least 0 and finite");
  CHECK(refusal({.beta2_decay = 0.5}) == "descent: Adafactor: beta2_decay is 0.5, must be in (-inf, 0]");
  CHECK(refusal({.epsilon = -1}) == "descent: Adafactor: epsilon is -1, must be at least 0 and finite");
  CHECK(refusal({.min_rms = -1}) == "descent: Adafactor: min_rms is -1, must be at least 0 and finite");
  CHECK(refusal({.clip_threshold = 0}) == "descent: Adafactor: clip_threshold is 0, must be greater than 0");
  CHECK(refusal({.weight_decay = -1}) ==
        "descent: Adafactor: weight_decay is -1, must be at least 0 and finite");
  CHECK(refusal({.momentum = 1}) == "descent: Adafactor: momentum is 1, must be in [0, 1)");
  CHECK(refusal({.min_size_to_factor = 0}) ==
        "descent: Adafactor: min_size_to_factor is 0, must be at least 1 and finite");
  Optimizer optimizer(p, Adafactor{});
  CHECK(test::refusal_of([&] {
          optimizer.set_rule({.min_size_to_factor = 3});
        }).find("set_rule: the new options need other state for block") != std::string::npos);
}

TEST_CASE("presets of Adafactor") {
  const Adafactor torch, optax = Adafactor::like_optax(), keras = Adafactor::like_keras(),
                         timm = Adafactor::like_timm();
  CHECK((torch.learning_rate(0) == 0.01 && torch.beta2_decay == -0.8 && !torch.epsilon.has_value()));
  CHECK((torch.min_size_to_factor == 1 && torch.relative_step && torch.relative_size));
  CHECK(
      (optax.min_size_to_factor == 128 && !optax.relative_step && optax.decay_form == AdafactorDecay::fixed));
  CHECK((keras.learning_rate(0) == 1e-3 && keras.epsilon == 1e-30 && keras.epsilon_in_square));
  CHECK((timm.min_size_to_factor == 17 && timm.decay_form == AdafactorDecay::step_size));
}
