// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/check.hpp>
#include <descent/core/schedule.hpp>
#include <descent/optimizers/lbfgs/line_search.hpp>

#include <cstdint>
#include <optional>
#include <type_traits>

namespace descent {

/// Newton's method with an inverse Hessian made of the last few steps, for the whole objective.
///
///   d = -H g,   H of the last pairs s = p' - p, y = g' - g, by two loops from H0 = (y.s / y.y) I
///   p = p + t d,   t by a line search that starts at the learning rate (at the first iteration, with d = -g, at
///   1 / |g| times it; with `absolute` at min(1, 1 / |g|_1) times it)
///
/// Step by the objective: `optimizer.step(model, objective)`, or `minimize(objective, model, Lbfgs{})`. It
/// must be the same function each time: not for mini-batches. `optimizer.status()` tells what became of a step;
/// a search that stalls is a status, a point that is not finite is never kept (but with LineSearch::none the
/// last point of a step is not looked at).
/// Options: learning_rate >= 0, a schedule (1); history in [1, 10000] (10), the pairs that are kept; line_search
/// (strong_wolfe): see LineSearch; iterations >= 1 (1), of a step; max_evaluations >= 1 (none), of a step: a
/// search that has begun may make one more; max_search_evaluations >= 1 (25); gradient_tolerance >= 0 (1e-10): a
/// step ends if no entry of the gradient is larger than this times the largest of the first gradient;
/// change_tolerance >= 0 (1e-12): and if the loss changes by no more than this times itself, or each parameter does,
/// or the slope promises no more; min_curvature >= 0 (1e-10): a pair is dropped if y.s is not above this times
/// |y| |s|; absolute (false): none of the three is multiplied by anything, as in PyTorch. Without it the iterations
/// are the same for an objective times any constant.
/// More pairs take fewer evaluations of an ill-conditioned objective: of a quadratic with condition 1e4, 20 take a sixth
/// less than 10, and of a discrete boundary value problem a third.
/// On 40 problems it takes as many calls as liblbfgs and LBFGSpp with the search of More and Thuente. A quadratic of 50
/// dimensions with condition 1e4 takes each of the three some 870, with 1e6 some 8000: precondition such problems.
/// Memory: 2 history + 8 values a parameter and the gradient, twice that if iterations > 1; float if all parameters are.
/// All on the heap, also for parameters of fixed size, allocated when the optimizer is made (a copy of it allocates its
/// gradient at the first step). Passes: 4 over each pair, some 10 more for each evaluation. Shapes: any. Products are
/// summed in double, in an order that does not depend on the layout. An objective that throws changes nothing.
/// Errors: std::invalid_argument for an option out of its range. A step by a gradient does not compile.
/// Source: Liu & Nocedal 1989; Nocedal & Wright 2006, Algorithms 7.4, 3.5 and 3.6.
/// Differs from: PyTorch's LBFGS, whose numbers Lbfgs::like_pytorch() gives: 20 iterations a step, no line
/// search, 100 pairs, absolute tolerances; Optax's lbfgs, with another search.
struct Lbfgs {
  Schedule learning_rate = 1.0;
  std::int64_t history = 10;
  LineSearch line_search = LineSearch::strong_wolfe;
  std::int64_t iterations = 1;
  std::optional<std::int64_t> max_evaluations = {};
  std::int64_t max_search_evaluations = 25;
  double gradient_tolerance = 1e-10;
  double change_tolerance = 1e-12;
  double min_curvature = 1e-10;
  bool absolute = false;

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

  /// torch.optim.LBFGS; with .line_search = LineSearch::strong_wolfe as with its line_search_fn.
  static Lbfgs like_pytorch() {
    Lbfgs rule{.history = 100, .line_search = LineSearch::none, .iterations = 20, .max_evaluations = 25};
    rule.gradient_tolerance = 1e-7;
    rule.change_tolerance = 1e-9;
    rule.absolute = true;
    return rule;
  }
};

}  // namespace descent
