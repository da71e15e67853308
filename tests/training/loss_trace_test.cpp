// SPDX-License-Identifier: MIT
#include "support/catch.hpp"

#include <descent/training/diagnose/loss_trace.hpp>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

using descent::detail::LossTrace;

namespace {

LossTrace trace_of(const std::vector<double>& losses) {
  LossTrace trace;
  for (const double loss : losses) trace.add(loss);
  return trace;
}

/// Values that fall with noise.
std::vector<double> noisy_losses(std::size_t count) {
  std::mt19937_64 random(3);
  std::vector<double> losses;
  for (std::size_t k = 0; k < count; ++k)
    losses.push_back(2 - 0.01 * static_cast<double>(k) +
                     std::ldexp(static_cast<double>(random() >> 11), -54));
  return losses;
}

std::vector<double> scaled(std::vector<double> losses, double factor) {
  for (double& loss : losses) loss *= factor;
  return losses;
}

LossTrace::Mean whole(const std::vector<double>& losses) {
  const LossTrace trace = trace_of(losses);
  return trace.estimate(0, trace.bins());
}

}  // namespace

TEST_CASE("loss trace: the mean and its error are those of the values, whatever their size") {
  const std::vector<double> small = noisy_losses(80);
  const LossTrace::Mean expected = whole(small);
  double mean = 0, squares = 0;
  for (const double loss : small) mean += loss / 80;
  for (const double loss : small) squares += (loss - mean) * (loss - mean);
  CHECK(expected.mean == Approx(mean));
  CHECK(expected.error == Approx(std::sqrt(squares / 80 / 79)));
  for (const double unit : {1e-300, 1e200, 1e307}) {
    const LossTrace::Mean estimate = whole(scaled(small, unit));
    CHECK(estimate.mean / unit == Approx(expected.mean));
    CHECK(estimate.error / unit == Approx(expected.error));
  }
  std::vector<double> shifted = small;
  for (double& loss : shifted) loss += 1e9;
  CHECK(whole(shifted).error == Approx(expected.error).epsilon(1e-4));
}

TEST_CASE("loss trace: at most 64 bins, each the mean of equally many values") {
  LossTrace trace;
  for (int k = 0; k < 64; ++k) trace.add(k);
  CHECK(trace.bins() == 64);
  CHECK(trace.means(0, 3) == std::vector<double>{0, 1, 2});
  trace.add(64);  // full: pairs become one bin
  CHECK(trace.bins() == 33);
  CHECK(trace.means(0, 3) == std::vector<double>{0.5, 2.5, 4.5});
  CHECK(trace.means(32, 33) == std::vector<double>{64});
  CHECK(trace.count() == 65);
  CHECK(trace.values_before(32) == 64);
  CHECK(trace.values_before(33) == 65);
  for (int k = 65; k < 5000; ++k) trace.add(k);
  CHECK(trace.bins() <= 64);
  CHECK(trace.estimate(0, trace.bins()).mean == Approx(4999.0 / 2));
}

TEST_CASE("loss trace: the last part, and the best part before it") {
  std::vector<double> losses;
  for (int k = 0; k < 64; ++k) losses.push_back(k < 20 ? 5 : k < 40 ? 1 : 3);
  const LossTrace trace = trace_of(losses);
  CHECK(trace.span() == 10);  // at least ten values
  CHECK(trace.now().mean == 3);
  CHECK(trace.now().count == 10);
  CHECK(trace.best().mean == 1);
  CHECK(trace.end_of_best() == 30);  // the first part as good as that
  CHECK(trace.best().error == 0);
}

TEST_CASE("loss trace: of no values and of one there is no error") {
  CHECK(std::isnan(LossTrace().now().mean));
  CHECK(std::isinf(LossTrace().now().error));
  CHECK(whole({7}).mean == 7);
  CHECK(std::isinf(whole({7}).error));
  CHECK(whole({7}).count == 1);
}
