// SPDX-License-Identifier: MIT
#include "support/catch.hpp"

#include <descent/optimizers/dadapt_adam.hpp>
#include <descent/optimizers/fromage.hpp>
#include <descent/optimizers/lamb.hpp>
#include <descent/optimizers/lars.hpp>
#include <descent/optimizers/novograd.hpp>
#include <descent/optimizers/prodigy.hpp>
#include <descent/optimizers/schedule_free_adamw.hpp>
#include <descent/optimizers/stable_adamw.hpp>
#include <descent/transforms/clip/adaptive_gradient_clipping.hpp>

#include <cmath>

// The defaults of rules that measure, and the changes of their presets.

using namespace descent;

TEST_CASE("defaults of rules that measure blocks") {
  CHECK((Lamb{}.learning_rate(0) == 1e-3 && Lamb{}.beta1(0) == 0.9 && Lamb{}.beta2(0) == 0.999));
  CHECK((Lamb{}.epsilon == 1e-6 && Lamb{}.weight_decay(0) == 0 && std::isinf(Lamb{}.max_gradient_norm)));
  CHECK((Lars{}.learning_rate(0) == 1 && Lars{}.momentum(0) == 0.9 && Lars{}.coefficient == 1e-3));
  CHECK((NovoGrad{}.beta1(0) == 0.9 && NovoGrad{}.beta2(0) == 0.25 && NovoGrad{}.epsilon == 1e-6));
  CHECK((StableAdamW{}.beta2(0) == 0.99 && StableAdamW{}.weight_decay(0) == 0.01));
  CHECK((Fromage{}.learning_rate(0) == 0.01 && std::isinf(Fromage{}.norm_bound)));
}

TEST_CASE("presets of rules that measure") {
  const Lamb timm = Lamb::like_timm(), keras = Lamb::like_keras();
  CHECK((timm.max_gradient_norm == 1 && timm.adapt_only_decayed && timm.weight_decay(0) == 0.01));
  CHECK((keras.epsilon == 1e-7 && keras.decoupled_decay));
  const Lars optax = Lars::like_optax(), plain = Lars::like_timm();
  CHECK((optax.epsilon == 0 && optax.ratio_of_sum && optax.rate_in_momentum && !optax.adapt_only_decayed));
  CHECK((plain.momentum(0) == 0 && plain.adapt_only_decayed && plain.epsilon == 1e-8));
  const NovoGrad novograd = NovoGrad::like_timm();
  CHECK((novograd.beta1(0) == 0.95 && novograd.beta2(0) == 0.98 && novograd.epsilon == 1e-8));
  CHECK(novograd.start_at_gradient);
  CHECK(Fromage::like_optax().min_norm == 1e-6);
  CHECK((Prodigy::like_optax().bias_correction && DAdaptAdam::like_optax().bias_correction));
  CHECK((ScheduleFreeAdamW::like_keras().rate_power == 0));
  CHECK(AdaptiveGradientClipping::like_optax().units == Units::columns);
}
