// SPDX-License-Identifier: MIT
#include "support/catch.hpp"

#include <descent/descent.hpp>

#include <algorithm>
#include <cmath>
#include <string>
#include <tuple>
#include <vector>

// Properties of the rules beyond Adam and Sgd that need no reference numbers: bounds, scale invariance,
// limits in which one rule equals another, and edge values.

using namespace descent;
using Eigen::VectorXd;

namespace {

const VectorXd start = VectorXd::LinSpaced(9, -1, 1);
const VectorXd slope = (VectorXd(9) << 0.5, -2, 1e-3, 4, -0.25, 1, -8, 0.125, 3).finished();
const VectorXd signs = slope.array().sign();

template <class R>
VectorXd after(const R& rule, const VectorXd& gradient, int steps = 1) {
  VectorXd p = start;
  Optimizer optimizer(p, rule);
  for (int k = 0; k < steps; ++k) optimizer.step(p, gradient);
  return p;
}

/// The parameters after gradients that are multiples of the slope.
template <class R>
VectorXd after_factors(const R& rule, const std::vector<double>& factors) {
  VectorXd p = start;
  Optimizer optimizer(p, rule);
  for (const double factor : factors) optimizer.step(p, factor * slope);
  return p;
}
const std::vector<double> some_factors = {1, -0.5, 2, 0.25, -1, 3};

template <class R>
void check_that_the_scale_does_not_matter(const R& rule) {
  const VectorXd plain = after(rule, slope, 4), scaled = after(rule, 1024 * slope, 4);
  CHECK((scaled - plain).cwiseAbs().maxCoeff() < 1e-14);
  CHECK((plain - start).cwiseAbs().minCoeff() > 1e-6);
}

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

/// The names of the state, in order.
template <class R>
std::string slots_of(const R& rule) {
  const VectorXd p = VectorXd::Zero(4);
  Optimizer optimizer(p, rule);
  std::string names;
  optimizer.for_each_state([&](const auto&, const std::string& name, const auto&) { names += name + " "; });
  return names;
}

/// One slot of the state after a gradient.
template <class R>
VectorXd slot_after(const R& rule, const VectorXd& gradient, const std::string& wanted) {
  VectorXd p = start, found;
  Optimizer optimizer(p, rule);
  optimizer.step(p, gradient);
  optimizer.for_each_state([&](const auto&, const std::string& name, const auto& values) {
    if (name == wanted) found = Eigen::Map<const VectorXd>(values.data(), values.size());
  });
  REQUIRE(found.size() == gradient.size());
  return found;
}

constexpr auto coupled = WeightDecayForm::coupled, decoupled = WeightDecayForm::decoupled,
               fixed = WeightDecayForm::fixed;

/// A parameter of 1 after two steps without slope, with weight decay 0.25 and learning rate 0.5.
template <class R>
double one_after_decay(R rule) {
  rule.learning_rate = 0.5;
  rule.weight_decay = 0.25;
  VectorXd p = VectorXd::Ones(4);
  Optimizer optimizer(p, rule);
  for (int k = 0; k < 2; ++k) optimizer.step(p, VectorXd::Zero(4));
  CHECK(p.isConstant(p[0], 0));
  return p[0];
}

}  // namespace

TEST_CASE("to maximize is to minimize the negative, and a rate of 0 rests, in all the catalogue") {
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

TEST_CASE("limits in which a rule is another one, to the bit") {
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

TEST_CASE("limits in which a rule is nearly another one") {
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

TEST_CASE("Rprop finds a step size for each parameter") {
  // Two steps of the same sign, a sign change, which takes no step, and one that goes back by the smaller
  // step.
  CHECK((after_factors(Rprop{.learning_rate = 0.5}, {1, 3}) - start).isApprox(-(0.5 + 0.6) * signs, 1e-12));
  CHECK(after_factors(Rprop{.learning_rate = 0.5}, {1, 3, -1}) ==
        after_factors(Rprop{.learning_rate = 0.5}, {1, 3}));
  CHECK((after_factors(Rprop{.learning_rate = 0.5}, {1, 3, -1, -1}) - start)
            .isApprox(-(0.5 + 0.6 - 0.3) * signs, 1e-12));
  // Neither a zero nor the gradient after it changes a step size.
  CHECK((after_factors(Rprop{.learning_rate = 0.5}, {1, 0, -1}) - start).cwiseAbs().maxCoeff() < 1e-15);
  CHECK((after_factors(Rprop{.learning_rate = 0.5, .max_step = 0.25}, {1, 1}) - start)
            .isApprox(-0.5 * signs, 1e-12));
  CHECK((after_factors(Rprop{.learning_rate = 0.5, .min_step = 0.4}, {1, -1, -1}) - start)
            .isApprox(-0.1 * signs, 1e-12));
  const Rprop halving{.learning_rate = [](std::int64_t k) { return k == 0 ? 0.5 : 0.25; }};
  CHECK((after_factors(halving, {1, 1}) - start).isApprox(-(0.5 + 0.3) * signs, 1e-12));
  // Gradients whose product underflows have a sign.
  Eigen::VectorXf tiny = Eigen::VectorXf::Zero(3);
  Optimizer optimizer(tiny, Rprop{.learning_rate = 0.5});
  for (int k = 0; k < 2; ++k) optimizer.step(tiny, Eigen::VectorXf::Constant(3, 1e-30F));
  CHECK(tiny.isConstant(-1.1F));
  CHECK(slots_of(Rprop{}) == "prev step_size ");
  CHECK(Optimizer(tiny, Rprop{.learning_rate = 0.5}).learning_rate() == 0.5);
}

TEST_CASE("Asgd averages its parameters") {
  VectorXd p = start, sum = VectorXd::Zero(9);
  Optimizer optimizer(p, Asgd{.learning_rate = 0.1, .lambda = 0.01, .t0 = 2});
  CHECK(optimizer.evaluation_point(p) == start);
  for (int k = 0; k < 3; ++k) {
    optimizer.step(p, slope + VectorXd::Constant(9, k));
    CHECK(optimizer.evaluation_point(p) == p);
  }
  optimizer.step(p, slope);
  CHECK(optimizer.evaluation_point(p) == p);  // k - t0 = 1
  sum = p;
  for (int n = 2; n <= 4; ++n) {
    optimizer.step(p, -n * slope);
    sum += p;
    CHECK(optimizer.evaluation_point(p).isApprox(sum / n, 1e-11));
  }
  CHECK(slots_of(Asgd{}) == "ax ");
}

TEST_CASE("AdaBelief takes long steps where it is not surprised") {
  // m = (1 - beta1) g and s = (1 - beta2) (beta1 g)^2, both corrected.
  const AdaBelief rule{.learning_rate = 0.01, .epsilon = 0, .epsilon_root = 0};
  CHECK((after(rule, slope) - start).isApprox(-0.01 / 0.9 * signs, 1e-12));
  const AdaBelief plain_first{.rectify = true}, resting_first{.rectify = true, .degenerate_to_sgd = false};
  CHECK((after(plain_first, slope) - start).isApprox(-1e-3 * slope, 1e-11));
  CHECK(after(resting_first, slope) == start);
  CHECK(after(AdaBelief{.beta2 = 0.5, .rectify = true, .degenerate_to_sgd = false}, slope, 50) == start);
  CHECK(slots_of(AdaBelief{.amsgrad = true}) == "exp_avg exp_avg_var max_exp_avg_var ");
  // The variance falls from step to step, its maximum does not: shorter steps.
  const std::vector<double> calmer = {4, 1, 1, 1};
  const AdaBelief forgetting{.beta2 = 0.1}, keeping{.beta2 = 0.1, .amsgrad = true};
  CHECK((after_factors(forgetting, calmer) - start).norm() >
        1.5 * (after_factors(keeping, calmer) - start).norm());
}

TEST_CASE("AcProp scales by what came before the gradient") {
  CHECK((after(AcProp{}, slope) - start).isApprox(-1e-3 * slope, 1e-11));
  const VectorXd before = after_factors(AcProp{}, {1, 0.5, 2});
  const VectorXd moved = after_factors(AcProp{}, {1, 0.5, 2, 1}) - before;
  CHECK((after_factors(AcProp{}, {1, 0.5, 2, 8}) - before).isApprox(8 * moved, 1e-10));
  // s is (0.1 % of) the square of 0.9 g, or of g.
  const auto slot = [](const AcProp& rule) { return slot_after(rule, slope, "exp_avg_var"); };
  CHECK(slot(AcProp{}).isApprox(0.81e-3 * slope.cwiseAbs2(), 1e-9));
  CHECK(slot(AcProp::like_optax()).isApprox(1e-3 * slope.cwiseAbs2(), 1e-9));
  CHECK(slots_of(AcProp{}) == "exp_avg exp_avg_var ");
}

TEST_CASE("Yogi's second moment moves by steps of bounded size") {
  const VectorXd before = VectorXd::Ones(9);
  for (const double size : {0.1, 0.5, 2.0, 100.0}) {
    const VectorXd gradient = VectorXd::Constant(9, size);
    const VectorXd v = slot_after(Yogi{.initial_accumulator = 1}, gradient, "exp_avg_sq");
    const double step = (size > 1 ? 1 : -1) * 1e-3 * size * size;
    CHECK((v - before).isApprox(VectorXd::Constant(9, step), 1e-9));
  }
  CHECK(slot_after(Yogi{.initial_accumulator = 1}, before, "exp_avg_sq") == before);  // sign(0) = 0
  CHECK((after(Yogi::like_paper(), slope) - after(Yogi{}, slope)).cwiseAbs().minCoeff() > 1e-4);
}

TEST_CASE("Adan's first step has the size of the rate, and so have all under a constant slope") {
  const Adan rule{.learning_rate = 0.01, .epsilon = 0};
  CHECK((after(rule, slope) - start).isApprox(-0.01 * signs, 1e-12));
  CHECK((after(rule, slope, 5) - start).isApprox(-0.05 * signs, 1e-11));
  CHECK(slots_of(rule) == "exp_avg exp_avg_diff exp_avg_sq neg_pre_grad ");
  CHECK(slots_of(Adan{.cautious = true}) == slots_of(rule));
  // If all signs agree, `cautious` changes nothing; where the gradient changed sign, the old average is
  // omitted.
  Adan careful = rule;
  careful.cautious = true;
  CHECK((after(careful, slope, 5) - after(rule, slope, 5)).cwiseAbs().maxCoeff() < 1e-15);
  CHECK((after_factors(careful, {1, 1, -0.1}) - after_factors(rule, {1, 1, -0.1})).cwiseAbs().minCoeff() >
        1e-3);
}

TEST_CASE("AdEMAMix warms up") {
  const VectorXd slow = slot_after(AdEMAMix{}, slope, "exp_avg_slow");
  CHECK(slow.isApprox((1 - 0.9999) * slope, 1e-10));
  // The inverse of the logarithm is a tenth of the way from that of beta1 to that of beta3.
  const double log_beta3 = 1 / (0.9 / std::log(0.9) + 0.1 / std::log(0.9999));
  const VectorXd warming = slot_after(AdEMAMix{.beta3_warmup = 10}, slope, "exp_avg_slow");
  CHECK(warming.isApprox((1 - std::exp(log_beta3)) * slope, 1e-10));
  CHECK(slot_after(AdEMAMix{.beta3_warmup = 1}, slope, "exp_avg_slow") == slow);
  CHECK(after(AdEMAMix{.alpha = 5, .alpha_warmup = 10}, slope) == after(AdEMAMix{.alpha = 0.5}, slope));
  CHECK(after(AdEMAMix{.alpha = 5, .alpha_warmup = 1}, slope) == after(AdEMAMix{}, slope));
  CHECK(slots_of(AdEMAMix{}) == "exp_avg exp_avg_slow exp_avg_sq ");
  CHECK(slots_of(SimplifiedAdEMAMix{}) == "exp_avg exp_avg_sq ");
  const auto with_warmup = [](double steps) {
    return SimplifiedAdEMAMix{.beta1_warmup = steps, .min_beta1 = 0.5};
  };
  CHECK(after(with_warmup(3), slope, 2) != after(SimplifiedAdEMAMix{}, slope, 2));
  CHECK(after(with_warmup(1), slope, 3) == after(SimplifiedAdEMAMix{}, slope, 3));
}

TEST_CASE("Adopt looks first, and takes steps of bounded size") {
  CHECK(after(Adopt{}, slope) == start);
  CHECK((after(Adopt{}, slope, 2) - start).isApprox(-1e-4 * signs, 1e-9));  // n = 1, of which a tenth
  const VectorXd jump = after_factors(Adopt{}, {1, 1e6}) - start;
  CHECK(jump.isApprox(-1e-4 * signs, 1e-10));  // clipped at 1
  CHECK((after_factors(Adopt{.clip_counts_from_one = true}, {1, 1e6}) - start)
            .isApprox(-1e-4 * std::pow(2, 0.25) * signs, 1e-10));
  CHECK((after_factors(Adopt{.clip = false}, {1, 1e3}) - start).isApprox(-0.1 * signs, 1e-9));
  CHECK((after_factors(Adopt{.nesterov = true}, {1, 1}) - start).isApprox(-1.9e-4 * signs, 1e-9));
  CHECK(after(Adopt{.epsilon = 0}, VectorXd::Zero(9), 3) == start);
  CHECK(slots_of(Adopt{}) == "exp_avg exp_avg_sq ");
}

TEST_CASE("LaProp's steps are averages of numbers of bounded size") {
  CHECK((after(LaProp{.learning_rate = 0.01, .epsilon = 0}, slope) - start).isApprox(-0.01 * signs, 1e-11));
  CHECK(after(LaProp{.epsilon = 0}, VectorXd::Zero(9), 3) == start);
  // |n| <= sqrt((1 - beta2^t) / (1 - beta2)), reached where all gradients before are 0.
  const double most = std::sqrt((1 - std::pow(0.999, 3)) / 1e-3);
  const LaProp rule{.learning_rate = 0.01, .beta1 = 0, .epsilon = 0};
  CHECK((after_factors(rule, {0, 0, 1}) - start).isApprox(-0.01 * most * signs, 1e-10));
  // A step with a small learning rate has little weight in the next momentum if the momentum contains the
  // learning rate.
  LaProp timm = LaProp::like_timm();
  timm.learning_rate = [](std::int64_t k) { return k == 0 ? 1e-9 : 0.01; };
  timm.beta2 = 0;
  CHECK((after_factors(timm, {-1, 1}) - start).isApprox(-0.01 * signs, 1e-6));
  CHECK(slots_of(LaProp{}) == "exp_avg exp_avg_sq ");
}

TEST_CASE("Mars clips the corrected gradient of each block") {
  const VectorXd large = 1000 * slope;
  const VectorXd m = slot_after(Mars{}, large, "exp_avg");
  CHECK(m.norm() == Approx(0.05).epsilon(1e-12));
  CHECK(slot_after(Mars::like_timm(), large, "exp_avg").norm() == Approx(0.1 * large.norm()).epsilon(1e-12));
  CHECK((after(Mars{.form = MarsForm::lion}, slope) - start).isApprox(-3e-3 * signs, 1e-11));
  // Signs that disagree with the gradient are dropped; the others keep their magnitude.
  const Mars careful{.form = MarsForm::lion, .cautious = true};
  CHECK(after_factors(careful, {1, 1, -1e-3}) == after_factors(careful, {1, 1}));
  CHECK(slots_of(Mars{}) == "last_grad exp_avg exp_avg_sq ");
  CHECK(slots_of(Mars{.amsgrad = true}) == "last_grad exp_avg exp_avg_sq max_exp_avg_sq ");
  CHECK(slots_of(careful) == "last_grad momentum_buffer ");
  // A growing gradient is extrapolated: gamma beta1 / (1 - beta1) = 0.475 of the change.
  VectorXd p = start;
  Optimizer optimizer(p, MarsCorrection{});
  optimizer.step(p, slope);
  CHECK((p - start).isApprox(1.475 * slope, 1e-11));
  const VectorXd before = p;
  optimizer.step(p, 2 * slope);
  CHECK((p - before).isApprox(2.475 * slope, 1e-11));
}

TEST_CASE("MadGrad's first step, from its formula") {
  const double weight = 0.01 + 1e-6;
  const VectorXd expected =
      slope.unaryExpr([&](double g) { return -weight * g / (std::cbrt(weight * g * g) + 1e-6); });
  CHECK((after(MadGrad{.momentum = 0}, slope) - start).isApprox(expected, 1e-11));
  CHECK((after(MadGrad{}, slope) - start).isApprox(0.1 * expected, 1e-11));
  VectorXd with_zeros = slope;
  with_zeros[3] = 0;
  CHECK(after(MadGrad{.momentum = 0, .epsilon = 0}, with_zeros, 3)[3] == start[3]);
  CHECK(after(MadGrad{.epsilon = 0}, with_zeros, 3)[3] == start[3]);
  CHECK(slots_of(MadGrad{}) == "grad_sum_sq s x0 ");
  CHECK(slots_of(MadGrad{.momentum = 0}) == "grad_sum_sq s ");
}

TEST_CASE("AggMo has a velocity for each beta") {
  CHECK(slots_of(AggMo{}) == "momentum_buffer_0 momentum_buffer_1 momentum_buffer_2 ");
  CHECK(slots_of(AggMo{.betas = {0.1, 0.2, 0.3, 0.4, 0.5, 0.6}}) ==
        "momentum_buffer_0 momentum_buffer_1 momentum_buffer_2 momentum_buffer_3 momentum_buffer_4 "
        "momentum_buffer_5 ");
  // After two steps of the same slope velocity i is (1 + beta_i) g.
  const AggMo rule{.learning_rate = 0.01, .betas = {0, 0.25, 0.5, 0.75, 0.5, 0.25}};
  const double mean = (1 + 1.25 + 1.5 + 1.75 + 1.5 + 1.25) / 6;
  CHECK((after(rule, slope, 2) - start).isApprox(-0.01 * (1 + mean) * slope, 1e-11));
}

TEST_CASE("signs: every step has the size of the rate, and nothing moves without slope") {
  CHECK((after(SignSgd{}, slope, 3) - start).isApprox(-3e-3 * signs, 1e-11));
  CHECK((after(Signum{}, slope, 3) - start).isApprox(-3e-3 * signs, 1e-11));
  CHECK(after(SignSgd{}, VectorXd::Zero(9)) == start);
  CHECK(after(Signum{}, VectorXd::Zero(9)) == start);
  // Momentum outweighs one step against it.
  CHECK((after_factors(Signum{}, {1, -0.5}) - start).isApprox(-2e-3 * signs, 1e-11));
  CHECK(slots_of(SignSgd{}) == "");
  CHECK(slots_of(Signum{}) == "momentum_buffer ");
}

TEST_CASE("Grams steps as far as Adam, against the gradient at hand") {
  const Adam adam{.epsilon = 1e-6};
  for (const double last : {1.0, -0.25}) {
    const VectorXd adams = after_factors(adam, {1, 1, last}) - after_factors(adam, {1, 1});
    const VectorXd moved = after_factors(Grams{}, {1, 1, last}) - after_factors(Grams{}, {1, 1});
    CHECK(moved.cwiseAbs().isApprox(adams.cwiseAbs(), 1e-11));
    CHECK((moved.array() * last * slope.array() < 0).all());
  }
  CHECK(after_factors(Grams{}, {1, 0}) == after_factors(Grams{}, {1}));
}

TEST_CASE("Ftrl makes parameters exactly 0") {
  // One gradient does not exceed l1, the two of the last parameters do.
  VectorXd p = VectorXd::Zero(3);
  Optimizer optimizer(p, Ftrl{.learning_rate = 0.5, .l1 = 1, .l2 = 0.25});
  optimizer.step(p, Eigen::Vector3d(0.5, -1, 0.75));
  CHECK(p.isZero(0));
  optimizer.step(p, Eigen::Vector3d(0.25, -1, 0.75));
  const double root1 = std::sqrt(2.0), root2 = std::sqrt(2 * 0.75 * 0.75);
  CHECK(p[0] == 0);
  CHECK(p[1] == Approx((2 - 1) / ((1 + root1) / 0.5 + 0.25)).epsilon(1e-14));
  CHECK(p[2] == Approx(-(1.5 - 1) / ((1 + root2) / 0.5 + 0.25)).epsilon(1e-14));
  optimizer.step(p, Eigen::Vector3d(0, 1.5, 0));  // and back to 0
  CHECK(p[1] == 0);
  CHECK(slots_of(Ftrl{}) == "accumulator linear ");
}

TEST_CASE("Ftrl starts from the parameters, or forgets them") {
  const VectorXd still = after(Ftrl{.l1 = 0.5, .l2 = 0.25, .initial_accumulator = 0.1}, VectorXd::Zero(9), 3);
  CHECK((still - start).cwiseAbs().maxCoeff() < 1e-14);
  CHECK(after(Ftrl{.start_from_zero = true}, VectorXd::Zero(9)).isZero(0));
  CHECK(after(Ftrl::like_keras(), VectorXd::Zero(9)).isZero(0));
  CHECK(after(Ftrl{.beta = 0}, VectorXd::Zero(9)).isZero(0));  // nothing bounds it: no NaN
  // Shrinkage pulls towards 0 without a slope.
  const VectorXd shrunk = after(Ftrl{.l2_shrinkage = 0.5}, VectorXd::Zero(9));
  CHECK(shrunk.isApprox((1 - 0.1) * start, 1e-11));
}

TEST_CASE("optimism settles where plain descent circles") {
  // x y is minimized over x and maximized over y.
  const auto distance_after = [](const auto& rule, int steps) {
    VectorXd x = VectorXd::Ones(1), y = VectorXd::Ones(1);
    Optimizer optimizer(std::tie(x, y), rule);
    for (int k = 0; k < steps; ++k) {
      const VectorXd slope_x = y, slope_y = -x;
      optimizer.step(std::tie(x, y), std::tie(slope_x, slope_y));
    }
    return std::hypot(x[0], y[0]);
  };
  CHECK(distance_after(Sgd{.learning_rate = 0.1}, 300) > 2);
  CHECK(distance_after(OptimisticGradientDescent{.learning_rate = 0.1}, 2000) < 1e-3);
  CHECK(distance_after(OptimisticAdam{.learning_rate = 0.01}, 1000) <
        distance_after(Adam{.learning_rate = 0.01}, 1000));
  CHECK(slots_of(OptimisticGradientDescent{}) == "previous_gradient ");
  CHECK(slots_of(OptimisticAdam{}) == "exp_avg exp_avg_sq previous_gradient ");
}

TEST_CASE("Apollo's first step, and the curvature it learns") {
  // The curvature is unknown at first and bounded below by 0.01, or by the largest gradient.
  CHECK((after(Apollo{}, slope) - start).isApprox(-0.01 * 100 * slope, 1e-11));
  const Apollo believing{.learning_rate = 0.5, .epsilon = 0, .rebound = ApolloRebound::belief};
  CHECK((after(believing, slope) - start).isApprox(-0.5 / 8 * slope, 1e-11));
  CHECK(after(believing, VectorXd::Zero(9), 3) == start);  // 0 / 0 is 0
  // On 3 p^2 / 2 a step along d changes the gradient by 3 rate d: the estimate is 3 rate.
  VectorXd p = VectorXd::Ones(1);
  Optimizer optimizer(p, Apollo{.learning_rate = 1e-3, .beta = 0, .epsilon = 0});
  for (int k = 0; k < 2; ++k) optimizer.step(p, 3 * p);
  optimizer.for_each_state([&](const auto&, const std::string& name, const auto& values) {
    if (name == "approx_hessian") CHECK(std::abs(values(0)) == Approx(3e-3).epsilon(1e-9));
  });
  CHECK(slots_of(Apollo{}) == "exp_avg_grad approx_hessian update ");
}

TEST_CASE("Cocob's first bet is 1 / alpha, whatever the slope, and its rate has no effect") {
  CHECK((after(Cocob{}, slope) - start).isApprox(-0.01 * signs, 1e-10));
  CHECK((after(Cocob{.alpha = 4}, slope) - start).isApprox(-0.25 * signs, 1e-10));
  CHECK(after(Cocob{.learning_rate = 0.25}, slope, 5).isApprox(after(Cocob{}, slope, 5), 1e-10));
  // Bets that win grow.
  CHECK((after(Cocob{}, slope, 200) - start).cwiseAbs().minCoeff() > 2 * 200 * 0.01);
  CHECK(slots_of(Cocob{}) == "init_particles cumulative_gradients scale subgradients reward ");
}
