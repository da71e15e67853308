// SPDX-License-Identifier: MIT
#include "support/catch.hpp"
#include "support/refusals.hpp"

#include <descent/core/base/finite.hpp>
#include <descent/core/optimizer.hpp>
#include <descent/linalg/scale_for_squares.hpp>
#include <descent/optimizers/lamb.hpp>
#include <descent/optimizers/sgd.hpp>
#include <descent/optimizers/soap.hpp>
#include <descent/transforms/clip/clip_by_power_norm.hpp>
#include <descent/wrappers/dynamic_loss_scale.hpp>
#include <descent/wrappers/skip_non_finite.hpp>

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <type_traits>

// Properties that must also hold under -ffast-math, where compilers assume that every number is finite:
// .ci/run compiles this folder with clang and that flag. The tests make and recognise numbers that are not
// finite by their bits.

using namespace descent;

namespace {

template <class S>
using Vector = Eigen::Matrix<S, Eigen::Dynamic, 1>;

/// NaN of both signs, a NaN with unusual bits, infinity of both signs.
template <class S>
std::vector<S> not_finite() {
  std::vector<S> numbers;
  if constexpr (std::is_same_v<S, float>) {
    for (const std::uint32_t bits : {0x7fc00000U, 0xffc00000U, 0x7f800001U, 0x7f800000U, 0xff800000U})
      numbers.push_back(std::bit_cast<float>(bits));
  } else {
    for (const std::uint64_t bits : {0x7ff8000000000000U, 0xfff8000000000000U, 0x7ff0000000000001U,
                                     0x7ff0000000000000U, 0xfff0000000000000U})
      numbers.push_back(std::bit_cast<double>(bits));
  }
  return numbers;
}

/// The number of steps that a rule takes with one bad number in the gradient, for all block sizes, positions
/// and bad numbers.
template <class S, class R>
int steps_with_bad_numbers(const R& rule) {
  int taken = 0;
  for (const Eigen::Index size : {1, 2, 3, 7, 16, 40})
    for (Eigen::Index place = 0; place < size; ++place)
      for (const S bad : not_finite<S>()) {
        Vector<S> p = Vector<S>::Ones(size), gradient = p;
        Optimizer optimizer(p, rule);
        gradient[place] = bad;
        optimizer.step(p, gradient);
        taken += static_cast<int>(optimizer.steps());
        if (p != Vector<S>::Ones(size)) ++taken;
      }
  return taken;
}

}  // namespace

TEMPLATE_TEST_CASE("bits tell what is not finite", "", float, double) {
  using S = TestType;
  using Limits = std::numeric_limits<S>;
  for (const S bad : not_finite<S>()) CHECK_FALSE(is_finite(bad));
  for (const S good : {S(0), -S(0), Limits::max(), Limits::lowest(), Limits::denorm_min()})
    CHECK(is_finite(good));
  for (const S bad : not_finite<S>()) {
    Vector<S> values = Vector<S>::Ones(5);
    CHECK(detail::has_finite_entries(values));
    values[3] = bad;
    CHECK_FALSE(detail::has_finite_entries(values));
    CHECK(detail::scale_for_squares(bad) == 1);
  }
}

TEMPLATE_TEST_CASE("SkipNonFinite and DynamicLossScale skip every gradient that is not finite", "", float,
                   double) {
  using S = TestType;
  CHECK(steps_with_bad_numbers<S>(SkipNonFinite{} | Sgd{}) == 0);
  CHECK(steps_with_bad_numbers<S>(DynamicLossScale{} | Sgd{}) == 0);
  Vector<S> p = Vector<S>::Ones(40), gradient = std::sqrt(std::numeric_limits<S>::max()) * p;
  Optimizer optimizer(p, SkipNonFinite{} | Sgd{.learning_rate = 0});
  optimizer.step(p, gradient);  // the largest number whose square is finite
  CHECK(optimizer.steps() == 1);
  gradient *= S(1.001);
  optimizer.step(p, gradient);
  CHECK(optimizer.steps() == 1);
}

TEST_CASE("options that are not finite are refused, or stand for none") {
  Vector<float> p = Vector<float>::Ones(3);
  for (const double bad : not_finite<double>())
    CHECK(test::refusal_of([&] { Optimizer(p, Sgd{.learning_rate = bad}); }).find("learning_rate is ") !=
          std::string::npos);
  const double infinity = not_finite<double>()[3];
  const Vector<float> gradient = (Vector<float>(3) << 1, -4, 2).finished();
  Optimizer clipping(
      p, ClipByPowerNorm{.max_norm = 1, .power = infinity, .epsilon = 0} | Sgd{.learning_rate = 1});
  clipping.step(p, gradient);
  CHECK(p.isApprox(Vector<float>::Ones(3) - gradient / 4));
  Optimizer lamb(p, Lamb{.max_gradient_norm = infinity});
  lamb.step(p, gradient);
  CHECK(detail::has_finite_entries(p));
}

TEMPLATE_TEST_CASE("Soap keeps its bases if a gradient is not finite", "", float, double) {
  using S = TestType;
  using Block = Eigen::Matrix<S, Eigen::Dynamic, Eigen::Dynamic>;
  for (const S bad : not_finite<S>()) {
    Block p = Block::Ones(40, 30), gradient = Block::Random(40, 30);
    Optimizer optimizer(p, Soap{.refresh_every = 2});
    for (int k = 0; k < 3; ++k) optimizer.step(p, gradient);
    gradient(7, 11) = bad;
    for (int k = 0; k < 5; ++k) optimizer.step(p, gradient);
    optimizer.for_each_state([](const std::string&, const std::string& name, const auto& values) {
      if (name == "Q_0" || name == "Q_1") CHECK((values.transpose() * values).eval().isIdentity(S(1e-3)));
    });
  }
}
