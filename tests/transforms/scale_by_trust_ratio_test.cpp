// SPDX-License-Identifier: MIT
#include "support/catch.hpp"
#include "support/rule_refusals.hpp"

#include <descent/transforms/scale/scale_by_trust_ratio.hpp>

#include <cmath>
#include <limits>

using namespace descent;
using test::must_be_non_negative;
using test::must_be_positive;
using test::rule_refusal;

TEST_CASE("the trust ratio says which option is wrong, and keeps to its bounds") {
  CHECK(rule_refusal(ScaleByTrustRatio{}) == "");
  CHECK(rule_refusal(ScaleByTrustRatio{.coefficient = 0}) == "coefficient is 0" + must_be_positive);
  CHECK(rule_refusal(ScaleByTrustRatio{.epsilon = -1}) == "epsilon is -1" + must_be_non_negative);
  CHECK(rule_refusal(ScaleByTrustRatio{.min_norm = -1}) == "min_norm is -1" + must_be_non_negative);
  CHECK(rule_refusal(ScaleByTrustRatio{.max_ratio = 0}) == "max_ratio is 0, must be greater than 0");
  CHECK(ScaleByTrustRatio{}.ratio(3, 2) == 1.5);
  CHECK(ScaleByTrustRatio{.coefficient = 4, .epsilon = 1}.ratio(3, 2) == 4);
  CHECK(ScaleByTrustRatio{.min_norm = 1}.ratio(0, 0.5) == 1);
  CHECK(ScaleByTrustRatio{.max_ratio = 0.5}.ratio(0, 2) == 0.5);
  CHECK(std::isnan(ScaleByTrustRatio{}.ratio(std::numeric_limits<double>::quiet_NaN(), 2)));
  CHECK(std::isnan(ScaleByTrustRatio{}.ratio(2, std::numeric_limits<double>::quiet_NaN())));
}
