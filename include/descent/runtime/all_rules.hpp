// SPDX-License-Identifier: MIT
#pragma once

#include <descent/optimizers/acprop.hpp>
#include <descent/optimizers/adabelief.hpp>
#include <descent/optimizers/adadelta.hpp>
#include <descent/optimizers/adafactor.hpp>
#include <descent/optimizers/adagrad.hpp>
#include <descent/optimizers/adam.hpp>
#include <descent/optimizers/adamax.hpp>
#include <descent/optimizers/adamw.hpp>
#include <descent/optimizers/adan.hpp>
#include <descent/optimizers/ademamix.hpp>
#include <descent/optimizers/adopt.hpp>
#include <descent/optimizers/aggmo.hpp>
#include <descent/optimizers/apollo.hpp>
#include <descent/optimizers/asgd.hpp>
#include <descent/optimizers/cocob.hpp>
#include <descent/optimizers/dadapt_adam.hpp>
#include <descent/optimizers/dadapt_sgd.hpp>
#include <descent/optimizers/dog.hpp>
#include <descent/optimizers/dowg.hpp>
#include <descent/optimizers/fromage.hpp>
#include <descent/optimizers/ftrl.hpp>
#include <descent/optimizers/grams.hpp>
#include <descent/optimizers/kron.hpp>
#include <descent/optimizers/lamb.hpp>
#include <descent/optimizers/laprop.hpp>
#include <descent/optimizers/lars.hpp>
#include <descent/optimizers/lbfgs.hpp>
#include <descent/optimizers/lion.hpp>
#include <descent/optimizers/madgrad.hpp>
#include <descent/optimizers/mars.hpp>
#include <descent/optimizers/momo.hpp>
#include <descent/optimizers/momo_adam.hpp>
#include <descent/optimizers/muon.hpp>
#include <descent/optimizers/nadam.hpp>
#include <descent/optimizers/novograd.hpp>
#include <descent/optimizers/optimistic_adam.hpp>
#include <descent/optimizers/optimistic_gradient_descent.hpp>
#include <descent/optimizers/polyak_step.hpp>
#include <descent/optimizers/prodigy.hpp>
#include <descent/optimizers/qhadam.hpp>
#include <descent/optimizers/qhm.hpp>
#include <descent/optimizers/radam.hpp>
#include <descent/optimizers/rmsprop.hpp>
#include <descent/optimizers/rprop.hpp>
#include <descent/optimizers/schedule_free_adamw.hpp>
#include <descent/optimizers/schedule_free_radam.hpp>
#include <descent/optimizers/schedule_free_sgd.hpp>
#include <descent/optimizers/sgd.hpp>
#include <descent/optimizers/shampoo.hpp>
#include <descent/optimizers/sign_sgd.hpp>
#include <descent/optimizers/signum.hpp>
#include <descent/optimizers/simplified_ademamix.hpp>
#include <descent/optimizers/sm3.hpp>
#include <descent/optimizers/soap.hpp>
#include <descent/optimizers/sophia.hpp>
#include <descent/optimizers/sparse_adam.hpp>
#include <descent/optimizers/stable_adamw.hpp>
#include <descent/optimizers/yogi.hpp>
#include <descent/runtime/rule_set.hpp>
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
#include <descent/wrappers/dynamic_loss_scale.hpp>
#include <descent/wrappers/ema.hpp>
#include <descent/wrappers/lookahead.hpp>
#include <descent/wrappers/lookahead_momentum.hpp>
#include <descent/wrappers/sam.hpp>
#include <descent/wrappers/skip_non_finite.hpp>
#include <descent/wrappers/swa.hpp>

namespace descent {

// One name a line: cmake/rules.cmake reads them.

/// All rules that a text can name. Not among them: RestAbsentBlocks, which is part of an Optimizer's type; ScaleByBlock, whose
/// option is a function.
// clang-format off
using AllRules = RuleSet<
    AcProp,
    AdaBelief,
    Adadelta,
    Adafactor,
    Adagrad,
    Adam,
    Adamax,
    AdamW,
    Adan,
    AdEMAMix,
    Adopt,
    AggMo,
    Apollo,
    Asgd,
    Cocob,
    DAdaptAdam,
    DAdaptSgd,
    DoG,
    DoWG,
    Fromage,
    Ftrl,
    Grams,
    Kron,
    Lamb,
    LaProp,
    Lars,
    Lbfgs,
    Lion,
    MadGrad,
    Mars,
    MoMo,
    MoMoAdam,
    Muon,
    NAdam,
    NovoGrad,
    OptimisticAdam,
    OptimisticGradientDescent,
    PolyakStep,
    Prodigy,
    QhAdam,
    Qhm,
    RAdam,
    RmsProp,
    Rprop,
    ScheduleFreeAdamW,
    ScheduleFreeRAdam,
    ScheduleFreeSgd,
    Sgd,
    Shampoo,
    SignSgd,
    Signum,
    SimplifiedAdEMAMix,
    Sm3,
    Soap,
    Sophia,
    SparseAdam,
    StableAdamW,
    Yogi,
    AdaptiveGradientClipping,
    AddCautiousDecay,
    AddDecayedWeights,
    AddNoise,
    AverageWithFallingRate,
    BetCoins,
    Cautious,
    Centralize,
    ClipByBlockNorm,
    ClipByBlockRms,
    ClipByGlobalNorm,
    ClipByPercentile,
    ClipByPowerNorm,
    ClipByValue,
    DAdaptAdamStep,
    DAdaptSgdStep,
    DecayAfterStep,
    DecayGradient,
    FollowTheLeader,
    Freeze,
    MarsCorrection,
    MovingAverage,
    Negate,
    OptimisticGradient,
    Orthogonalize,
    ProdigyStep,
    ProjectToBall,
    ProjectToBox,
    ProjectToSimplex,
    QuasiHyperbolicMomentum,
    ScaleByAcProp,
    ScaleByAdaBelief,
    ScaleByAdadelta,
    ScaleByAdagrad,
    ScaleByAdam,
    ScaleByAdamax,
    ScaleByAdan,
    ScaleByAdEMAMix,
    ScaleByAdopt,
    ScaleByAmsgrad,
    ScaleByApollo,
    ScaleByDoG,
    ScaleByDoWG,
    ScaleByFactoredRms,
    ScaleByKron,
    ScaleByLaProp,
    ScaleByLayerwiseDoG,
    ScaleByLearningRate,
    ScaleByLion,
    ScaleByNAdam,
    ScaleByNovoGrad,
    ScaleByParameterRms,
    ScaleByQhAdam,
    ScaleByRAdam,
    ScaleByRms,
    ScaleByRprop,
    ScaleByShampoo,
    ScaleBySign,
    ScaleBySimplifiedAdEMAMix,
    ScaleBySm3,
    ScaleBySoap,
    ScaleBySophia,
    ScaleByStableAdam,
    ScaleByStandardDeviation,
    ScaleByTrustRatio,
    ScaleByYogi,
    ScheduleFree,
    SubtractDecayedWeights,
    TakeGradientSign,
    Trace,
    Asam,
    DynamicLossScale,
    Ema,
    Lookahead,
    PullBackMomentum,
    ResetMomentum,
    Sam,
    SkipNonFinite,
    Swa>;
// clang-format on

}  // namespace descent
