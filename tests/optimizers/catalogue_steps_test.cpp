// SPDX-License-Identifier: MIT
#include "support/catch.hpp"
#include "support/small_problems.hpp"

#include <descent/descent.hpp>

#include <vector>

// Properties of the rules beyond Adam and Sgd that need no reference numbers: bounds, scale invariance,
// options with which one rule equals another, and edge values.

using namespace descent;
using Eigen::VectorXd;
using test::after;
using test::after_factors;
using test::check_that_the_scale_does_not_matter;
using test::slope;
using test::start;

namespace {

const std::vector<double> some_factors = {1, -0.5, 2, 0.25, -1, 3};

template <class R>
void check_maximize_and_rest(R rule) {
  rule.maximize = false;
  const VectorXd down = after(rule, slope, 3);
  CHECK(down != start);
  rule.maximize = true;
  CHECK(after(rule, -slope, 3) == down);
  rule.learning_rate = 0;
  CHECK(after(rule, slope, 3) == start);
}

constexpr auto coupled = WeightDecayForm::coupled, decoupled = WeightDecayForm::decoupled,
               fixed = WeightDecayForm::fixed;

/// A parameter of 1 after two steps without slope, with weight decay 0.25 and learning rate 0.5.
template <class R>
double one_after_decay(const R& rule) {
  return test::one_after_decay(rule, 2);
}

}  // namespace

TEST_CASE("to maximize is to minimize the negative, and a rate of 0 changes nothing, in all the catalogue") {
  check_maximize_and_rest(Rprop{});
  check_maximize_and_rest(Asgd{.weight_decay = 0.1});
  check_maximize_and_rest(AdaBelief{.weight_decay = 0.1, .amsgrad = true});
  check_maximize_and_rest(Yogi{.weight_decay = 0.1});
  check_maximize_and_rest(Adan{.weight_decay = 0.1, .cautious = true});
  check_maximize_and_rest(AdEMAMix{.weight_decay = 0.1});
  check_maximize_and_rest(SimplifiedAdEMAMix{.weight_decay = 0.1});
  check_maximize_and_rest(Adopt{.weight_decay = 0.1, .cautious = true});
  check_maximize_and_rest(LaProp{.weight_decay = 0.1, .cautious = true});
  check_maximize_and_rest(LaProp::like_timm());
  check_maximize_and_rest(Mars{.weight_decay = 0.1, .cautious = true});
  check_maximize_and_rest(Mars{.form = MarsForm::lion, .cautious = true});
  check_maximize_and_rest(MadGrad{});
  check_maximize_and_rest(MadGrad{.momentum = 0});
  check_maximize_and_rest(Qhm{.weight_decay = 0.1});
  check_maximize_and_rest(QhAdam{.weight_decay = 0.1});
  check_maximize_and_rest(AggMo{.weight_decay = 0.1});
  check_maximize_and_rest(SignSgd{.weight_decay = 0.1});
  check_maximize_and_rest(Signum{.weight_decay = 0.1});
  check_maximize_and_rest(Grams{.weight_decay = 0.1});
  check_maximize_and_rest(AcProp{.weight_decay = 0.1});
  check_maximize_and_rest(OptimisticGradientDescent{.weight_decay = 0.1});
  check_maximize_and_rest(OptimisticAdam{.weight_decay = 0.1});
  check_maximize_and_rest(Apollo{.weight_decay = 0.1, .weight_decay_form = decoupled});
  check_maximize_and_rest(Cocob{});
  Ftrl up{.maximize = true};
  CHECK(after(up, -slope, 3) == after(Ftrl{}, slope, 3));
}

TEST_CASE("without slope only decay moves, by its form, in all the catalogue") {
  const double once = 1 - 0.5 * 0.25, twice = once * once;
  CHECK(one_after_decay(AdaBelief{}) == twice);
  CHECK(one_after_decay(Yogi{.initial_accumulator = 0}) == twice);
  CHECK(one_after_decay(AdEMAMix{}) == twice);
  CHECK(one_after_decay(SimplifiedAdEMAMix{}) == twice);
  CHECK(one_after_decay(LaProp{}) == twice);
  CHECK(one_after_decay(Mars{}) == twice);
  CHECK(one_after_decay(SignSgd{}) == twice);
  CHECK(one_after_decay(Signum{}) == twice);
  CHECK(one_after_decay(Grams{}) == twice);
  CHECK(one_after_decay(AcProp{}) == twice);
  CHECK(one_after_decay(OptimisticAdam{}) == twice);
  CHECK(one_after_decay(Apollo{.weight_decay_form = decoupled}) == twice);
  CHECK(one_after_decay(Qhm{.weight_decay_form = decoupled}) == twice);
  CHECK(one_after_decay(QhAdam{.weight_decay_form = decoupled}) == twice);
  CHECK(one_after_decay(AggMo{.weight_decay_form = decoupled}) == twice);
  CHECK(one_after_decay(OptimisticGradientDescent{.weight_decay_form = decoupled}) == twice);
  CHECK(one_after_decay(Adan{.proximal = false}) == twice);
  CHECK(one_after_decay(Adan{}) == Approx(1 / (1.125 * 1.125)).epsilon(1e-15));
  CHECK(one_after_decay(Adopt{.weight_decay_form = decoupled}) == once);  // the first step only initialises
  CHECK(one_after_decay(Adopt{.weight_decay_form = decoupled, .decay_at_first = true}) == twice);
  CHECK(one_after_decay(MadGrad{.momentum = 0, .weight_decay_form = decoupled, .epsilon_in_rate = false}) ==
        twice);

  const double fixed_twice = 0.75 * 0.75;
  CHECK(one_after_decay(AdaBelief{.weight_decay_form = fixed}) == fixed_twice);
  CHECK(one_after_decay(Yogi{.initial_accumulator = 0, .weight_decay_form = fixed}) == fixed_twice);
  CHECK(one_after_decay(AdEMAMix{.weight_decay_form = fixed}) == fixed_twice);
  CHECK(one_after_decay(SimplifiedAdEMAMix{.weight_decay_form = fixed}) == fixed_twice);
  CHECK(one_after_decay(Mars{.weight_decay_form = fixed}) == fixed_twice);
  CHECK(one_after_decay(SignSgd{.weight_decay_form = fixed}) == fixed_twice);
  CHECK(one_after_decay(Signum{.weight_decay_form = fixed}) == fixed_twice);
  CHECK(one_after_decay(Grams{.weight_decay_form = fixed}) == fixed_twice);
  CHECK(one_after_decay(AcProp{.weight_decay_form = fixed}) == fixed_twice);
  CHECK(one_after_decay(Apollo{.weight_decay_form = fixed}) == fixed_twice);
  CHECK(one_after_decay(Qhm{.weight_decay_form = fixed}) == fixed_twice);
  CHECK(one_after_decay(QhAdam{.weight_decay_form = fixed}) == fixed_twice);
  CHECK(one_after_decay(AggMo{.weight_decay_form = fixed}) == fixed_twice);
  CHECK(one_after_decay(Adopt{.weight_decay_form = fixed}) == 0.75);
  CHECK(one_after_decay(MadGrad{.momentum = 0, .weight_decay_form = fixed}) == fixed_twice);
  // With coupled decay, it is scaled like any slope.
  CHECK(one_after_decay(SignSgd{.weight_decay_form = coupled}) == 0);
  CHECK(one_after_decay(Signum{.weight_decay_form = coupled}) == 0);
  CHECK(one_after_decay(OptimisticGradientDescent{}) == Approx(once - 0.5 * (2 * 0.25 * once - 0.25)));
}

TEST_CASE("rules beyond Adam that do not see the gradient's scale") {
  check_that_the_scale_does_not_matter(Rprop{});
  check_that_the_scale_does_not_matter(AdaBelief{.learning_rate = 0.01, .epsilon = 0, .epsilon_root = 0});
  check_that_the_scale_does_not_matter(Adan{.learning_rate = 0.01, .epsilon = 0});
  check_that_the_scale_does_not_matter(Adan{.learning_rate = 0.01, .epsilon = 0, .cautious = true});
  check_that_the_scale_does_not_matter(AdEMAMix{.learning_rate = 0.01, .epsilon = 0});
  check_that_the_scale_does_not_matter(SimplifiedAdEMAMix{.learning_rate = 0.01, .alpha = 2, .epsilon = 0});
  check_that_the_scale_does_not_matter(Adopt{.learning_rate = 0.01, .epsilon = 0});
  check_that_the_scale_does_not_matter(LaProp{.learning_rate = 0.01, .epsilon = 0});
  check_that_the_scale_does_not_matter(SignSgd{});
  check_that_the_scale_does_not_matter(Signum{});
  check_that_the_scale_does_not_matter(QhAdam{.learning_rate = 0.01, .nu2 = 0.9, .epsilon = 0});
  check_that_the_scale_does_not_matter(Grams{.learning_rate = 0.01, .epsilon = 0});
  check_that_the_scale_does_not_matter(OptimisticAdam{.learning_rate = 0.01, .epsilon = 0});
  check_that_the_scale_does_not_matter(Apollo{.epsilon = 0, .rebound = ApolloRebound::belief});
  check_that_the_scale_does_not_matter(Cocob{});
  check_that_the_scale_does_not_matter(Mars{.learning_rate = 0.01, .epsilon = 0});  // clipped either way
}

TEST_CASE("options with which a rule equals another one, to the bit") {
  const auto same = [](const auto& a, const auto& b) {
    CHECK(after_factors(a, some_factors) == after_factors(b, some_factors));
  };
  same(Qhm{.learning_rate = 0.01, .nu = 0}, Sgd{.learning_rate = 0.01});
  same(Qhm{.learning_rate = 0.01, .momentum = 0.9, .nu = 1},
       MovingAverage{.momentum = 0.9} | ScaleByLearningRate{0.01});
  same(QhAdam{.beta1 = 0.9, .nu1 = 1, .nu2 = 1}, Adam{});
  same(AggMo{.betas = {0.9}}, Sgd{.learning_rate = 0.01, .momentum = 0.9});
  same(AggMo{.betas = {0}}, Sgd{.learning_rate = 0.01});
  same(AdEMAMix{.alpha = 0}, Adam{});
  same(OptimisticAdam{.alpha = 1, .beta = 0}, Adam{});
  same(OptimisticAdam{.alpha = 1, .beta = 0, .nesterov = true}, NAdam::like_optax());
  same(OptimisticGradientDescent{.alpha = 1, .beta = 0}, Sgd{});
  same(Signum{.momentum = 0}, SignSgd{});
  // Gradients whose norm is below 1 are not clipped.
  CHECK(
      after(Mars{.gamma = 0}, slope / 16, 5) ==
      after(AdamW{.learning_rate = 3e-3, .beta1 = 0.95, .beta2 = 0.99, .weight_decay = 0.0}, slope / 16, 5));
}

TEST_CASE("options with which a rule nearly equals another one") {
  const auto close = [](const auto& a, const auto& b) {
    CHECK((after_factors(a, some_factors) - after_factors(b, some_factors)).cwiseAbs().maxCoeff() < 1e-14);
  };
  // Quasi-hyperbolic momentum with nu = momentum is Nesterov's, with the learning rate times 1 - momentum.
  close(Qhm{.learning_rate = 0.1, .momentum = 0.9, .nu = 0.9},
        Sgd{.learning_rate = 0.01, .momentum = 0.9, .nesterov = true});
  close(LaProp{.beta1 = 0},
        RmsProp{.learning_rate = 4e-4, .decay = 0.999, .epsilon = 1e-15, .bias_correction = true});
  close(LaProp{}, LaProp::like_timm());
  close(SimplifiedAdEMAMix{.beta1 = 0},
        RmsProp{.learning_rate = 1e-4, .decay = 0.95, .bias_correction = true});
  close(Asgd{.lambda = 0}, Sgd{.learning_rate = 0.01});
  close(MadGrad{.momentum = 0}, MadGrad{.momentum = [](std::int64_t) { return 0.0; }});
  // Without penalties the leader takes the steps of Adagrad.
  close(Ftrl{}, ScaleByAdagrad{.epsilon = 1} | ScaleByLearningRate{0.1});
}
