// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/check.hpp>
#include <descent/core/rule_traits.hpp>
#include <descent/core/schedule.hpp>
#include <descent/optimizers/lbfgs/line_search.hpp>

#include <cstdint>
#include <optional>
#include <type_traits>

namespace descent {

/// Quasi-Newton method for the whole objective: approximates the inverse Hessian from the last steps.
///
///   d = -H g,   H of the last pairs s = p' - p, y = g' - g, by the two-loop recursion from H0 = (y.s / y.y) I
///   p = p + t d,   t by a line search that starts at the learning rate (at the first iteration, with d = -g, at
///   1 / |g| times it; with `absolute` at min(1, 1 / |g|_1) times it)
///
/// Step by the objective: `optimizer.step(model, objective)`, or `minimize(objective, model, Lbfgs{})`. It
/// must be the same function each time, so mini-batches do not work. `optimizer.status()` is the outcome of a
/// step, also if the line search stalled. A point that is not finite is never kept (but LineSearch::none does
/// not evaluate the last point of a step). Unless `absolute`, the iterations do not change if the objective
/// is multiplied by a constant.
/// More pairs need fewer evaluations of an ill-conditioned objective: 20 instead of 10 pairs save a sixth for
/// a quadratic with condition 1e4, and a third for a discrete boundary value problem.
/// On 40 problems it takes as many calls as liblbfgs and LBFGSpp with the line search of More and Thuente.
/// Each of the three takes about 870 calls for a quadratic of 50 dimensions with condition 1e4, and about
/// 8000 with 1e6: precondition such problems.
/// Memory: 2 history + 8 values a parameter and the gradient, twice that if iterations > 1; float if all parameters are.
/// All of it is on the heap, also for parameters of fixed size, and allocated by the optimizer's constructor
/// (a copy allocates its gradient at the first step). Passes: 4 over each pair, about 10 more for each
/// evaluation. Shapes: any. Products are summed in double, in an order that does not depend on the layout. An
/// objective that throws changes nothing.
/// Errors: std::invalid_argument for an option out of its range. A step by a gradient does not compile.
/// Source: Liu & Nocedal 1989; Nocedal & Wright 2006, Algorithms 7.4, 3.5 and 3.6.
/// Differs from: PyTorch's LBFGS (Lbfgs::like_pytorch()): 20 iterations a step, no line search, 100 pairs,
/// absolute tolerances; Optax's lbfgs, which has a different line search.
struct Lbfgs {
  Schedule learning_rate = 1.0;                       ///< not negative
  std::int64_t history = 10;                          ///< pairs that are kept, in [1, 10000]
  LineSearch line_search = LineSearch::strong_wolfe;  ///< see LineSearch
  std::int64_t iterations = 1;                        ///< iterations per step, at least 1
  std::optional<std::int64_t> max_evaluations = {};   ///< per step, at least 1; a line search that has begun
                                                      ///< may make one more
  std::int64_t max_search_evaluations = 25;           ///< per line search, at least 1
  double gradient_tolerance = 1e-10;  ///< a step ends if the largest entry of the gradient is at most
                                      ///< this times that of the first gradient; not negative
  double change_tolerance = 1e-12;    ///< a step ends if the loss or every parameter changes by at
                                      ///< most this, relatively, or the slope promises no more;
                                      ///< not negative
  double min_curvature = 1e-10;       ///< drops a pair with y.s of at most this times |y| |s|; not negative
  bool absolute = false;              ///< uses these three as absolute values, as PyTorch does

  static constexpr RuleTraits traits{.has_learning_rate = true, .stands_alone = true};
  template <class V>
  static V update(V u, V) {
    static_assert(!std::is_same_v<V, V>,
                  "descent: Lbfgs stands alone: it evaluates the objective itself, and cannot be part of a "
                  "chain or a partition");
    return u;
  }

  void check(const Check& check) const {
    check("learning_rate", learning_rate, legal::non_negative);
    check("history", static_cast<double>(history), legal::between(1, 10'000));
    check.that(line_search >= LineSearch::none && line_search <= LineSearch::strong_wolfe,
               "line_search must be LineSearch::none, backtracking or strong_wolfe");
    check("iterations", static_cast<double>(iterations), legal::at_least(1));
    if (max_evaluations) check("max_evaluations", static_cast<double>(*max_evaluations), legal::at_least(1));
    check("max_search_evaluations", static_cast<double>(max_search_evaluations), legal::at_least(1));
    check("gradient_tolerance", gradient_tolerance, legal::non_negative);
    check("change_tolerance", change_tolerance, legal::non_negative);
    check("min_curvature", min_curvature, legal::non_negative);
  }

  /// torch.optim.LBFGS; add .line_search = LineSearch::strong_wolfe for its line_search_fn.
  static Lbfgs like_pytorch() {
    Lbfgs rule{.history = 100, .line_search = LineSearch::none, .iterations = 20, .max_evaluations = 25};
    rule.gradient_tolerance = 1e-7;
    rule.change_tolerance = 1e-9;
    rule.absolute = true;
    return rule;
  }
};

}  // namespace descent
