// SPDX-License-Identifier: MIT
#include "support/catch.hpp"

#include <descent/descent.hpp>

#include <cmath>

// Properties of the first steps that need no arithmetic: scale invariance, signs, sizes, symmetries.

using namespace descent;
using Eigen::VectorXd;

namespace {

const VectorXd start = VectorXd::LinSpaced(9, -1, 1);
const VectorXd slope = (VectorXd(9) << 0.5, -2, 1e-3, 4, -0.25, 1, -8, 0.125, 3).finished();

template <class R>
VectorXd after(const R& rule, const VectorXd& gradient, int steps = 1) {
  VectorXd p = start;
  Optimizer optimizer(p, rule);
  for (int k = 0; k < steps; ++k) optimizer.step(p, gradient);
  return p;
}

template <class R>
void check_that_the_scale_does_not_matter(const R& rule) {
  const VectorXd plain = after(rule, slope, 3), scaled = after(rule, 1024 * slope, 3);
  CHECK((scaled - plain).cwiseAbs().maxCoeff() < 1e-14);
  CHECK((plain - start).cwiseAbs().minCoeff() > 1e-6);
}

/// Every element must move against its gradient.
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
  const VectorXd signs = slope.array().sign();
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

TEST_CASE("a rate of 0 lets the parameters rest") {
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

TEST_CASE("with a constant rate it does not matter whether the momentum holds the rate") {
  const Sgd without{.learning_rate = 0.25, .momentum = 0.5};
  Sgd with = without;
  with.rate_in_momentum = true;
  CHECK(after(with, slope, 5).isApprox(after(without, slope, 5), 1e-15));
}

TEST_CASE("after many steps a constant gradient gives constant steps") {
  VectorXd p = start;
  Optimizer optimizer(p, Adam{.learning_rate = 0.01, .beta2 = 0.99, .epsilon = 0});
  for (int k = 0; k < 6000; ++k) optimizer.step(p, slope);  // the powers of the betas are 0 now
  const VectorXd before = p;
  optimizer.step(p, slope);
  CHECK((before - p).isApprox(0.01 * VectorXd(slope.array().sign()), 1e-9));
}
