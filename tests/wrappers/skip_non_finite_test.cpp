// SPDX-License-Identifier: MIT
#include "support/bits.hpp"
#include "support/catch.hpp"
#include "support/refusals.hpp"

#include <descent/core/optimizer.hpp>
#include <descent/optimizers/adam.hpp>
#include <descent/optimizers/sgd.hpp>
#include <descent/wrappers/skip_non_finite.hpp>

#include <limits>
#include <stdexcept>
#include <string>

using namespace descent;
using Eigen::VectorXd;
using test::difference;
using test::refusal_of;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
const Sgd plain{.learning_rate = 1};

template <class R>
std::string refusal_of_rule(const R& rule) {
  VectorXd p(2);
  return refusal_of([&] { Optimizer optimizer(p, rule | plain); });
}

}  // namespace

TEST_CASE("a step with NaN or infinity is skipped and counted; after too many in a row it throws") {
  VectorXd p = VectorXd::Ones(40);
  Optimizer optimizer(p, SkipNonFinite{.give_up_after = 2} | Adam{.learning_rate = 0.1});
  VectorXd good = VectorXd::Ones(40), bad = good;
  bad[37] = infinity;
  optimizer.step(p, good);
  const VectorXd before = p;
  optimizer.step(p, bad);
  bad[3] = std::numeric_limits<double>::quiet_NaN();
  optimizer.step(p, bad);
  CHECK(difference(p, before) == "");
  CHECK(optimizer.steps() == 1);
  CHECK(optimizer.rule_state<SkipNonFinite>().skipped == 2);
  CHECK(test::refusal_of<std::runtime_error>([&] { optimizer.step(p, bad); }) ==
        "descent: SkipNonFinite: 2 of 40 elements are not finite, or their squares are not, at step 1, and 2 "
        "tries "
        "before were skipped");
  CHECK(difference(p, before) == "");
  CHECK(optimizer.rule_state<SkipNonFinite>().skipped_in_a_row == 2);
  optimizer.step(p, good);
  CHECK(optimizer.steps() == 2);
  CHECK(optimizer.rule_state<SkipNonFinite>().skipped_in_a_row == 0);
  CHECK(optimizer.rule_state<SkipNonFinite>().skipped == 2);
  CHECK(refusal_of_rule(SkipNonFinite{.give_up_after = -1}) ==
        "descent: SkipNonFinite: give_up_after is -1, must be at least 0 and finite");
}

TEST_CASE("a gradient whose squares overflow is skipped, since second moments would stay infinite") {
  Eigen::VectorXf p = Eigen::VectorXf::Ones(40);
  Optimizer optimizer(p, SkipNonFinite{} | Adam{.learning_rate = 0.1});
  Eigen::VectorXf gradient = p;
  for (const float size : {2e19F, -1e25F, 3e38F}) {
    gradient[5] = size;
    optimizer.step(p, gradient);
  }
  CHECK(optimizer.steps() == 0);
  CHECK(p == Eigen::VectorXf::Ones(40));
  gradient[5] = 1.8e19F;
  optimizer.step(p, gradient);
  CHECK(optimizer.steps() == 1);
}
