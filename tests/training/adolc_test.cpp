// SPDX-License-Identifier: MIT
#include <descent/training/problem/adolc.hpp>

#include <Eigen/Core>

#include "support/catch.hpp"
#include "training/derivatives.hpp"

#include <stdexcept>
#include <string>
#include <vector>

using namespace descent;
using namespace derivatives_test;

namespace {

const auto adapter = [](const auto& f) { return adolc(f); };
const auto sum_of_cubes = [](const auto& x) {
  return ScalarOf<decltype(x)>((x.array() * x.array() * x.array()).sum());
};

/// What tapestats reports of the tape with the default number.
std::vector<std::size_t> statistics() {
  std::vector<std::size_t> values(STAT_SIZE);
  tapestats(AdolcOptions{}.tag, values.data());
  return values;
}

}  // namespace

TEST_CASE("adolc: exact derivatives for every tree") {
  every_tree(adapter);
  a_network(adapter);
  values_of_float(adapter);
  a_constant(adapter);
}

TEST_CASE("adolc: records again at every call") { branches_of_the_data(adapter); }

TEST_CASE("adolc: a loss that is not finite, and an exception") {
  passes_on_what_is_not_finite(adapter);
  after_an_exception(adapter);
}

TEST_CASE("adolc: the derivatives of abs and sqrt at 0 are 0") {
  Eigen::Vector2d gradient(7, 7);
  const auto objective = adolc([](const auto& x) {
    using std::abs, std::sqrt;
    return ScalarOf<decltype(x)>(abs(x[0]) + sqrt(x[1]));
  });
  CHECK(objective(Eigen::Vector2d(0, 0), gradient) == 0);
  CHECK(gradient == Eigen::Vector2d(0, 0));
}

TEST_CASE("adolc: a thousand calls need no more variables than one") {
  const auto objective = adolc(sum_of_cubes);
  const Eigen::VectorXd x = Eigen::VectorXd::LinSpaced(20, -1, 1);
  Eigen::VectorXd gradient(20);
  objective(x, gradient);
  const auto first = statistics();
  for (int call = 0; call < 1000; ++call) objective(x, gradient);
  CHECK(statistics() == first);
  CHECK(gradient.isApprox(3 * x.cwiseAbs2(), 1e-14));
}

TEST_CASE("adolc: tapes of the program and of other tags are not touched") {
  trace_on(5);
  {
    adouble x, y;
    x <<= 3;
    y = x * x;
    double value = 0;
    y >>= value;
  }
  trace_off();
  const Eigen::Vector2d x(1, 2);
  Eigen::Vector2d gradient;
  adolc(sum_of_cubes, {.tag = 7})(x, gradient);
  CHECK(gradient == Eigen::Vector2d(3, 12));
  double at = 3, slope = 0;
  ::gradient(5, 1, &at, &slope);
  CHECK(slope == 6);
}

TEST_CASE("adolc: a tape that is longer than its memory") {
  const Eigen::VectorXd x = Eigen::VectorXd::LinSpaced(200, -1, 1);
  Eigen::VectorXd gradient(200);
  adolc(sum_of_cubes, {.tag = 8, .operations = 100})(x, gradient);
  CHECK(gradient.isApprox(3 * x.cwiseAbs2(), 1e-14));
  std::vector<std::size_t> values(STAT_SIZE);
  tapestats(8, values.data());
  CHECK(values[OP_FILE_ACCESS] == 1);  // else this test would test nothing
}

TEST_CASE("adolc: refuses to record inside a recording, and options out of range") {
  const Eigen::Vector2d x(1, 2);
  Eigen::Vector2d gradient;
  const auto inner = adolc(sum_of_cubes);
  const auto outer = adolc([&](const auto& v) {
    inner(x, gradient);
    return ScalarOf<decltype(v)>(v[0]);
  });
  CHECK(test::refusal_of<std::logic_error>([&] { outer(x, gradient); }) ==
        "descent: adolc: the loss is computed while ADOL-C records another function; call the objective "
        "outside trace_on and trace_off, and not inside a loss of adolc");
  CHECK(inner(x, gradient) == 9);
  CHECK(training_test::message_of([] { adolc(sum_of_cubes, {.tag = -1}); }) ==
        "descent: adolc: tag is -1, must be in [0, 32767]");
  CHECK(training_test::message_of([] { adolc(sum_of_cubes, {.operations = 0}); }) ==
        "descent: adolc: operations is 0, must be in [1, 1e+09]");
}

TEST_CASE("adolc: minimizes") { minimizes(adapter); }
