// SPDX-License-Identifier: MIT
#include "support/catch.hpp"
#include "support/rule_refusals.hpp"
#include "support/small_problems.hpp"

#include <descent/core/optimizer.hpp>
#include <descent/transforms/gradient/add_noise.hpp>

#include <cmath>
#include <tuple>

using namespace descent;
using Eigen::MatrixXd;
using test::change;
using test::must_be_non_negative;
using test::rule_refusal;

namespace {

using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

const MatrixXd weights = (MatrixXd(2, 3) << 3, 0, 4, 0, 0, 0).finished();
const MatrixXd gradient = (MatrixXd(2, 3) << 0.01, 0.02, 0.02, 6, 0, 8).finished();

}  // namespace

TEST_CASE("noise is normal, fades, and is the same for the same seed, step, block and place") {
  const MatrixXd zeros = MatrixXd::Zero(60, 50);
  const AddNoise rule{.variance = 4, .decay = 1, .seed = 7};
  const MatrixXd noise = change(rule, zeros, zeros);
  CHECK(std::abs(noise.mean()) < 0.15);
  CHECK(noise.squaredNorm() / 3000 == Approx(4).epsilon(0.1));
  CHECK((noise.array().abs() < 2).count() == Approx(3000 * 0.6827).epsilon(0.05));
  CHECK(MatrixXd(change(rule, RowMajor(zeros), RowMajor(zeros))) == noise);
  CHECK(change(AddNoise{.variance = 4, .decay = 1, .seed = 8}, zeros, zeros) != noise);

  std::tuple<MatrixXd, MatrixXd> p(zeros, zeros);
  Optimizer optimizer(p, rule);
  optimizer.step(p, std::tuple(zeros, zeros));
  CHECK(std::get<0>(p) == noise);
  CHECK(std::get<1>(p) != noise);
  const MatrixXd first = std::get<0>(p);
  optimizer.step(p, std::tuple(zeros, zeros));
  const MatrixXd second = std::get<0>(p) - first;
  CHECK(second.squaredNorm() / 3000 == Approx(2).epsilon(0.1));
  CHECK(std::abs(second.cwiseProduct(first).sum()) / 3000 < 0.3);
  optimizer.reset();
  std::get<0>(p).setZero();
  optimizer.step(p, std::tuple(zeros, zeros));
  CHECK(std::get<0>(p) == noise);
}

TEST_CASE("noise of variance 0 is none") {
  CHECK(change(AddNoise{.variance = 0}, weights, gradient) == MatrixXd((weights + gradient) - weights));
}

TEST_CASE("AddNoise says which option is wrong") {
  CHECK(rule_refusal(AddNoise{.variance = -1}) == "variance is -1" + must_be_non_negative);
  CHECK(rule_refusal(AddNoise{.decay = -1}) == "decay is -1" + must_be_non_negative);
}
