// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/optimizer.hpp>
#include <descent/optimizers/lbfgs/flat_objective.hpp>
#include <descent/optimizers/lbfgs/iterations.hpp>
#include <descent/optimizers/lbfgs/rule.hpp>

#include <cstdint>
#include <string>
#include <type_traits>
#include <utility>

namespace descent {

/// The optimizer for Lbfgs: like that of any rule, except that its steps take the objective.
template <class Parameters, class StateStorage>
class Optimizer<Parameters, Lbfgs, StateStorage> {
  static_assert(detail::require_parameters<Parameters&>());
  static_assert(detail::require_tree<const Parameters&>());
  static_assert(detail::all_blocks<Parameters&, detail::IsFloatOrDouble>(),
                "descent: Lbfgs takes parameters of float or double");
  static_assert(std::is_same_v<StateStorage, StateLikeParameters>,
                "descent: Lbfgs keeps its state in the type of the parameters");
  using S = detail::FlatScalar<Parameters&>;

 public:
  /// Errors: std::invalid_argument for an option out of its range.
  template <class Tree>
  Optimizer(const Tree& parameters, Lbfgs rule, StateStorage = {})
      : varies_(check(rule, 0)),
        rule_(std::move(rule)),
        shape_(parameters),
        steps_of_newton_(shape_.size(), rule_.history, rule_.iterations > 1) {
    static_assert(detail::same_structure<Parameters&, const Tree&>(),
                  "descent: this tree has a different structure from the optimizer's parameters");
    gradient_.for_tree(parameters);
  }

  /// Performs one step and returns the loss before it. `status()` is its outcome.
  /// Errors: std::invalid_argument for shapes that differ from those in the constructor, or a learning rate
  /// out of its range. Then nothing has changed, nor if the objective throws.
  template <class Tree, class Objective>
  double step(Tree&& parameters, Objective&& objective) {
    constexpr bool evaluates = detail::EvaluatesLossAndGradient<Objective, Tree>;
    static_assert(evaluates,
                  "descent: Lbfgs evaluates the objective itself; call step(parameters, objective)");
    if constexpr (evaluates && detail::require_step_parameters<Tree, Parameters>()) {
      check_step(parameters);
      auto model = model_of(parameters, objective);
      const double loss = guarded([&] { return model.evaluate(); });
      detail::flatten(model.gradient, steps_of_newton_.gradient());
      double after = loss;
      take_step(model, limits(rule_tolerances(), false), after);
      ++steps_of_newton_.counts.evaluations;
      return loss;
    }
  }

  /// Like above, from the given loss and gradient at the parameters; replaces them by those at the new
  /// parameters.
  template <class Tree, class Objective>
  double step(Tree&& parameters, Objective&& objective, double& loss,
              GradientOf<std::remove_cvref_t<Tree>>& gradient) {
    return step(parameters, objective, loss, gradient, rule_tolerances());
  }
  template <class Tree, class Objective>
  double step(Tree&& parameters, Objective&& objective, double& loss,
              GradientOf<std::remove_cvref_t<Tree>>& gradient, const LbfgsTolerances& tolerances) {
    constexpr bool evaluates = detail::EvaluatesLossAndGradient<Objective, Tree>;
    static_assert(evaluates,
                  "descent: Lbfgs evaluates the objective itself; call step(parameters, objective)");
    if constexpr (evaluates && detail::require_step_parameters<Tree, Parameters>()) {
      check_step(parameters);
      shape_.check_gradient("Lbfgs", gradient);
      auto model = model_of(parameters, objective);
      detail::flatten(gradient, steps_of_newton_.gradient());
      const double before = loss;
      take_step(model, limits(tolerances, true), loss);
      if (has_moved()) detail::unflatten(steps_of_newton_.gradient(), gradient);
      return before;
    }
  }

  template <class Tree, class Gradient, class Loss>
  void step(Tree&&, const Gradient&, const Loss&) {
    static_assert(
        !std::is_same_v<Loss, Loss>,
        "descent: Lbfgs needs the whole objective, not the gradient of one point or of a batch (as fit "
        "has it); call minimize(objective, parameters, rule) or step(parameters, objective)");
  }

  /// The number of calls of `step`, of iterations, and of evaluations.
  std::int64_t steps() const { return steps_; }
  static constexpr std::int64_t skipped_steps() { return 0; }
  std::int64_t iterations() const { return steps_of_newton_.counts.iterations; }
  std::int64_t evaluations() const { return steps_of_newton_.counts.evaluations; }

  /// The outcome of the last step; whether it moved the parameters; whether its last line search met its
  /// conditions (if the evaluations run out, the step goes to the last point if its loss is below that of the
  /// start).
  LbfgsStatus status() const { return status_; }
  bool has_moved() const { return steps_of_newton_.has_moved(); }
  bool is_search_satisfied() const { return steps_of_newton_.is_search_satisfied(); }

  /// The number of pairs in use.
  std::int64_t pairs() const { return steps_of_newton_.pairs().cursor().count; }
  /// Drops the pairs: the next direction is the negative gradient.
  void restart() { steps_of_newton_.restart(); }

  /// The learning rate of the next step.
  double learning_rate() const { return rate_factor_ * rule_.learning_rate(steps_); }
  /// A factor on the schedule, as for every optimizer; initially 1.
  /// Errors: std::invalid_argument for a factor that is negative or not finite.
  void set_learning_rate_factor(double factor) {
    Check("set_learning_rate_factor")("factor", factor, legal::non_negative);
    Check("Lbfgs", steps_)("learning_rate", factor * rule_.learning_rate(steps_), legal::non_negative);
    rate_factor_ = factor;
  }
  double learning_rate_factor() const { return rate_factor_; }

  /// The rule that was passed to the constructor or set_rule.
  const Lbfgs& rule() const { return rule_; }
  /// Replaces the options; keeps state and step number.
  /// Errors: std::invalid_argument, and nothing changes, for an option out of its range or a different
  /// history.
  void set_rule(Lbfgs rule) {
    const bool varies = check(rule, steps_);
    if (rule.history != rule_.history)
      detail::fail_invalid_argument("set_rule: the new options need other state: history was " +
                                    std::to_string(rule_.history) + " and is " +
                                    std::to_string(rule.history) + "; make a new optimizer");
    steps_of_newton_.keep_room(rule.iterations > 1);
    rule_ = std::move(rule);
    varies_ = varies;
  }

  /// Resets to the state before the first step; allocates nothing.
  void reset() {
    steps_of_newton_.clear();
    status_ = LbfgsStatus::moved;
    steps_ = 0;
  }

  /// Calls f(path, name, values) for every slot of state: "old_stps[0]", ..., "old_dirs[0]", ..., from the
  /// oldest pair, and "prev_flat_grad". `values` is a Map in the shape of the block, to read and write the
  /// state.
  template <class F>
  void for_each_state(F&& f) {
    auto& pairs = steps_of_newton_.pairs();
    Eigen::Index offset = 0;
    for (const auto& block : shape_.blocks()) {
      pairs.for_each_vector([&](const std::string& name, auto vector) {
        using Shape = Eigen::Map<Eigen::Matrix<S, Eigen::Dynamic, Eigen::Dynamic>>;
        f(block.path, name, Shape(vector.data() + offset, block.rows, block.columns));
      });
      offset += block.rows * block.columns;
    }
    pairs.refresh();
  }

  /// Calls f(name, value) with a reference to everything that must be saved; see saved_state.
  template <class F>
  void for_each_state_value(F&& f) {
    f("steps", steps_);
    f("learning_rate_factor", rate_factor_);
    f("status", status_);
    for_each_state([&](const std::string& path, const std::string& name, auto values) {
      f(detail::joined({"state/", path, "/", name}), values);
    });
    steps_of_newton_.for_each_number(f);
    steps_of_newton_.pairs().refresh();
  }
  bool has_valid_state() const {
    const auto& cursor = steps_of_newton_.pairs().cursor();
    return steps_ >= 0 && iterations() >= 0 && evaluations() >= 0 && cursor.count >= 0 &&
           cursor.count <= rule_.history && rate_factor_ >= 0 && is_finite(rate_factor_) &&
           status_ >= LbfgsStatus::moved && status_ <= LbfgsStatus::unbounded;
  }

 private:
  static bool check(const Lbfgs& rule, std::int64_t step) {
    const Check check("Lbfgs", step);
    rule.check(check);
    return check.anything_varies();
  }

  template <class Tree>
  void check_step(const Tree& parameters) const {
    shape_.check_parameters("Lbfgs", parameters);
    if (varies_) check(rule_, steps_);
  }

  template <class Tree, class Objective>
  auto model_of(Tree& parameters, Objective& objective) {
    auto& gradient = gradient_.for_tree(parameters);
    using Gradient = std::remove_reference_t<decltype(gradient)>;
    return detail::FlatModel<Tree, Gradient, Objective>{"Lbfgs", shape_, parameters, gradient, objective};
  }

  LbfgsTolerances rule_tolerances() const { return {rule_.gradient_tolerance, rule_.change_tolerance}; }

  detail::QuasiNewtonLimits limits(const LbfgsTolerances& tolerances, bool evaluates_end) const {
    detail::QuasiNewtonLimits limits{.rate = learning_rate(),
                                     .gradient_tolerance = tolerances.gradient,
                                     .change_tolerance = tolerances.change,
                                     .least_curvature = rule_.min_curvature,
                                     .iterations = rule_.iterations,
                                     .of_a_search = rule_.max_search_evaluations,
                                     .search = rule_.line_search,
                                     .absolute = rule_.absolute,
                                     .evaluates_end = evaluates_end};
    if (rule_.max_evaluations) limits.evaluations = *rule_.max_evaluations;
    return limits;
  }

  template <class Model>
  void take_step(Model& model, const detail::QuasiNewtonLimits& limits, double& loss) {
    status_ = guarded([&] { return steps_of_newton_.step(model, limits, loss); });
    ++steps_;
  }

  /// If the objective throws, it may leave a gradient of a wrong shape; the next step starts with a new one.
  template <class F>
  auto guarded(F f) {
    struct Dropper {
      detail::KeptGradient& gradient;
      bool armed = true;
      ~Dropper() {
        if (armed) gradient = detail::KeptGradient();
      }
    } dropper{gradient_};
    const auto result = f();
    dropper.armed = false;
    return result;
  }

  bool varies_ = false;
  Lbfgs rule_;
  detail::TreeShape shape_;
  detail::QuasiNewton<S> steps_of_newton_;
  detail::KeptGradient gradient_;
  LbfgsStatus status_ = LbfgsStatus::moved;
  std::int64_t steps_ = 0;
  double rate_factor_ = 1;
};

}  // namespace descent
