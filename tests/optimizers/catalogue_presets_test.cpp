// SPDX-License-Identifier: MIT
#include "support/catch.hpp"

#include <descent/descent.hpp>

#include <limits>

// The defaults of the rules beyond Adam and Sgd, which are those of their papers, and the changes of the
// presets.

using namespace descent;

namespace {

double value(const Schedule& schedule) {
  CHECK(schedule.is_constant());
  return schedule(0);
}

template <class R>
void check(double rate, double beta1, double beta2, double epsilon) {
  CHECK(value(R{}.learning_rate) == rate);
  CHECK(value(R{}.beta1) == beta1);
  CHECK(value(R{}.beta2) == beta2);
  CHECK(R{}.epsilon == epsilon);
  CHECK(value(R{}.weight_decay) == 0);
  CHECK_FALSE(R{}.maximize);
}

}  // namespace

TEST_CASE("defaults of the relatives of Adam in the catalogue") {
  check<AdaBelief>(1e-3, 0.9, 0.999, 1e-16);
  check<AcProp>(1e-3, 0.9, 0.999, 1e-16);
  check<Yogi>(0.01, 0.9, 0.999, 1e-3);
  check<Adan>(1e-3, 0.98, 0.92, 1e-8);
  check<AdEMAMix>(1e-3, 0.9, 0.999, 1e-8);
  check<SimplifiedAdEMAMix>(1e-4, 0.99, 0.95, 1e-8);
  check<Adopt>(1e-3, 0.9, 0.9999, 1e-6);
  check<LaProp>(4e-4, 0.9, 0.999, 1e-15);
  check<Mars>(3e-3, 0.95, 0.99, 1e-8);
  check<QhAdam>(1e-3, 0.995, 0.999, 1e-8);
  check<Grams>(1e-3, 0.9, 0.999, 1e-6);
  check<OptimisticAdam>(1e-3, 0.9, 0.999, 1e-8);
  CHECK((AdaBelief{}.epsilon_root == 1e-16 && !AdaBelief{}.rectify && AdaBelief{}.degenerate_to_sgd));
  CHECK((value(Adan{}.beta3) == 0.99 && Adan{}.proximal && !Adan{}.cautious));
  CHECK((value(AdEMAMix{}.beta3) == 0.9999 && value(AdEMAMix{}.alpha) == 5));
  CHECK((Adopt{}.clip && Adopt{}.clip_exponent == 0.25 && !Adopt{}.clip_counts_from_one));
  CHECK(Adopt{}.weight_decay_form == WeightDecayForm::coupled);
  CHECK((value(Mars{}.gamma) == 0.025 && Mars{}.form == MarsForm::adamw && !Mars{}.plain_first_step));
  CHECK((value(QhAdam{}.nu1) == 0.7 && value(QhAdam{}.nu2) == 1));
  CHECK((value(OptimisticAdam{}.alpha) == 1 && value(OptimisticAdam{}.beta) == 1));
  CHECK_FALSE(OptimisticAdam{}.nesterov);
}

TEST_CASE("defaults of the others in the catalogue") {
  CHECK((value(Rprop{}.learning_rate) == 0.01 && Rprop{}.eta_minus == 0.5 && Rprop{}.eta_plus == 1.2));
  CHECK((Rprop{}.min_step == 1e-6 && Rprop{}.max_step == 50));
  CHECK((value(Asgd{}.learning_rate) == 0.01 && Asgd{}.lambda == 1e-4 && Asgd{}.alpha == 0.75));
  CHECK(Asgd{}.t0 == 1e6);
  CHECK((value(MadGrad{}.learning_rate) == 0.01 && value(MadGrad{}.momentum) == 0.9));
  CHECK((MadGrad{}.epsilon == 1e-6 && MadGrad{}.epsilon_in_rate));
  CHECK((value(Qhm{}.learning_rate) == 1 && value(Qhm{}.momentum) == 0.999 && value(Qhm{}.nu) == 0.7));
  CHECK((AggMo{}.betas == std::vector<double>{0, 0.9, 0.99}));
  CHECK((value(SignSgd{}.learning_rate) == 1e-3 && value(Signum{}.momentum) == 0.9));
  CHECK((value(Ftrl{}.learning_rate) == 0.1 && Ftrl{}.beta == 1 && Ftrl{}.l1 == 0 && Ftrl{}.l2 == 0));
  CHECK((value(Apollo{}.beta) == 0.9 && Apollo{}.epsilon == 1e-4));
  CHECK((value(Cocob{}.learning_rate) == 1 && Cocob{}.alpha == 100 && Cocob{}.epsilon == 1e-8));
}

TEST_CASE("presets of the catalogue") {
  CHECK((AdaBelief::like_timm().rectify && AdaBelief::like_timm().degenerate_to_sgd));
  CHECK_FALSE((Yogi::like_paper().correct_first_moment || Yogi::like_paper().correct_second_moment));
  CHECK((Adan::like_optax().complementary_weight && !Adan::like_optax().proximal));
  CHECK(Adan::like_optax().epsilon_root == 1e-8);
  CHECK(SimplifiedAdEMAMix::like_pytorch_optimizer().average);
  CHECK(SimplifiedAdEMAMix::like_pytorch_optimizer().divide_by_correction);
  CHECK(Adopt::like_timm().clip_exponent == 0.333);
  CHECK(LaProp::like_timm().rate_in_momentum);
  CHECK((value(Mars::like_timm().beta1) == 0.9 && Mars::like_timm().plain_first_step));
  CHECK(OptimisticAdam::like_optax().nesterov);
  CHECK((AcProp::like_optax().center_on_last && !AcProp{}.center_on_last));
  const Ftrl keras = Ftrl::like_keras();
  CHECK((value(keras.learning_rate) == 1e-3 && keras.beta == 0 && keras.initial_accumulator == 0.1));
  CHECK(keras.start_from_zero);
  const NAdam timm = NAdam::like_timm();
  CHECK((value(timm.learning_rate) == 1e-3 && value(timm.weight_decay) == 0.01 && !timm.correct_ahead));
  CHECK(timm.momentum_decay == std::numeric_limits<double>::infinity());
  CHECK(timm.weight_decay_form == WeightDecayForm::decoupled);
}
