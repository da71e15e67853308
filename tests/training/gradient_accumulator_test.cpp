// SPDX-License-Identifier: MIT
#include <descent/core/optimizer.hpp>
#include <descent/optimizers/sgd.hpp>
#include <descent/training/problem/gradient_accumulator.hpp>

#include "support/bits.hpp"
#include "support/catch.hpp"
#include "support/refusals.hpp"
#include "training/support.hpp"

#include <Eigen/Core>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <random>
#include <tuple>
#include <vector>

using namespace descent;
using namespace training_test;
using Eigen::bfloat16;
using Eigen::half;
using Eigen::Vector2d;
using Eigen::VectorXd;
using test::refusal_of;

namespace {

template <class S>
using Vector = Eigen::Matrix<S, Eigen::Dynamic, 1>;

/// The mean of a number of equal gradients.
template <class S>
double mean_of_equal(double value, int count) {
  const Vector<S> gradient = Vector<S>::Constant(2, static_cast<S>(value));
  GradientAccumulator accumulator(gradient, {.every = count});
  for (int k = 1; k < count; ++k) accumulator.add(gradient);
  REQUIRE(accumulator.add(gradient));
  return static_cast<double>(accumulator.gradient()[1]);
}

}  // namespace

TEST_CASE("an accumulator makes one gradient of several, and refuses another shape") {
  const std::tuple<VectorXd, Vector2d> model(VectorXd::Zero(3), Vector2d::Zero());
  GradientAccumulator mean(model, {.every = 2});
  GradientAccumulator sum(model,
                          {.every = [](std::int64_t made) { return made == 0 ? 1.0 : 2.0; }, .mean = false});
  const std::tuple<VectorXd, Vector2d> one(VectorXd::Ones(3), Vector2d(1, 2)),
      three(VectorXd::Constant(3, 3), Vector2d(3, 2));
  CHECK_FALSE(mean.add(one));
  CHECK(mean.count() == 1);
  CHECK(mean.add(three));
  CHECK(std::get<0>(mean.gradient())[2] == 2);
  CHECK(std::get<1>(mean.gradient())[0] == 2);
  CHECK_FALSE(mean.add(three));
  mean.clear();
  CHECK_FALSE(mean.add(one));
  CHECK(sum.add(one));
  CHECK_FALSE(sum.add(one));
  CHECK(sum.add(three));
  CHECK(std::get<0>(sum.gradient())[0] == 4);
  CHECK(
      refusal_of([&] { mean.add(std::tuple<VectorXd, Vector2d>(VectorXd::Ones(4), Vector2d(1, 2))); }) ==
      "descent: GradientAccumulator: block '[0]' of the gradient has a different shape from the parameters");
  CHECK(mean.count() == 1);
  CHECK(refusal_of([&] { GradientAccumulator wrong(model, {.every = 0.5}); }) ==
        "descent: GradientAccumulator: every is 0.5, must be at least 1");
}

TEST_CASE("accumulator: half precision is summed in float") {
  CHECK(mean_of_equal<half>(20000, 4) == 20000);
  CHECK(mean_of_equal<half>(1, 4096) == 1);
  for (const double value : {1.0, 1.5, 0.01, 3e38}) {
    const auto rounded = static_cast<double>(static_cast<bfloat16>(value));
    CHECK(mean_of_equal<bfloat16>(value, 128) == rounded);
  }
}

TEMPLATE_TEST_CASE("accumulator: the mean of equal gradients is that gradient, of any size", "", half,
                   bfloat16, float, double) {
  const auto largest = static_cast<double>(Eigen::NumTraits<TestType>::highest());
  for (const double value : {1.0, -0.3, 0.9 * largest, -0.9 * largest, 1e-6})
    for (const int count : {1, 2, 3, 7, 64, 100}) {
      CAPTURE(value, count);
      const auto rounded = static_cast<double>(static_cast<TestType>(value));
      const double of_a_sum = count * static_cast<double>(Eigen::NumTraits<TestType>::epsilon());
      const double precision = detail::is_narrow<TestType> ? 0 : of_a_sum;
      CHECK(mean_of_equal<TestType>(value, count) == Approx(rounded).epsilon(precision));
    }
}

TEMPLATE_TEST_CASE("accumulator: the mean of any gradients is rounded once in half precision", "", half,
                   bfloat16) {
  std::mt19937 random(5);
  const Vector<TestType> zero = Vector<TestType>::Zero(3);
  GradientAccumulator accumulator(zero, {.every = 50});
  GradientAccumulator sum(zero, {.every = 50, .mean = false});
  GradientAccumulator of_floats(zero, {.every = 50});
  for (int window = 0; window < 20; ++window) {
    Eigen::Vector3d total = Eigen::Vector3d::Zero();
    for (int k = 0; k < 50; ++k) {
      const Vector<TestType> gradient = Vector<TestType>::NullaryExpr(3, [&](Eigen::Index) {
        return static_cast<TestType>(static_cast<float>(random() % 2000) / 100 - 5);
      });
      total += gradient.template cast<double>();
      REQUIRE(accumulator.add(gradient) == (k == 49));
      sum.add(gradient);
      of_floats.add(Eigen::VectorXf(gradient.template cast<float>()));
    }
    const Eigen::Vector3d mean = total / 50;
    CHECK(accumulator.gradient() == mean.cast<float>().cast<TestType>());
    CHECK(of_floats.gradient() == accumulator.gradient());
    CHECK(sum.gradient() == total.cast<float>().cast<TestType>());
  }
}

TEST_CASE("accumulator: element types may be mixed in a tree") {
  using Tree = std::tuple<Vector<half>, VectorXd, Eigen::Array<bfloat16, Eigen::Dynamic, Eigen::Dynamic>>;
  const Tree gradient(Vector<half>::Constant(2, half(50000)), VectorXd::Constant(3, 1.5e308),
                      Eigen::Array<bfloat16, Eigen::Dynamic, Eigen::Dynamic>::Constant(2, 2, bfloat16(3)));
  GradientAccumulator accumulator(gradient, {.every = 3});
  for (int k = 0; k < 3; ++k) accumulator.add(gradient);
  CHECK(std::get<0>(accumulator.gradient())[1] == half(50000));
  CHECK(std::get<1>(accumulator.gradient())[2] == 1.5e308);
  CHECK(std::get<2>(accumulator.gradient())(1, 1) == bfloat16(3));
}

TEST_CASE("accumulator: an incomplete window gives its mean") {
  const VectorXd one = VectorXd::Ones(2);
  GradientAccumulator accumulator(one, {.every = 4}), sum(one, {.every = 4, .mean = false});
  GradientAccumulator endless(one, {.every = 1e300});
  CHECK_FALSE(accumulator.finish());
  for (const double size : {1.0, 2.0, 6.0}) {
    CHECK_FALSE(accumulator.add(size * one));
    sum.add(size * one);
    CHECK_FALSE(endless.add(size * one));
  }
  CHECK(accumulator.finish());
  CHECK(accumulator.gradient()[0] == 3);
  CHECK(accumulator.count() == 0);
  CHECK_FALSE(accumulator.finish());
  CHECK(sum.finish());
  CHECK(sum.gradient()[1] == 9);
  CHECK(endless.finish());
  CHECK(endless.gradient()[0] == 3);
  accumulator.add(one);
  accumulator.clear();
  CHECK_FALSE(accumulator.finish());
  for (int k = 0; k < 4; ++k) CHECK(accumulator.add(8 * one) == (k == 3));
  CHECK(accumulator.gradient()[0] == 8);
  CHECK_FALSE(accumulator.finish());
  const Vector<half> halves = Vector<half>::Constant(1, half(30000));
  GradientAccumulator narrow(halves, {.every = 100});
  for (int k = 0; k < 3; ++k) narrow.add(halves);
  CHECK(narrow.finish());
  CHECK(narrow.gradient()[0] == half(30000));
}

TEST_CASE("accumulator: windows that finish early count as windows") {
  const VectorXd one = VectorXd::Ones(1);
  GradientAccumulator accumulator(one,
                                  {.every = [](std::int64_t windows) { return windows == 0 ? 3.0 : 2.0; }});
  accumulator.add(one);
  CHECK(accumulator.finish());
  CHECK_FALSE(accumulator.add(one));
  CHECK(accumulator.add(one));
}

TEST_CASE("accumulator: a gradient is added as a whole or not at all") {
  const std::tuple<VectorXd, Vector2d> model(VectorXd::Zero(3), Vector2d::Zero());
  const std::tuple<VectorXd, Vector2d> one(VectorXd::Ones(3), Vector2d(1, 1));
  GradientAccumulator accumulator(model, {.every = 2});
  accumulator.add(one);
  bool breaks = true;
  const auto element = [&](Eigen::Index k) {
    if (breaks && k == 1) throw Interruption{};
    return 3.0;
  };
  const std::tuple lazy(VectorXd::Constant(3, 3.0), Vector2d::NullaryExpr(2, element));
  CHECK_THROWS_AS(accumulator.add(lazy), Interruption);
  CHECK(accumulator.count() == 1);
  breaks = false;
  CHECK(accumulator.add(lazy));
  CHECK(std::get<0>(accumulator.gradient()) == VectorXd::Constant(3, 2));
  CHECK(std::get<1>(accumulator.gradient()) == Vector2d(2, 2));
  breaks = true;
  CHECK_THROWS_AS(accumulator.add(lazy), Interruption);  // as the first of a window
  CHECK(accumulator.count() == 0);
  CHECK(std::get<0>(accumulator.gradient()) == VectorXd::Constant(3, 2));
}

TEST_CASE("accumulator: what is wrong is named, and changes nothing") {
  const std::vector<VectorXd> model(2, VectorXd::Zero(2));
  GradientAccumulator accumulator(model,
                                  {.every = [](std::int64_t windows) { return windows == 0 ? 2.0 : 0.0; }});
  accumulator.add(model);
  CHECK(message_of([&] { accumulator.add(std::vector<VectorXd>(3, VectorXd::Zero(2))); }) ==
        "descent: GradientAccumulator: the gradient has another number of blocks");
  CHECK(
      message_of([&] { accumulator.add(std::vector<VectorXd>(2, VectorXd::Zero(3))); }) ==
      "descent: GradientAccumulator: block '[0]' of the gradient has a different shape from the parameters");
  CHECK(accumulator.count() == 1);
  CHECK(accumulator.add(model));
  CHECK(message_of([&] { accumulator.add(model); }) ==
        "descent: GradientAccumulator: every is 0, must be at least 1");
  CHECK(message_of([&] { GradientAccumulator(model, {.every = HUGE_VAL}); }) ==
        "descent: GradientAccumulator: every is inf, must be at least 1");
}
