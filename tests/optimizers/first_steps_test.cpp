// SPDX-License-Identifier: MIT
#include "support/catch.hpp"
#include "support/small_problems.hpp"

#include <descent/descent.hpp>

// What is known of the first steps without any arithmetic: scale invariance, signs, sizes, symmetries.

using namespace descent;
using Eigen::VectorXd;
using test::after;
using test::check_that_the_scale_does_not_matter;
using test::signs;
using test::slope;
using test::start;

namespace {

/// Every element moves against its gradient.
template <class R>
void check_that_it_goes_down(const R& rule) {
  const VectorXd moved = after(rule, slope) - start;
  CHECK((moved.array() * slope.array() < 0).all());
}

template <class R>
void check_that_maximize_turns_the_gradient(R rule) {
  rule.maximize = false;
  const VectorXd down = after(rule, slope, 3);
  rule.maximize = true;
  CHECK(after(rule, -slope, 3) == down);
}

template <class R>
void check_that_a_rate_of_zero_rests() {
  CHECK(after(R{.learning_rate = 0}, slope, 3) == start);
}

}  // namespace

TEST_CASE("adaptive rules without epsilon do not see the gradient's scale") {
  check_that_the_scale_does_not_matter(Adam{.learning_rate = 0.01, .epsilon = 0});
  check_that_the_scale_does_not_matter(Adam{.learning_rate = 0.01, .epsilon = 0, .amsgrad = true});
  check_that_the_scale_does_not_matter(AdamW{.learning_rate = 0.01, .epsilon = 0});
  check_that_the_scale_does_not_matter(NAdam{.learning_rate = 0.01, .epsilon = 0});
  check_that_the_scale_does_not_matter(Adamax{.learning_rate = 0.01, .epsilon = 0});
  check_that_the_scale_does_not_matter(RmsProp{.learning_rate = 0.01, .epsilon = 0});
  check_that_the_scale_does_not_matter(Adagrad{.learning_rate = 0.01, .epsilon = 0});
  check_that_the_scale_does_not_matter(Lion{.learning_rate = 0.01});
  check_that_the_scale_does_not_matter(ClipByGlobalNorm{.max_norm = 0.01, .epsilon = 0} |
                                       Sgd{.learning_rate = 1});
}

TEST_CASE(
    "the first step of Adam, AdamW without decay, NAdam's relatives and Lion has the size of the rate") {
  CHECK(after(Adam{.learning_rate = 0.01, .epsilon = 0}, slope).isApprox(start - 0.01 * signs, 1e-14));
  CHECK(after(AdamW{.learning_rate = 0.01, .epsilon = 0, .weight_decay = 0.0}, slope)
            .isApprox(start - 0.01 * signs, 1e-14));
  CHECK(after(Adamax{.learning_rate = 0.01, .epsilon = 0}, slope).isApprox(start - 0.01 * signs, 1e-14));
  CHECK(after(Adagrad{.learning_rate = 0.01, .epsilon = 0}, slope).isApprox(start - 0.01 * signs, 1e-14));
  CHECK(after(Lion{.learning_rate = 0.01}, slope).isApprox(start - 0.01 * signs, 1e-14));
  CHECK(after(Lion{.learning_rate = 0.01}, VectorXd::Zero(9)) == start);
}

TEST_CASE("the first step goes down") {
  check_that_it_goes_down(Sgd{.momentum = 0.9});
  check_that_it_goes_down(Adam{});
  check_that_it_goes_down(NAdam{});
  check_that_it_goes_down(RAdam{});
  check_that_it_goes_down(Adamax{});
  check_that_it_goes_down(RmsProp{.momentum = 0.5, .centered = true});
  check_that_it_goes_down(Adagrad{});
  check_that_it_goes_down(Adadelta{});
  check_that_it_goes_down(Lion{});
}

TEST_CASE("to maximize is to minimize the negative") {
  check_that_maximize_turns_the_gradient(Sgd{.momentum = 0.9, .weight_decay = 0.1});
  check_that_maximize_turns_the_gradient(Adam{.weight_decay = 0.1});
  check_that_maximize_turns_the_gradient(AdamW{.amsgrad = true});
  check_that_maximize_turns_the_gradient(NAdam{});
  check_that_maximize_turns_the_gradient(RAdam{});
  check_that_maximize_turns_the_gradient(Adamax{});
  check_that_maximize_turns_the_gradient(RmsProp{.momentum = 0.5, .weight_decay = 0.1});
  check_that_maximize_turns_the_gradient(Adagrad{});
  check_that_maximize_turns_the_gradient(Adadelta{});
  check_that_maximize_turns_the_gradient(Lion{.cautious = true});
}

TEST_CASE("a rate of 0 leaves the parameters as they are") {
  check_that_a_rate_of_zero_rests<Sgd>();
  check_that_a_rate_of_zero_rests<Adam>();
  check_that_a_rate_of_zero_rests<AdamW>();
  check_that_a_rate_of_zero_rests<NAdam>();
  check_that_a_rate_of_zero_rests<RAdam>();
  check_that_a_rate_of_zero_rests<Adamax>();
  check_that_a_rate_of_zero_rests<RmsProp>();
  check_that_a_rate_of_zero_rests<Adagrad>();
  check_that_a_rate_of_zero_rests<Adadelta>();
  check_that_a_rate_of_zero_rests<Lion>();
}

TEST_CASE("options that switch something off give the simpler rule, to the bit") {
  CHECK(after(Sgd{.momentum = 0.9, .dampening = 0}, slope, 3) ==
        after(Trace{.momentum = 0.9} | ScaleByLearningRate{}, slope, 3));
  CHECK(after(AdamW{.weight_decay = 0.0}, slope, 3) == after(Adam{}, slope, 3));
  CHECK(after(Sgd{.learning_rate = 0.1, .weight_decay = 0.0}, slope) ==
        after(Sgd{.learning_rate = 0.1, .weight_decay = [](std::int64_t) { return 0.0; }}, slope));
  CHECK(after(RmsProp{.rate_in_momentum = true}, slope, 3) == after(RmsProp{}, slope, 3));
  CHECK(after(Adam{.beta1 = [](std::int64_t) { return 0.9; }}, slope, 3) == after(Adam{}, slope, 3));
}
