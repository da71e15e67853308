// SPDX-License-Identifier: MIT
// The results of clipping finite gradients whose squares overflow, as in the README.
#include <descent/core/optimizer.hpp>
#include <descent/optimizers/sgd.hpp>
#include <descent/transforms/clip/adaptive_gradient_clipping.hpp>
#include <descent/transforms/clip/clip_by_block_norm.hpp>
#include <descent/transforms/clip/clip_by_block_rms.hpp>
#include <descent/transforms/clip/clip_by_global_norm.hpp>
#include <descent/transforms/clip/clip_by_percentile.hpp>
#include <descent/transforms/clip/clip_by_power_norm.hpp>
#include <descent/transforms/clip/clip_by_value.hpp>

#include "support/catch.hpp"

#include <limits>

using namespace descent;

namespace {

/// The result of clipping a gradient of equal elements.
template <class Clip>
Eigen::MatrixXd clipped(const Clip& clip, double element) {
  Eigen::MatrixXd parameters = Eigen::MatrixXd::Zero(2, 2);
  Optimizer optimizer(parameters, clip | Sgd{.learning_rate = 1});
  optimizer.step(parameters, Eigen::MatrixXd::Constant(2, 2, -element).eval());
  return parameters;
}

template <class Clip>
void check_that_overflow_gives_0(const Clip& clip) {
  CHECK((clipped(clip, 1e150).array() > 0).all());
  CHECK((clipped(clip, 1e200).array() == 0).all());
  CHECK((clipped(clip, std::numeric_limits<double>::quiet_NaN()).array().isNaN()).all());
}

}  // namespace

TEST_CASE("clips by norm set an update to 0 if its squares overflow, and pass on a NaN") {
  check_that_overflow_gives_0(ClipByGlobalNorm{});
  check_that_overflow_gives_0(ClipByBlockNorm{});
  check_that_overflow_gives_0(ClipByBlockRms{});
  check_that_overflow_gives_0(ClipByPowerNorm{.power = 2});
  check_that_overflow_gives_0(AdaptiveGradientClipping{});
  CHECK((clipped(ClipByPowerNorm{.power = 3}, 1e110).array() == 0).all());
}

TEST_CASE("clips that sum no squares keep an update of any finite size, and a percentile shows it") {
  const double infinity = std::numeric_limits<double>::infinity();
  CHECK((clipped(ClipByValue{}, 1e200).array() == 1).all());
  CHECK((clipped(ClipByPowerNorm{.power = infinity}, 1e200).array() == 1).all());
  CHECK((clipped(ClipByPowerNorm{.power = 1}, 1e200).array() == 0.25).all());
  CHECK((clipped(ClipByPercentile{}, 1e200).array().isNaN()).all());
}
