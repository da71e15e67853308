// SPDX-License-Identifier: MIT
#include <descent/io/checkpoint/rule_text.hpp>
#include <descent/transforms/clip/adaptive_gradient_clipping.hpp>
#include <descent/transforms/clip/clip_by_block_norm.hpp>
#include <descent/transforms/clip/clip_by_block_rms.hpp>
#include <descent/transforms/clip/clip_by_global_norm.hpp>
#include <descent/transforms/clip/clip_by_percentile.hpp>
#include <descent/transforms/clip/clip_by_power_norm.hpp>
#include <descent/transforms/clip/clip_by_value.hpp>
#include <descent/transforms/decay/add_cautious_decay.hpp>
#include <descent/transforms/decay/add_decayed_weights.hpp>
#include <descent/transforms/decay/decay_after_step.hpp>
#include <descent/transforms/decay/decay_gradient.hpp>
#include <descent/transforms/gradient/add_noise.hpp>
#include <descent/transforms/gradient/centralize.hpp>
#include <descent/transforms/gradient/mars_correction.hpp>
#include <descent/transforms/gradient/negate.hpp>
#include <descent/transforms/gradient/optimistic_gradient.hpp>
#include <descent/transforms/gradient/take_gradient_sign.hpp>
#include <descent/transforms/matrix/orthogonalize.hpp>
#include <descent/transforms/matrix/scale_by_factored_rms.hpp>
#include <descent/transforms/matrix/scale_by_kron.hpp>
#include <descent/transforms/matrix/scale_by_shampoo.hpp>
#include <descent/transforms/matrix/scale_by_sm3.hpp>
#include <descent/transforms/matrix/scale_by_soap.hpp>
#include <descent/transforms/momentum/cautious.hpp>
#include <descent/transforms/momentum/moving_average.hpp>
#include <descent/transforms/momentum/quasi_hyperbolic_momentum.hpp>
#include <descent/transforms/momentum/trace.hpp>
#include <descent/transforms/project/project_to_ball.hpp>
#include <descent/transforms/project/project_to_box.hpp>
#include <descent/transforms/project/project_to_simplex.hpp>
#include <descent/transforms/scale/scale_by_acprop.hpp>
#include <descent/transforms/scale/scale_by_adabelief.hpp>
#include <descent/transforms/scale/scale_by_adadelta.hpp>
#include <descent/transforms/scale/scale_by_adagrad.hpp>
#include <descent/transforms/scale/scale_by_adam.hpp>
#include <descent/transforms/scale/scale_by_adamax.hpp>
#include <descent/transforms/scale/scale_by_adan.hpp>
#include <descent/transforms/scale/scale_by_ademamix.hpp>
#include <descent/transforms/scale/scale_by_adopt.hpp>
#include <descent/transforms/scale/scale_by_amsgrad.hpp>
#include <descent/transforms/scale/scale_by_apollo.hpp>
#include <descent/transforms/scale/scale_by_laprop.hpp>
#include <descent/transforms/scale/scale_by_learning_rate.hpp>
#include <descent/transforms/scale/scale_by_lion.hpp>
#include <descent/transforms/scale/scale_by_nadam.hpp>
#include <descent/transforms/scale/scale_by_novograd.hpp>
#include <descent/transforms/scale/scale_by_parameter_rms.hpp>
#include <descent/transforms/scale/scale_by_qhadam.hpp>
#include <descent/transforms/scale/scale_by_radam.hpp>
#include <descent/transforms/scale/scale_by_rms.hpp>
#include <descent/transforms/scale/scale_by_rprop.hpp>
#include <descent/transforms/scale/scale_by_sign.hpp>
#include <descent/transforms/scale/scale_by_simplified_ademamix.hpp>
#include <descent/transforms/scale/scale_by_sophia.hpp>
#include <descent/transforms/scale/scale_by_stable_adam.hpp>
#include <descent/transforms/scale/scale_by_standard_deviation.hpp>
#include <descent/transforms/scale/scale_by_trust_ratio.hpp>
#include <descent/transforms/scale/scale_by_yogi.hpp>
#include <descent/transforms/whole_step/average_with_falling_rate.hpp>
#include <descent/transforms/whole_step/bet_coins.hpp>
#include <descent/transforms/whole_step/dadapt_adam_step.hpp>
#include <descent/transforms/whole_step/dadapt_sgd_step.hpp>
#include <descent/transforms/whole_step/follow_the_leader.hpp>
#include <descent/transforms/whole_step/freeze.hpp>
#include <descent/transforms/whole_step/prodigy_step.hpp>
#include <descent/transforms/whole_step/scale_by_dog.hpp>
#include <descent/transforms/whole_step/scale_by_dowg.hpp>
#include <descent/transforms/whole_step/schedule_free.hpp>

#include "support/catch.hpp"

#include <string>

// The options of transformations that are not set, in the order of their fields, as their comments have them.

using namespace descent;

namespace {

template <class Rule>
std::string defaults_of() {
  return detail::rule_texts(Rule{}).front().text();
}

}  // namespace

TEST_CASE("transformations have the documented defaults") {
  CHECK(defaults_of<AdaptiveGradientClipping>() == "AdaptiveGradientClipping{0.01, 0.001, 0}");
  CHECK(defaults_of<ClipByBlockNorm>() == "ClipByBlockNorm{1, 1e-06, false}");
  CHECK(defaults_of<ClipByBlockRms>() == "ClipByBlockRms{1}");
  CHECK(defaults_of<ClipByGlobalNorm>() == "ClipByGlobalNorm{1, 1e-06, false}");
  CHECK(defaults_of<ClipByPercentile>() == "ClipByPercentile{10, 100}");
  CHECK(defaults_of<ClipByPowerNorm>() == "ClipByPowerNorm{1, 1, 1e-06}");
  CHECK(defaults_of<ClipByValue>() == "ClipByValue{1}");
  CHECK(defaults_of<AddCautiousDecay>() == "AddCautiousDecay{0.01}");
  CHECK(defaults_of<AddDecayedWeights>() == "AddDecayedWeights{0.01}");
  CHECK(defaults_of<SubtractDecayedWeights>() == "SubtractDecayedWeights{0.01}");
  CHECK(defaults_of<DecayAfterStep>() == "DecayAfterStep{0.001, 0.01, false}");
  CHECK(defaults_of<DecayGradient>() == "DecayGradient{0.01}");
  CHECK(defaults_of<AddNoise>() == "AddNoise{0.01, 0.55, 0}");
  CHECK(defaults_of<Centralize>() == "Centralize{0}");
  CHECK(defaults_of<MarsCorrection>() == "MarsCorrection{0.95, 0.025, false}");
  CHECK(defaults_of<Negate>() == "Negate{true}");
  CHECK(defaults_of<OptimisticGradient>() == "OptimisticGradient{1, 1}");
  CHECK(defaults_of<TakeGradientSign>() == "TakeGradientSign{}");
  CHECK(defaults_of<Orthogonalize>() ==
        "Orthogonalize{5, {{3.4445, -4.775, 2.0315}}, 1e-07, false, 1, 0, 0.2}");
  CHECK(defaults_of<ScaleByFactoredRms>() == "ScaleByFactoredRms{-0.8, none, 1, false}");
  CHECK(defaults_of<ScaleByKron>() == "ScaleByKron{0.1, <callable>, 8192, 1, 0}");
  CHECK(defaults_of<ScaleByShampoo>() == "ScaleByShampoo{0.0001, 0.25, 1, 1, true, 1200, false, 0, 0}");
  CHECK(defaults_of<ScaleBySm3>() == "ScaleBySm3{0, 1e-30}");
  CHECK(defaults_of<ScaleBySoap>() == "ScaleBySoap{0.95, 0.95, 1e-08, 10, none, 10000, false, true, false}");
  CHECK(defaults_of<Cautious>() == "Cautious{0.001}");
  CHECK(defaults_of<MovingAverage>() == "MovingAverage{0.95, false, false}");
  CHECK(defaults_of<QuasiHyperbolicMomentum>() == "QuasiHyperbolicMomentum{0.999, 0.7}");
  CHECK(defaults_of<Trace>() == "Trace{0.9, 0, false}");
  CHECK(defaults_of<ProjectToBall>() == "ProjectToBall{1}");
  CHECK(defaults_of<ProjectToBox>() == "ProjectToBox{0, inf}");
  CHECK(defaults_of<ProjectToSimplex>() == "ProjectToSimplex{1}");
  CHECK(defaults_of<ScaleByAcProp>() == "ScaleByAcProp{0.9, 0.999, 1e-16, 1e-16, false}");
  CHECK(defaults_of<ScaleByAdaBelief>() == "ScaleByAdaBelief{0.9, 0.999, 1e-16, 1e-16, false, true, false}");
  CHECK(defaults_of<ScaleByAdadelta>() == "ScaleByAdadelta{0.9, 1e-06}");
  CHECK(defaults_of<ScaleByAdagrad>() == "ScaleByAdagrad{1e-10, 0, false, 0}");
  CHECK(defaults_of<ScaleByAdam>() == "ScaleByAdam{0.9, 0.999, 1e-08, 0, false, true, true, true}");
  CHECK(defaults_of<ScaleByAdamax>() == "ScaleByAdamax{0.9, 0.999, 1e-08}");
  CHECK(defaults_of<ScaleByAdan>() == "ScaleByAdan{0.98, 0.92, 0.99, 1e-08, 0, false}");
  CHECK(defaults_of<ScaleByAdEMAMix>() == "ScaleByAdEMAMix{0.9, 0.999, 0.9999, 5, 1e-08, 0, false}");
  CHECK(defaults_of<ScaleByAdopt>() == "ScaleByAdopt{0.9, 0.9999, 1e-06, true, 0.25, false, false}");
  CHECK(defaults_of<ScaleByAmsgrad>() == "ScaleByAmsgrad{0.9, 0.999, 1e-08, 0, false, true, true, false}");
  CHECK(defaults_of<ScaleByApollo>() == "ScaleByApollo{0.9, 0.0001, 0, 0, false}");
  CHECK(defaults_of<ScaleByLaProp>() == "ScaleByLaProp{0.9, 0.999, 1e-15, 1}");
  CHECK(defaults_of<ScaleByLearningRate>() == "ScaleByLearningRate{0.001}");
  CHECK(defaults_of<ScaleByLion>() == "ScaleByLion{0.9, 0.99}");
  CHECK(defaults_of<ScaleByNAdam>() == "ScaleByNAdam{0.9, 0.999, 1e-08, 0.004, 0, true}");
  CHECK(defaults_of<ScaleByNovoGrad>() == "ScaleByNovoGrad{0.9, 0.25, 1e-06, 0, false, false, 0, false}");
  CHECK(defaults_of<ScaleByParameterRms>() == "ScaleByParameterRms{0.001}");
  CHECK(defaults_of<ScaleByQhAdam>() == "ScaleByQhAdam{0.995, 0.999, 0.7, 1, 1e-08}");
  CHECK(defaults_of<ScaleByRAdam>() == "ScaleByRAdam{0.9, 0.999, 1e-08, 5, false, true, 0, false}");
  CHECK(defaults_of<ScaleByRms>() == "ScaleByRms{0.99, 1e-08, false, 0, false}");
  CHECK(defaults_of<ScaleByRprop>() == "ScaleByRprop{0.01, 0.5, 1.2, 1e-06, 50}");
  CHECK(defaults_of<ScaleBySign>() == "ScaleBySign{}");
  CHECK(defaults_of<ScaleBySimplifiedAdEMAMix>() ==
        "ScaleBySimplifiedAdEMAMix{0.99, 0.95, 0, 1e-08, 0, false, false}");
  CHECK(defaults_of<ScaleBySophia>() == "ScaleBySophia{0.96, 0.99, 1e-12, 0.01, 1, false}");
  CHECK(defaults_of<ScaleByStableAdam>() == "ScaleByStableAdam{0.9, 0.99, 1e-08, 0}");
  CHECK(defaults_of<ScaleByStandardDeviation>() == "ScaleByStandardDeviation{0.99, 1e-08, false, 0, false}");
  CHECK(defaults_of<ScaleByTrustRatio>() == "ScaleByTrustRatio{1, 0, 0, inf}");
  CHECK(defaults_of<ScaleByYogi>() == "ScaleByYogi{0.9, 0.999, 0.001, 1e-06, 0, true, true}");
  CHECK(defaults_of<AverageWithFallingRate>() == "AverageWithFallingRate{0.01, 0.0001, 0.75, 1e+06}");
  CHECK(defaults_of<BetCoins>() == "BetCoins{1, 100, 1e-08}");
  CHECK(defaults_of<DAdaptAdamStep>() == "DAdaptAdamStep{1, 0.9, 0.999, 1e-08, 0, 1, 1e-06, inf, false}");
  CHECK(defaults_of<DAdaptSgdStep>() == "DAdaptSgdStep{1, 0.9, 0, 1, 1e-06, inf}");
  CHECK(defaults_of<FollowTheLeader>() == "FollowTheLeader{0.1, 0, 0, 1, 0, 0, false}");
  CHECK(defaults_of<Freeze>() == "Freeze{}");
  CHECK(defaults_of<ProdigyStep>() ==
        "ProdigyStep{1, 0.9, 0.999, 0.999499874937461, 1e-08, 0, 1, 1e-06, 1, inf, false, false}");
  CHECK(defaults_of<ScaleByDoG>() == "ScaleByDoG{1e-06, 0, 1e-08}");
  CHECK(defaults_of<ScaleByLayerwiseDoG>() == "ScaleByLayerwiseDoG{1e-06, 0, 1e-08}");
  CHECK(defaults_of<ScaleByDoWG>() == "ScaleByDoWG{0.0001, 0.0001}");
  CHECK(defaults_of<ScheduleFree>() == "ScheduleFree{0.001, 0.9, 0, 2}");
}
