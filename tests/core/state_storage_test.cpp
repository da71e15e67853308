// SPDX-License-Identifier: MIT
#include "support/bits.hpp"
#include "support/catch.hpp"

#include <descent/core/optimizer.hpp>
#include <descent/optimizers/adamw.hpp>
#include <descent/optimizers/rmsprop.hpp>
#include <descent/optimizers/sgd.hpp>
#include <descent/transforms/clip/clip_by_block_norm.hpp>
#include <descent/transforms/clip/clip_by_global_norm.hpp>

#include <cmath>
#include <vector>

// State in half the bytes: the effect of rounding on one number, and on training.

using descent::AdamW;
using descent::Optimizer;
using descent::StateInBfloat16;
using Eigen::bfloat16;
using Eigen::MatrixXf;
using Eigen::VectorXf;
using test::difference;
using test::Numbers;

namespace {

std::vector<MatrixXf> numbers_in_blocks(unsigned seed, std::initializer_list<Eigen::Index> lengths) {
  Numbers<float> numbers(seed);
  std::vector<MatrixXf> blocks;
  for (const Eigen::Index length : lengths) blocks.push_back(numbers.plain_matrix(length, 1));
  return blocks;
}

VectorXf end_to_end(const std::vector<MatrixXf>& blocks) {
  Eigen::Index size = 0;
  for (const auto& block : blocks) size += block.size();
  VectorXf all(size);
  size = 0;
  for (const auto& block : blocks) {
    all.segment(size, block.size()) = block.reshaped();
    size += block.size();
  }
  return all;
}

template <class R>
VectorXf after_steps(const R& rule, std::vector<MatrixXf> parameters, const std::vector<MatrixXf>& gradient,
                     std::uint64_t seed) {
  Optimizer optimizer(parameters, rule, StateInBfloat16{.seed = seed});
  for (int k = 0; k < 5; ++k) optimizer.step(parameters, gradient);
  return end_to_end(parameters);
}

/// What is left of a quadratic of curvatures 1 to 100 after Adam's steps, from 10 in each direction.
template <class TakeSteps>
double quadratic_after(TakeSteps take_steps) {
  const Eigen::Index n = 100;
  const VectorXf curvature =
      VectorXf::LinSpaced(n, 0, 2).unaryExpr([](float x) { return std::pow(10.0F, x); });
  VectorXf p = VectorXf::Constant(n, 10);
  take_steps(p, curvature);
  return 0.5 * (curvature.array() * p.array().square()).cast<double>().sum();
}

}  // namespace

TEST_CASE("state in bfloat16 is half as large, and is shown as what it is") {
  VectorXf p = VectorXf::Ones(40), g = VectorXf::Ones(40);
  Optimizer optimizer(p, descent::RmsProp{.momentum = 0.5, .initial_square_avg = 0.5}, StateInBfloat16{});
  int slots = 0;
  optimizer.for_each_state([&](const std::string&, const std::string& name, const auto& values) {
    static_assert(std::is_same_v<typename std::remove_cvref_t<decltype(values)>::Scalar, bfloat16>);
    static_assert(sizeof(values(0)) == 2);
    ++slots;
    CHECK(static_cast<float>(values(39)) == (name == "square_avg" ? 0.5F : 0.0F));
  });
  CHECK(slots == 2);
  optimizer.step(p, g);
  optimizer.reset();
  optimizer.for_each_state([&](const std::string&, const std::string& name, const auto& values) {
    CHECK(static_cast<float>(values(0)) == (name == "square_avg" ? 0.5F : 0.0F));
  });
}

TEST_CASE("rounded state does not depend on where an element is, nor on how its memory lies") {
  const auto rule = descent::ClipByGlobalNorm{1.0} | AdamW{.learning_rate = 0.1, .amsgrad = true};
  const auto whole = numbers_in_blocks(1, {77}), gradient = numbers_in_blocks(2, {77});
  const VectorXf expected = after_steps(rule, whole, gradient, 9);
  CHECK(difference(after_steps(rule, whole, gradient, 9), expected) == "");
  CHECK(difference(after_steps(rule, whole, gradient, 10), expected) != "");
  // In double sums, a cut changes the norm by rounding only if it changes the chunks; these share one.
  const std::vector<MatrixXf> cut = {whole[0].topRows(32), whole[0].bottomRows(45)},
                              gradient_cut = {gradient[0].topRows(32), gradient[0].bottomRows(45)};
  CHECK(difference(after_steps(AdamW{.learning_rate = 0.1}, cut, gradient_cut, 9),
                   after_steps(AdamW{.learning_rate = 0.1}, whole, gradient, 9)) == "");
  MatrixXf buffer = MatrixXf::Zero(154, 1);
  auto strided = Eigen::Map<VectorXf, 0, Eigen::InnerStride<2>>(buffer.data(), 77);
  strided = whole[0];
  Optimizer optimizer(strided, rule, StateInBfloat16{.seed = 9});
  for (int k = 0; k < 5; ++k) optimizer.step(strided, gradient[0]);
  CHECK(difference(strided, expected) == "");
}

TEST_CASE("a copy goes on with the same bits, and so does an optimizer whose state was carried over") {
  VectorXf p = VectorXf::LinSpaced(50, -1, 1), g = VectorXf::LinSpaced(50, 2, -3);
  Optimizer optimizer(p, descent::Sgd{.learning_rate = 0.01, .momentum = 0.9}, StateInBfloat16{.seed = 4});
  for (int k = 0; k < 7; ++k) optimizer.step(p, g);
  auto copy = optimizer;
  VectorXf q = p;
  for (int k = 0; k < 7; ++k) {
    optimizer.step(p, g);
    copy.step(q, g);
  }
  CHECK(difference(p, q) == "");
}

TEST_CASE("a rule that measures blocks takes state in bfloat16") {
  VectorXf p = VectorXf::Ones(70), g = VectorXf::Ones(70);
  Optimizer optimizer(p, descent::ClipByBlockNorm{1.0} | AdamW{.learning_rate = 0.1}, StateInBfloat16{});
  optimizer.step(p, g);
  CHECK(std::abs(p[69] - 0.899F) < 1e-3F);
}

TEST_CASE("an average whose changes fall below half a unit goes on in bfloat16") {
  // An average that goes from 0 to 1 with a decay of 0.999: rounded to nearest it stops at about 1 / 4, where
  // a step of 0.001 (1 - v) is less than half a unit in the last place, 2^-10 for v in [1/4, 1/2).
  bfloat16 nearest(0.0F);
  VectorXf p = VectorXf::Zero(2000), g = VectorXf::Ones(2000);
  Optimizer optimizer(p, descent::RmsProp{.learning_rate = 1e-4, .decay = 0.999}, StateInBfloat16{.seed = 1});
  for (int k = 0; k < 5000; ++k) {
    nearest = static_cast<bfloat16>(static_cast<float>(nearest) * 0.999F + 0.001F);
    optimizer.step(p, g);
  }
  const double expected = 1 - std::pow(0.999, 5000);
  CHECK(static_cast<double>(static_cast<float>(nearest)) < 0.5 * expected);
  optimizer.for_each_state([&](const std::string&, const std::string&, const auto& values) {
    CHECK(values.template cast<double>().mean() == Approx(expected).epsilon(0.02));
  });
}

TEST_CASE("bfloat16 descends like float on a quadratic where moments rounded to nearest would stall") {
  const AdamW rule{.learning_rate = 0.01, .weight_decay = 0};
  auto with = [&](auto make) {
    return quadratic_after([&](VectorXf& p, const VectorXf& curvature) {
      auto optimizer = make(p);
      for (int k = 0; k < 3000; ++k) optimizer.step(p, curvature.cwiseProduct(p));
    });
  };
  const double in_float = with([&](VectorXf& p) { return Optimizer(p, rule); });
  const double in_bfloat16 = with([&](VectorXf& p) { return Optimizer(p, rule, StateInBfloat16{}); });
  // The same by hand, rounded to nearest: 0.999 v rounds back to v, and steps stay as small as at first.
  const double to_nearest = quadratic_after([](VectorXf& p, const VectorXf& curvature) {
    Eigen::Array<bfloat16, Eigen::Dynamic, 1> m = Eigen::ArrayXf::Zero(p.size()).cast<bfloat16>(), v = m;
    for (int k = 1; k <= 3000; ++k) {
      const Eigen::ArrayXf g = curvature.cwiseProduct(p).array();
      m = (0.9F * m.cast<float>() + 0.1F * g).cast<bfloat16>();
      v = (0.999F * v.cast<float>() + 0.001F * g.square()).cast<bfloat16>();
      const float c1 = 1 / (1 - std::pow(0.9F, static_cast<float>(k))),
                  c2 = 1 / (1 - std::pow(0.999F, static_cast<float>(k)));
      p.array() -= 0.01F * c1 * m.cast<float>() / ((c2 * v.cast<float>()).sqrt() + 1e-8F);
    }
  });
  CAPTURE(in_float, in_bfloat16, to_nearest);
  CHECK(in_float < 1e-2);
  CHECK(in_bfloat16 < 2e-2);
  CHECK(to_nearest > 0.2);
}
