// SPDX-License-Identifier: MIT
#include "support/catch.hpp"
#include "support/rule_refusals.hpp"
#include "support/small_problems.hpp"

#include <descent/transforms/decay/add_cautious_decay.hpp>

using namespace descent;
using Eigen::VectorXd;
using test::after;
using test::must_be_non_negative;
using test::rule_refusal;

TEST_CASE("cautious decay skips elements whose update leads away from 0") {
  const VectorXd p = (VectorXd(6) << 2, 2, -2, -2, 2, 0).finished();
  const VectorXd u = (VectorXd(6) << 1, -1, 1, -1, 0, 1).finished();
  const VectorXd expected = (VectorXd(6) << 1 + 1, -1, 1, -1 - 1, 0 + 1, 1).finished();
  CHECK(after(AddCautiousDecay{.weight_decay = 0.5}, p, u) == p + expected);
  CHECK(rule_refusal(AddCautiousDecay{.weight_decay = -1}) == "weight_decay is -1" + must_be_non_negative);
}
