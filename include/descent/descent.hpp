// SPDX-License-Identifier: MIT
#pragma once

/// Everything of descent that needs Eigen alone. Whatever needs more is a header of its own.

#include <descent/version.hpp>

#include <descent/core/optimizer.hpp>

#include <descent/schedules/algebra.hpp>
#include <descent/schedules/chebyshev.hpp>
#include <descent/schedules/common.hpp>
#include <descent/schedules/cosine_decay.hpp>
#include <descent/schedules/cosine_restarts.hpp>
#include <descent/schedules/cyclic.hpp>
#include <descent/schedules/demon.hpp>
#include <descent/schedules/exponential_decay.hpp>
#include <descent/schedules/inverse_square_root.hpp>
#include <descent/schedules/inverse_time_decay.hpp>
#include <descent/schedules/linear_decay.hpp>
#include <descent/schedules/listed_values.hpp>
#include <descent/schedules/multi_step.hpp>
#include <descent/schedules/natural_exponential_decay.hpp>
#include <descent/schedules/noam.hpp>
#include <descent/schedules/noisy.hpp>
#include <descent/schedules/one_cycle.hpp>
#include <descent/schedules/piecewise_constant.hpp>
#include <descent/schedules/piecewise_interpolation.hpp>
#include <descent/schedules/polynomial_decay.hpp>
#include <descent/schedules/polynomial_restarts.hpp>
#include <descent/schedules/range_test.hpp>
#include <descent/schedules/rex.hpp>
#include <descent/schedules/sequence.hpp>
#include <descent/schedules/step_decay.hpp>
#include <descent/schedules/swa_annealing.hpp>
#include <descent/schedules/tanh_decay.hpp>
#include <descent/schedules/tanh_restarts.hpp>
#include <descent/schedules/warmup.hpp>
#include <descent/schedules/warmup_stable_decay.hpp>

#include <descent/transforms/add_decayed_weights.hpp>
#include <descent/transforms/cautious.hpp>
#include <descent/transforms/clip_by_block_norm.hpp>
#include <descent/transforms/clip_by_block_rms.hpp>
#include <descent/transforms/clip_by_global_norm.hpp>
#include <descent/transforms/clip_by_value.hpp>
#include <descent/transforms/freeze.hpp>
#include <descent/transforms/moving_average.hpp>
#include <descent/transforms/negate.hpp>
#include <descent/transforms/orthogonalize.hpp>
#include <descent/transforms/scale_by_adadelta.hpp>
#include <descent/transforms/scale_by_adagrad.hpp>
#include <descent/transforms/scale_by_adam.hpp>
#include <descent/transforms/scale_by_adamax.hpp>
#include <descent/transforms/scale_by_amsgrad.hpp>
#include <descent/transforms/scale_by_factored_rms.hpp>
#include <descent/transforms/scale_by_learning_rate.hpp>
#include <descent/transforms/scale_by_lion.hpp>
#include <descent/transforms/scale_by_nadam.hpp>
#include <descent/transforms/scale_by_parameter_rms.hpp>
#include <descent/transforms/scale_by_radam.hpp>
#include <descent/transforms/scale_by_rms.hpp>
#include <descent/transforms/scale_by_shampoo.hpp>
#include <descent/transforms/scale_by_sm3.hpp>
#include <descent/transforms/scale_by_soap.hpp>
#include <descent/transforms/scale_by_sophia.hpp>
#include <descent/transforms/scale_by_standard_deviation.hpp>
#include <descent/transforms/trace.hpp>

#include <descent/wrappers/dynamic_loss_scale.hpp>
#include <descent/wrappers/ema.hpp>
#include <descent/wrappers/lookahead.hpp>
#include <descent/wrappers/partition.hpp>
#include <descent/wrappers/sam.hpp>
#include <descent/wrappers/skip_non_finite.hpp>
#include <descent/wrappers/swa.hpp>

#include <descent/optimizers/adadelta.hpp>
#include <descent/optimizers/adafactor.hpp>
#include <descent/optimizers/adagrad.hpp>
#include <descent/optimizers/adam.hpp>
#include <descent/optimizers/adamax.hpp>
#include <descent/optimizers/adamw.hpp>
#include <descent/optimizers/lion.hpp>
#include <descent/optimizers/muon.hpp>
#include <descent/optimizers/nadam.hpp>
#include <descent/optimizers/radam.hpp>
#include <descent/optimizers/rmsprop.hpp>
#include <descent/optimizers/sgd.hpp>
#include <descent/optimizers/sophia.hpp>
#include <descent/optimizers/shampoo.hpp>
#include <descent/optimizers/sm3.hpp>
#include <descent/optimizers/soap.hpp>

#include <descent/training/backtracking_search.hpp>
#include <descent/training/check_gradient.hpp>
#include <descent/training/divergence_guard.hpp>
#include <descent/training/early_stopping.hpp>
#include <descent/training/find_learning_rate.hpp>
#include <descent/training/fit.hpp>
#include <descent/training/gradient_accumulator.hpp>
#include <descent/training/greedy_rate.hpp>
#include <descent/training/minimize.hpp>
#include <descent/training/numerical_gradient.hpp>
#include <descent/training/reduce_on_plateau.hpp>
#include <descent/training/slope_plateau.hpp>
#include <descent/training/training_diagnosis.hpp>
#include <descent/training/update_observer.hpp>
