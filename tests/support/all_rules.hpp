// SPDX-License-Identifier: MIT
#pragma once

#include <descent/descent.hpp>

#include <cstddef>
#include <cstdint>

// The list of all rules, for the property tests. To test a new rule, add one line.

namespace test {

/// What tests must know of a rule that its type does not show.
enum Notes : unsigned {
  climbing = 1,  ///< tested on an objective to maximize
  /// Making an optimizer needs the heap even if all blocks have fixed sizes: a schedule is put together from the user's, or
  /// a list or a clock for each block is kept.
  needs_heap = 2
};

/// A rule to test. `make` is called for each optimizer.
template <class Make>
struct NamedRule {
  const char* name;
  Make make;
  unsigned notes = 0;
};
template <class Make>
NamedRule(const char*, Make) -> NamedRule<Make>;
template <class Make>
NamedRule(const char*, Make, unsigned) -> NamedRule<Make>;

/// The list, whose elements do not name it: std::get of a std::tuple would name all rules for each, which takes longer to
/// compile than the rules of a part.
template <class... Make>
struct ListOfRules : descent::detail::RuleList<NamedRule<Make>...> {
  constexpr explicit ListOfRules(NamedRule<Make>... rules)
      : descent::detail::RuleList<NamedRule<Make>...>{{rules}...} {}
};

// Selectors of blocks that depend only on the position in the tree.
struct EvenBlocks {
  bool operator()(const descent::BlockInfo& block) const { return block.index % 2 == 0; }
};
struct SecondBlock {  // for a rule that cannot descend on many blocks
  bool operator()(const descent::BlockInfo& block) const { return block.index == 1; }
};
struct ByRemainder {
  std::size_t operator()(const descent::BlockInfo& block) const { return block.index % 3; }
};

// Schedules that stay legal and change at every step.
inline double falling(std::int64_t step) { return 0.1 / (1 + 0.1 * static_cast<double>(step)); }
inline double wobbling_beta(std::int64_t step) { return step % 2 == 0 ? 0.8 : 0.9; }

// clang-format off
inline constexpr auto all_rules = [] {
  using namespace descent;
  return ListOfRules{
      NamedRule{"Sgd", [] { return Sgd{.learning_rate = 0.1}; }},
      NamedRule{"Sgd with everything", [] { return Sgd{.learning_rate = 0.02, .momentum = 0.9, .nesterov = true, .weight_decay = 0.01, .maximize = true}; }, climbing},
      NamedRule{"Sgd, scheduled momentum in the rate", [] { return Sgd{.learning_rate = warmup(2) >> CosineDecay{.initial = 0.05, .steps = 200}, .momentum = [](std::int64_t k) { return wobbling_beta(k); }, .dampening = 0.1, .rate_in_momentum = true}; }},
      NamedRule{"Adam", [] { return Adam{.learning_rate = 0.1}; }},
      NamedRule{"Adam with amsgrad", [] { return Adam{.learning_rate = 0.1, .weight_decay = 0.01, .amsgrad = true, .maximize = true, .epsilon_root = 1e-10, .max_of_corrected = true}; }, climbing},
      NamedRule{"Adam like Keras, uncorrected", [] { return Adam{.learning_rate = 0.05, .epsilon = 1e-7, .epsilon_before_correction = true, .correct_first_moment = false}; }},
      NamedRule{"AdamW", [] { return AdamW{.learning_rate = 0.1}; }},
      NamedRule{"AdamW, all scheduled", [] { return AdamW{.learning_rate = warmup(3) >> CosineDecay{.initial = 0.2, .steps = 100, .final = 0.01}, .beta1 = [](std::int64_t k) { return wobbling_beta(k); }, .beta2 = ExponentialDecay{.initial = 0.99, .factor = 0.99, .steps = 10}, .weight_decay = [](std::int64_t k) { return falling(k); }}; }},
      NamedRule{"AdamW with amsgrad", [] { return AdamW{.learning_rate = 0.1, .amsgrad = true, .maximize = true}; }, climbing},
      NamedRule{"NAdam", [] { return NAdam{.learning_rate = 0.1, .weight_decay = 0.01, .weight_decay_form = WeightDecayForm::fixed}; }},
      NamedRule{"NAdam like Optax", [] { return NAdam{.learning_rate = 0.1, .momentum_decay = std::numeric_limits<double>::infinity(), .epsilon_root = 1e-9}; }},
      NamedRule{"RAdam", [] { return RAdam{.learning_rate = 0.1, .weight_decay = 0.01}; }},
      NamedRule{"RAdam like Optax, nesterov", [] { return RAdam{.learning_rate = 0.1, .beta2 = 0.9, .rectify_at_threshold = true, .epsilon_before_correction = false, .nesterov = true}; }},
      NamedRule{"Adamax", [] { return Adamax{.learning_rate = 0.1, .weight_decay = 0.01, .weight_decay_form = WeightDecayForm::decoupled}; }},
      NamedRule{"RmsProp", [] { return RmsProp{.learning_rate = 0.02}; }},
      NamedRule{"RmsProp, centered with momentum", [] { return RmsProp{.learning_rate = 0.01, .decay = 0.9, .momentum = 0.5, .centered = true, .weight_decay = 0.01, .nesterov = true, .epsilon_in_root = true, .initial_square_avg = 1}; }},
      NamedRule{"RmsProp, rate in the momentum", [] { return RmsProp{.learning_rate = [](std::int64_t k) { return 0.2 * falling(k); }, .momentum = 0.5, .weight_decay = 0.01, .weight_decay_form = WeightDecayForm::decoupled, .bias_correction = true, .rate_in_momentum = true}; }, needs_heap},
      NamedRule{"Adagrad", [] { return Adagrad{.learning_rate = 0.3, .learning_rate_decay = 0.01}; }},
      NamedRule{"Adagrad like Optax", [] { return Adagrad{.learning_rate = 0.3, .epsilon = 1e-7, .initial_sum = 0.1, .epsilon_in_root = true}; }},
      NamedRule{"Adadelta", [] { return Adadelta{.learning_rate = 1, .epsilon = 1e-2}; }},
      NamedRule{"Lion", [] { return Lion{.learning_rate = 0.02, .weight_decay = 0.01}; }},
      NamedRule{"Lion, cautious", [] { return Lion{.learning_rate = 0.02, .weight_decay = 0.01, .maximize = true, .cautious = true}; }, climbing},
      NamedRule{"Muon", [] { return Muon{.learning_rate = 0.02, .steps = 3}; }},
      NamedRule{"Muon for matrices, AdamW", [] { return partition(matrices, Muon{.learning_rate = 0.02, .nesterov = false, .steps = 2, .scale = MuonScale::match_rms_adamw, .bias_correction = true}, AdamW{.learning_rate = 0.1}); }},
      NamedRule{"Adafactor", [] { return Adafactor{.learning_rate = 0.1, .weight_decay = 0.01}; }},
      NamedRule{"Adafactor with everything", [] { return Adafactor{.learning_rate = [](std::int64_t k) { return falling(k); }, .epsilon = 1e-8, .weight_decay = 0.01, .decay_form = AdafactorDecay::step_size, .momentum = 0.5, .min_size_to_factor = 3, .epsilon_in_square = true, .maximize = true}; }, climbing},
      NamedRule{"Sm3", [] { return Sm3{.learning_rate = 0.2}; }},
      NamedRule{"Sm3 with beta", [] { return Sm3{.learning_rate = 0.05, .momentum = 0, .beta = 0.9, .epsilon = 1e-8, .maximize = true}; }, climbing},
      NamedRule{"Shampoo", [] { return Shampoo{.learning_rate = 0.1, .momentum = 0.5, .max_side = 32}; }},
      NamedRule{"Shampoo with everything", [] { return Shampoo{.learning_rate = 0.02, .momentum = 0.5, .epsilon = 1e-2, .weight_decay = 0.01, .refresh_every = 2, .beta = 0.9, .exponent = 0.2, .max_side = 4, .refresh_at_first = false, .momentum_by_feedback = true, .maximize = true}; }, climbing},
      NamedRule{"Soap", [] { return Soap{.learning_rate = 0.1, .refresh_every = 3, .max_side = 32}; }},
      NamedRule{"Soap of vectors", [] { return Soap{.learning_rate = [](std::int64_t k) { return falling(k); }, .preconditioner_beta = 0.8, .max_side = 32, .rotate_vectors = true, .correct_bias = false, .normalize = true, .maximize = true}; }, climbing},
      NamedRule{"Kron", [] { return Kron{.learning_rate = 0.02, .max_side = 32}; }},
      NamedRule{"Kron with everything", [] { return Kron{.learning_rate = 0.02, .momentum = 0.5, .weight_decay = 0.01, .preconditioner_rate = 0.2, .fitted_share = 0.5, .max_side = 4, .initial_scale = 0.5, .max_rms = 2, .seed = 7, .maximize = true}; }, climbing},
      NamedRule{"Lamb", [] { return Lamb{.learning_rate = 0.05, .weight_decay = 0.01}; }},
      NamedRule{"Lamb with everything", [] { return Lamb{.learning_rate = [](std::int64_t k) { return falling(k); }, .weight_decay = 0.01, .maximize = true, .max_gradient_norm = 1, .clip_ratio = true, .decoupled_decay = true, .cautious = true, .gradient_averaging = false}; }, climbing},
      NamedRule{"Lars", [] { return Lars{.learning_rate = 1, .momentum = 0.5, .weight_decay = 0.01, .coefficient = 0.05}; }},
      NamedRule{"Lars like Optax", [] { return Lars{.learning_rate = 1, .momentum = 0.5, .coefficient = 0.05, .nesterov = true, .maximize = true, .ratio_of_sum = true, .rate_in_momentum = true}; }, climbing},
      NamedRule{"NovoGrad", [] { return NovoGrad{.learning_rate = 0.05, .weight_decay = 0.01}; }},
      NamedRule{"NovoGrad with amsgrad", [] { return NovoGrad{.learning_rate = [](std::int64_t k) { return falling(k); }, .maximize = true, .gradient_averaging = true, .amsgrad = true, .start_at_gradient = true}; }, climbing},
      NamedRule{"StableAdamW", [] { return StableAdamW{.learning_rate = 0.1}; }},
      NamedRule{"Fromage", [] { return Fromage{.learning_rate = 0.05, .norm_bound = 5}; }},
      NamedRule{"ScheduleFreeSgd", [] { return ScheduleFreeSgd{.learning_rate = 0.1, .weight_decay = 0.01}; }},
      NamedRule{"ScheduleFreeAdamW", [] { return ScheduleFreeAdamW{.learning_rate = 0.1, .maximize = true, .inner_momentum = 0.5, .step_power = 1}; }, climbing},
      NamedRule{"ScheduleFreeRAdam", [] { return ScheduleFreeRAdam{.learning_rate = 0.1, .beta2 = 0.9, .silent_start = false}; }, needs_heap},
      NamedRule{"Prodigy", [] { return Prodigy{.initial_distance = 0.01}; }},
      NamedRule{"Prodigy with everything", [] { return Prodigy{.learning_rate = [](std::int64_t k) { return 5 * falling(k); }, .weight_decay = 0.01, .weight_decay_form = WeightDecayForm::fixed, .maximize = true, .initial_distance = 0.05, .coefficient = 0.5, .growth_rate = 1.5, .beta3 = 0.9, .bias_correction = true, .safeguard_warmup = true}; }, climbing},
      NamedRule{"DAdaptAdam", [] { return DAdaptAdam{.weight_decay = 0.01, .initial_distance = 0.05}; }},
      NamedRule{"DAdaptSgd", [] { return DAdaptSgd{.initial_distance = 0.1}; }},
      NamedRule{"DoG", [] { return DoG{.initial = 0.05, .weight_decay = 0.01}; }},
      NamedRule{"DoG, layerwise", [] { return DoG{.initial = 0.1, .start = DoGStart::distance, .maximize = true, .layerwise = true}; }, climbing},
      NamedRule{"DoWG", [] { return DoWG{.initial_squared_distance = 0.01}; }},
      NamedRule{"Rprop", [] { return Rprop{.learning_rate = 0.02}; }},
      NamedRule{"Rprop, bounded and scheduled", [] { return Rprop{.learning_rate = ExponentialDecay{.initial = 0.05, .factor = 0.5, .steps = 100}, .eta_minus = 0.4, .eta_plus = 1.3, .min_step = 0.01, .max_step = 0.1, .maximize = true}; }, climbing},
      NamedRule{"Asgd", [] { return Asgd{.learning_rate = 0.1, .lambda = 0.01, .alpha = 0.5, .t0 = 5, .weight_decay = 0.01, .maximize = true}; }, climbing},
      NamedRule{"AdaBelief", [] { return AdaBelief{.learning_rate = 0.05, .weight_decay = 0.01}; }},
      NamedRule{"AdaBelief, rectified", [] { return AdaBelief{.learning_rate = 0.05, .beta2 = 0.9, .epsilon = 1e-8, .weight_decay = 0.01, .weight_decay_form = WeightDecayForm::coupled, .epsilon_root = 1e-10, .rectify = true, .degenerate_to_sgd = false}; }},
      NamedRule{"AdaBelief with amsgrad and nesterov", [] { return AdaBelief{.learning_rate = 0.05, .epsilon = 1e-8, .weight_decay = 0.001, .weight_decay_form = WeightDecayForm::fixed, .amsgrad = true, .maximize = true, .epsilon_root = 1e-8, .nesterov = true}; }, climbing},
      NamedRule{"Yogi", [] { return Yogi{.learning_rate = 0.1, .weight_decay = 0.01}; }},
      NamedRule{"Yogi like the paper", [] { return Yogi{.learning_rate = 0.02, .initial_accumulator = 0.1, .weight_decay = 0.01, .weight_decay_form = WeightDecayForm::coupled, .maximize = true, .epsilon_root = 1e-8, .correct_first_moment = false, .correct_second_moment = false}; }, climbing},
      NamedRule{"Adan", [] { return Adan{.learning_rate = 0.05, .weight_decay = 0.01}; }},
      NamedRule{"Adan like Optax", [] { return Adan{.learning_rate = 0.05, .weight_decay = 0.01, .proximal = false, .maximize = true, .epsilon_root = 1e-8, .complementary_weight = true}; }, climbing},
      NamedRule{"Adan, cautious", [] { return Adan{.learning_rate = 0.05, .cautious = true}; }},
      NamedRule{"AdEMAMix", [] { return AdEMAMix{.learning_rate = 0.02, .weight_decay = 0.01}; }, needs_heap},
      NamedRule{"AdEMAMix, warmed up", [] { return AdEMAMix{.learning_rate = 0.02, .beta3 = 0.99, .alpha = 2, .weight_decay = 0.01, .weight_decay_form = WeightDecayForm::coupled, .alpha_warmup = 20, .beta3_warmup = 20, .maximize = true, .epsilon_root = 1e-8, .correct_slow_average = true}; }, climbing | needs_heap},
      NamedRule{"SimplifiedAdEMAMix", [] { return SimplifiedAdEMAMix{.learning_rate = 0.005, .beta1 = 0.9, .alpha = 1, .beta1_warmup = 10, .min_beta1 = 0.5}; }, needs_heap},
      NamedRule{"SimplifiedAdEMAMix, averaged", [] { return SimplifiedAdEMAMix{.learning_rate = 0.02, .beta1 = 0.9, .alpha = 0.5, .weight_decay = 0.01, .maximize = true, .epsilon_root = 1e-8, .average = true, .divide_by_correction = true}; }, climbing | needs_heap},
      NamedRule{"Adopt", [] { return Adopt{.learning_rate = 0.05, .weight_decay = 0.01}; }, needs_heap},
      NamedRule{"Adopt with nesterov, not clipped", [] { return Adopt{.learning_rate = 0.05, .weight_decay = 0.01, .weight_decay_form = WeightDecayForm::decoupled, .maximize = true, .clip = false, .nesterov = true, .decay_at_first = true}; }, climbing | needs_heap},
      NamedRule{"Adopt, cautious", [] { return Adopt{.learning_rate = 0.05, .weight_decay = 0.001, .weight_decay_form = WeightDecayForm::fixed, .clip_exponent = 0.333, .clip_counts_from_one = true, .cautious = true}; }, needs_heap},
      NamedRule{"LaProp", [] { return LaProp{.learning_rate = 0.05, .weight_decay = 0.01}; }},
      NamedRule{"LaProp, cautious, rate in the momentum", [] { return LaProp{.learning_rate = CosineDecay{.initial = 0.1, .steps = 200}, .maximize = true, .cautious = true, .rate_in_momentum = true}; }, climbing},
      NamedRule{"Mars", [] { return Mars{.learning_rate = 0.05, .weight_decay = 0.01}; }},
      NamedRule{"Mars as Lion, cautious", [] { return Mars{.learning_rate = 0.02, .weight_decay = 0.01, .form = MarsForm::lion, .maximize = true, .cautious = true, .plain_first_step = true}; }, climbing},
      NamedRule{"Mars with amsgrad", [] { return Mars{.learning_rate = 0.05, .amsgrad = true, .epsilon_root = 1e-15, .epsilon_before_correction = true}; }},
      NamedRule{"MadGrad", [] { return MadGrad{.learning_rate = 0.1, .weight_decay = 0.01}; }},
      NamedRule{"MadGrad without momentum", [] { return MadGrad{.learning_rate = 0.05, .momentum = 0, .weight_decay = 0.01, .weight_decay_form = WeightDecayForm::decoupled, .maximize = true, .epsilon_in_rate = false}; }, climbing},
      NamedRule{"Qhm", [] { return Qhm{.learning_rate = 0.1, .momentum = 0.9, .weight_decay = 0.01, .maximize = true}; }, climbing},
      NamedRule{"QhAdam", [] { return QhAdam{.learning_rate = 0.05, .nu2 = 0.9, .weight_decay = 0.01, .weight_decay_form = WeightDecayForm::decoupled}; }},
      NamedRule{"AggMo", [] { return AggMo{.learning_rate = 0.02, .weight_decay = 0.01, .maximize = true}; }, climbing | needs_heap},
      NamedRule{"AggMo of five", [] { return AggMo{.learning_rate = 0.02, .betas = {0, 0.5, 0.8, 0.9, 0.95}, .weight_decay = 0.001, .weight_decay_form = WeightDecayForm::fixed}; }, needs_heap},
      NamedRule{"SignSgd", [] { return SignSgd{.learning_rate = 0.02, .weight_decay = 0.01}; }},
      NamedRule{"Signum", [] { return Signum{.learning_rate = 0.02, .weight_decay = 0.01, .maximize = true}; }, climbing},
      NamedRule{"Grams", [] { return Grams{.learning_rate = 0.05, .weight_decay = 0.01}; }},
      NamedRule{"AcProp", [] { return AcProp{.learning_rate = 0.02, .beta1 = 0.5, .beta2 = 0.99, .epsilon = 1e-8, .weight_decay = 0.01, .epsilon_root = 0.01, .center_on_last = true}; }},
      NamedRule{"Ftrl", [] { return Ftrl{.learning_rate = 0.3, .l1 = 0.01, .l2 = 0.01, .l2_shrinkage = 0.01, .maximize = true}; }, climbing},
      NamedRule{"Ftrl like Keras", [] { return Ftrl{.learning_rate = 0.3, .beta = 0, .initial_accumulator = 0.1, .start_from_zero = true}; }},
      NamedRule{"OptimisticGradientDescent", [] { return OptimisticGradientDescent{.learning_rate = 0.1, .alpha = 0.8, .beta = 0.5}; }},
      NamedRule{"OptimisticAdam", [] { return OptimisticAdam{.learning_rate = 0.05}; }},
      NamedRule{"OptimisticAdam, nesterov", [] { return OptimisticAdam{.learning_rate = 0.05, .alpha = 0.5, .beta = 0.5, .nesterov = true, .weight_decay = 0.01, .maximize = true, .epsilon_root = 1e-10}; }, climbing},
      NamedRule{"Apollo", [] { return Apollo{.learning_rate = 0.005, .weight_decay = 0.01}; }},
      NamedRule{"Apollo by belief, stable decay", [] { return Apollo{.learning_rate = 0.05, .rebound = ApolloRebound::belief, .weight_decay = 0.01, .weight_decay_form = WeightDecayForm::decoupled, .stable_decay = true, .maximize = true}; }, climbing},
      NamedRule{"Cocob", [] { return Cocob{.alpha = 20}; }},
      NamedRule{"AdamW, cautious", [] { return AdamW{.learning_rate = 0.05, .cautious = true}; }},
      NamedRule{"NAdam like timm, cautious", [] { return NAdam{.learning_rate = 0.05, .momentum_decay = std::numeric_limits<double>::infinity(), .weight_decay = 0.01, .weight_decay_form = WeightDecayForm::decoupled, .cautious = true, .correct_ahead = false}; }},
      NamedRule{"PolyakStep", [] { return PolyakStep{.learning_rate = 0.2}; }},
      NamedRule{"MoMo", [] { return MoMo{.learning_rate = 0.2, .weight_decay = 0.01, .adapt_min_loss = true}; }},
      NamedRule{"MoMoAdam", [] { return MoMoAdam{.learning_rate = 0.1, .weight_decay = 0.01}; }},
      NamedRule{"Sgd | ScaleByBlock", [] { return Sgd{.learning_rate = 0.2} | ScaleByBlock{[](const BlockInfo&) { return 0.5; }}; }},
      NamedRule{"SparseAdam", [] { return SparseAdam{.learning_rate = 0.1, .maximize = true}; }, climbing},
      NamedRule{"RestAbsentBlocks | AdamW", [] { return RestAbsentBlocks{} | AdamW{.learning_rate = 0.1}; }, needs_heap},
      NamedRule{"AdaptiveGradientClipping | Sgd", [] { return AdaptiveGradientClipping{.max_ratio = 0.3} | Sgd{.learning_rate = 0.2}; }},
      NamedRule{"Centralize | Sgd", [] { return masked(SecondBlock{}, Centralize{.units = Units::columns}) | Sgd{.learning_rate = 0.1}; }},
      NamedRule{"AddNoise | Sgd", [] { return AddNoise{.variance = 1e-4} | Sgd{.learning_rate = 0.1}; }},
      NamedRule{"ClipByPercentile | Sgd", [] { return ClipByPercentile{.percentile = 50, .window = 7} | Sgd{.learning_rate = 0.2}; }},
      NamedRule{"ClipByPowerNorm | Sgd", [] { return ClipByPowerNorm{.max_norm = 2, .power = 1.5} | Sgd{.learning_rate = 0.2}; }},
      NamedRule{"ClipByPowerNorm of the largest | Sgd", [] { return ClipByPowerNorm{.max_norm = 0.1, .power = std::numeric_limits<double>::infinity()} | Sgd{.learning_rate = 0.2}; }},
      NamedRule{"Sgd | ProjectToBox", [] { return Sgd{.learning_rate = 0.1} | ProjectToBox{.low = -0.5, .high = 0.5}; }},
      NamedRule{"Sgd | ProjectToBall", [] { return Sgd{.learning_rate = 0.1} | ProjectToBall{.radius = 2}; }},
      NamedRule{"Sgd | ProjectToSimplex", [] { return Sgd{.learning_rate = 0.1} | ProjectToSimplex{.sum = 0.5}; }},
      NamedRule{"ScaleByAdam | AddCautiousDecay", [] { return ScaleByAdam{} | AddCautiousDecay{0.1} | ScaleByLearningRate{0.1}; }},
      NamedRule{"ClipByValue | Sgd", [] { return ClipByValue{.max_value = 0.5} | Sgd{.learning_rate = 0.1, .momentum = 0.5}; }},
      NamedRule{"ClipByBlockNorm | Sgd", [] { return ClipByBlockNorm{.max_norm = 0.5} | Sgd{.learning_rate = 0.1, .momentum = 0.9}; }},
      NamedRule{"ClipByGlobalNorm | AdamW", [] { return ClipByGlobalNorm{.max_norm = 0.5} | AdamW{.learning_rate = 0.1}; }},
      NamedRule{"ClipByGlobalNorm, delayed | Adam", [] { return ClipByGlobalNorm{.max_norm = 0.5, .delayed = true} | Adam{.learning_rate = 0.1}; }},
      NamedRule{"clips around moments", [] { return ClipByBlockNorm{.max_norm = [](std::int64_t k) { return 1 + falling(k); }} | ScaleByRms{.decay = 0.9} | ClipByGlobalNorm{.max_norm = 2} | Trace{.momentum = 0.5} | ClipByValue{.max_value = 1} | ScaleByLearningRate{0.05}; }},
      NamedRule{"masked decay", [] { return ScaleByAdam{} | masked(EvenBlocks{}, AddDecayedWeights{0.1}) | ScaleByLearningRate{0.1}; }},
      NamedRule{"three groups, one frozen", [] { return ClipByGlobalNorm{.max_norm = 1} | partition(ByRemainder{}, Sgd{.learning_rate = 0.1}, Freeze{}, ClipByBlockNorm{.max_norm = 0.5} | Adam{.learning_rate = 0.1}); }},
      NamedRule{"MovingAverage", [] { return MovingAverage{.momentum = 0.9, .nesterov = true, .bias_correction = true} | ScaleByLearningRate{0.1}; }},
      NamedRule{"Sgd | Lookahead", [] { return Sgd{.learning_rate = 0.1, .momentum = 0.5} | Lookahead{.every = 2}; }},
      NamedRule{"Sgd | Lookahead | PullBackMomentum", [] { return Sgd{.learning_rate = 0.1, .momentum = 0.5} | Lookahead{.every = 2} | PullBackMomentum{.every = 2}; }},
      NamedRule{"Sgd | ResetMomentum", [] { return Sgd{.learning_rate = 0.1, .momentum = 0.5} | ResetMomentum{.every = 3}; }},
      NamedRule{"Adam | Ema", [] { return Adam{.learning_rate = 0.1} | Ema{.decay = 0.9, .warmup_power = 0.6}; }},
      NamedRule{"Sgd | Swa", [] { return Sgd{.learning_rate = 0.1} | Swa{.start = 1}; }},
      NamedRule{"SkipNonFinite | Sgd", [] { return SkipNonFinite{.give_up_after = 1000} | Sgd{.learning_rate = 0.1}; }},
      NamedRule{"DynamicLossScale | Sgd", [] { return DynamicLossScale{.initial = 0.5, .growth_interval = 1000000, .give_up_after = 1000} | Sgd{.learning_rate = 0.1}; }},
      NamedRule{"ScaleByAdam | Cautious", [] { return ScaleByAdam{} | Cautious{} | ScaleByLearningRate{0.1}; }},
  };
}();
// clang-format on

}  // namespace test
