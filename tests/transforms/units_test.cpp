// SPDX-License-Identifier: MIT
#include "support/bits.hpp"
#include "support/catch.hpp"
#include "support/rule_refusals.hpp"
#include "support/small_problems.hpp"

#include <descent/transforms/clip/adaptive_gradient_clipping.hpp>
#include <descent/transforms/clip/clip_by_percentile.hpp>
#include <descent/transforms/clip/clip_by_power_norm.hpp>
#include <descent/transforms/gradient/add_noise.hpp>
#include <descent/transforms/gradient/centralize.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <random>
#include <tuple>
#include <vector>

// Clipping by units, powers and percentiles; subtracting means; noise.

using namespace descent;
using Eigen::MatrixXd;
using Eigen::VectorXd;
using test::after;
using test::rule_refusal;
using test::slope;
using test::start;

namespace {

using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

const MatrixXd weights = (MatrixXd(2, 3) << 3, 0, 4, 0, 0, 0).finished();
const MatrixXd gradient = (MatrixXd(2, 3) << 0.01, 0.02, 0.02, 6, 0, 8).finished();

template <class R, class Matrix>
Matrix change(const R& rule, const Matrix& p, const Matrix& u) {
  Matrix moved = p;
  Optimizer optimizer(moved, rule);
  optimizer.step(moved, u);
  return moved - p;
}

}  // namespace

TEST_CASE("each unit's update is at most a share of its weights, or of the smallest norm") {
  const MatrixXd clipped =
      change(AdaptiveGradientClipping{.max_ratio = 0.01, .smallest_norm = 0.1}, weights, gradient);
  CHECK(clipped.row(0).isApprox(gradient.row(0), 1e-12));  // 0.03 of 0.05
  CHECK(clipped.row(1).isApprox(gradient.row(1) * (0.001 / 10), 1e-12));
  const MatrixXd by_columns = change(AdaptiveGradientClipping::like_optax(), MatrixXd(weights.transpose()),
                                     MatrixXd(gradient.transpose()));
  CHECK(by_columns.row(2).norm() <= 0.05);
  CHECK(by_columns.col(0).isApprox(gradient.row(0).transpose(), 1e-12));
  CHECK(by_columns.col(1).isApprox(gradient.row(1).transpose() * (1e-5 / 10), 1e-12));
}

TEST_CASE("a vector, and a matrix of one row or column, is one unit") {
  const AdaptiveGradientClipping rule{.max_ratio = 0.1};
  const double most = 0.1 * start.norm();
  CHECK((after(rule, start, slope) - start).isApprox(slope * (most / slope.norm()), 1e-12));
  CHECK(change(rule, MatrixXd(start), MatrixXd(slope)).norm() == Approx(most));
  CHECK(change(rule, MatrixXd(start.transpose()), MatrixXd(slope.transpose())).norm() == Approx(most));
}

TEST_CASE("units are told apart alike in both storage orders; zeros and empty blocks are no trouble") {
  const AdaptiveGradientClipping rule{.max_ratio = 0.01};
  const MatrixXd by_columns = change(rule, weights, gradient);
  const RowMajor by_rows = change(rule, RowMajor(weights), RowMajor(gradient));
  CHECK(by_columns == MatrixXd(by_rows));
  CHECK(change(rule, weights, MatrixXd(MatrixXd::Zero(2, 3))) == MatrixXd::Zero(2, 3));
  CHECK(change(rule, MatrixXd(0, 3), MatrixXd(0, 3)).size() == 0);
  CHECK(change(Centralize{}, MatrixXd(2, 0), MatrixXd(2, 0)).size() == 0);
}

TEST_CASE("Centralize keeps the sum of each unit's weights; vectors pass") {
  const MatrixXd by_rows = change(Centralize{}, weights, gradient);
  CHECK(by_rows.rowwise().sum().cwiseAbs().maxCoeff() < 1e-14);
  CHECK(by_rows(1, 0) == Approx(6 - 14.0 / 3));
  const MatrixXd by_columns = change(Centralize{.units = Units::columns}, weights, gradient);
  CHECK(by_columns.colwise().sum().cwiseAbs().maxCoeff() < 1e-14);
  CHECK(after(Centralize{}, VectorXd(VectorXd::Zero(9)), slope) == slope);
}

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

TEST_CASE("a norm of any power is clipped: sums, Euclid, and the largest element") {
  const double infinite = std::numeric_limits<double>::infinity();
  const auto clipped = [](double power, double max_norm) -> VectorXd {
    return after(ClipByPowerNorm{.max_norm = max_norm, .power = power, .epsilon = 0},
                 VectorXd(VectorXd::Zero(9)), slope);
  };
  CHECK(clipped(1, 2).lpNorm<1>() == Approx(2));
  CHECK(clipped(2, 2).norm() == Approx(2));
  CHECK(std::pow(clipped(3, 2).array().abs().pow(3).sum(), 1.0 / 3) == Approx(2));
  CHECK(clipped(infinite, 2).lpNorm<Eigen::Infinity>() == 2);
  for (const double power : {1.0, 2.5, infinite}) CHECK(clipped(power, 1e3) == slope);
  CHECK(after(ClipByPowerNorm{.power = 1.5}, start, VectorXd(VectorXd::Zero(9))) == start);
}

TEST_CASE("the percentile is that of the last norms, between neighbours in proportion") {
  VectorXd p = VectorXd::Zero(1);
  Optimizer optimizer(p, ClipByPercentile{.percentile = 25, .window = 4});
  const auto step = [&](double norm) {
    p.setZero();
    optimizer.step(p, VectorXd::Constant(1, norm));
    return p[0];
  };
  CHECK(step(8) == 8);             // of 8
  CHECK(step(4) == 4);             // of 4 8: 5
  CHECK(step(16) == Approx(6));    // of 4 8 16: 6
  CHECK(step(2) == 2);             // of 2 4 8 16: 3.5
  CHECK(step(32) == Approx(3.5));  // of 2 4 16 32: 2 + 0.75 * 2
  CHECK(step(0) == 0);
  CHECK(std::isnan(step(std::nan(""))));
  CHECK(step(64) == Approx(1.5));  // of 0 2 32 64: NaN is not in the window
}

TEST_CASE("the window of a percentile may change: it holds the norms of the last steps, never others") {
  std::mt19937 random(3);
  VectorXd p = VectorXd::Zero(1);
  ClipByPercentile rule{.percentile = 50, .window = 4};
  Optimizer optimizer(p, rule);
  std::vector<double> norms;
  for (int k = 0; k < 600; ++k) {
    if (random() % 10 == 0)
      optimizer.set_rule(rule = {.percentile = 50, .window = 1 + static_cast<int>(random() % 100)});
    norms.push_back(static_cast<double>(1 + random() % 1000));
    p.setZero();
    optimizer.step(p, VectorXd::Constant(1, norms.back()));
    const auto count = std::min(norms.size(), static_cast<std::size_t>(rule.window));
    std::vector<double> last(norms.end() - static_cast<std::ptrdiff_t>(count), norms.end());
    std::sort(last.begin(), last.end());
    const double median = 0.5 * (last[(count - 1) / 2] + last[count / 2]);
    CAPTURE(k, rule.window);
    REQUIRE(p[0] == Approx(std::min(norms.back(), median)));
  }
}

TEST_CASE("clipping, means and noise say which option is wrong") {
  using Agc = AdaptiveGradientClipping;
  CHECK(rule_refusal(Agc{}) == "");
  CHECK(rule_refusal(Agc{.max_ratio = 0}) == "max_ratio is 0" + test::must_be_positive);
  CHECK(rule_refusal(Agc{.smallest_norm = -1}) == "smallest_norm is -1" + test::must_be_non_negative);
  CHECK(rule_refusal(AddNoise{.variance = -1}) == "variance is -1" + test::must_be_non_negative);
  CHECK(rule_refusal(AddNoise{.decay = -1}) == "decay is -1" + test::must_be_non_negative);
  CHECK(rule_refusal(ClipByPercentile{.percentile = 0}) == "percentile is 0, must be in (0, 100]");
  CHECK(rule_refusal(ClipByPercentile{.window = 0}) == "window is 0, must be in [1, 100]");
  CHECK(rule_refusal(ClipByPercentile{.window = 101}) == "window is 101, must be in [1, 100]");
  CHECK(rule_refusal(ClipByPowerNorm{.power = 0.5}) == "power is 0.5, must be at least 1");
  CHECK(rule_refusal(ClipByPowerNorm{.max_norm = 0}) == "max_norm is 0" + test::must_be_positive);
  CHECK(rule_refusal(ClipByPowerNorm{.epsilon = -1}) == "epsilon is -1" + test::must_be_non_negative);
}
