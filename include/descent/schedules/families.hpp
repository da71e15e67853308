// SPDX-License-Identifier: MIT
#pragma once

#include <descent/schedules/chebyshev.hpp>
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
#include <descent/schedules/step_decay.hpp>
#include <descent/schedules/swa_annealing.hpp>
#include <descent/schedules/tanh_decay.hpp>
#include <descent/schedules/tanh_restarts.hpp>
#include <descent/schedules/warmup_stable_decay.hpp>

namespace descent::detail {

template <class... Family>
struct FamilyList {};

/// All families of descent, to iterate over.
using AllFamilies =
    FamilyList<Chebyshev, CosineDecay, CosineRestarts, Cyclic, Demon, ExponentialDecay, InverseSquareRoot,
               InverseTimeDecay, LinearDecay, ListedValues, MultiStep, NaturalExponentialDecay, Noam, Noisy,
               OneCycle, OneCycleMomentum, PiecewiseConstant, PiecewiseInterpolation, PolynomialDecay,
               PolynomialRestarts, RangeTest, Rex, StepDecay, SwaAnnealing, TanhDecay, TanhRestarts,
               WarmupStableDecay>;

}  // namespace descent::detail
