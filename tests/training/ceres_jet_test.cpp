// SPDX-License-Identifier: MIT
#include <descent/training/problem/ceres_jet.hpp>

#include <Eigen/Core>

#include "support/catch.hpp"
#include "training/derivatives.hpp"

using namespace descent;
using namespace derivatives_test;

namespace {
const auto adapter = [](const auto& f) { return ceres_jet(f); };
const auto one_by_one = [](const auto& f) { return ceres_jet<1>(f); };
const auto by_five = [](const auto& f) { return ceres_jet<5>(f); };
}  // namespace

TEST_CASE("ceres_jet: exact derivatives for every tree, by any number at a time") {
  every_tree(adapter);
  a_network(adapter);
  every_tree(by_five);
  values_of_float(adapter);
  a_constant(one_by_one);
}

TEST_CASE("ceres_jet: evaluates again at every call") {
  branches_of_the_data(adapter);
  branches_of_the_data(one_by_one);
}

TEST_CASE("ceres_jet: a loss that is not finite, and an exception") {
  passes_on_what_is_not_finite(adapter);
  after_an_exception(by_five);
}

TEST_CASE("ceres_jet: evaluates as often as the number of derivatives asks for") {
  int calls = 0;
  const auto count = [&](const auto& x) {
    ++calls;
    return ScalarOf<decltype(x)>(x.sum());
  };
  Eigen::VectorXd x = Eigen::VectorXd::Ones(33), gradient(33);
  ceres_jet(count)(x, gradient);
  CHECK(calls == 3);
  ceres_jet<33>(count)(x, gradient);
  CHECK(calls == 4);
  Eigen::Vector2d pair(1, 2), slope;
  ceres_jet([&](const auto& v) {
    CHECK(ScalarOf<decltype(v)>::DIMENSION == 2);  // no more than the type has
    return count(v);
  })(pair, slope);
  CHECK(calls == 5);
}

TEST_CASE("ceres_jet: minimizes") { minimizes(adapter); }
