// SPDX-License-Identifier: MIT
#pragma once

#include <descent/optimizers/lbfgs/curvature_pairs.hpp>
#include <descent/optimizers/lbfgs/limits.hpp>
#include <descent/optimizers/lbfgs/strong_wolfe.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

namespace descent {

namespace detail {

/// The iterations of L-BFGS on vectors. They evaluate a Model:
///
///   double evaluate(origin, length, direction, gradient)   moves to origin + length * direction
///   void place(origin, length, direction)                  only moves there
///   void read(vector), void write(vector)                  the parameters
template <class S>
class QuasiNewton {
 public:
  using Vector = FlatVector<S>;
  using Pairs = CurvaturePairs<S>;
  struct Counts {
    std::int64_t iterations = 0, evaluations = 0;
    bool begins = true;      // the next direction is the negative gradient, of bounded length
    double first_entry = 0;  // the largest entry of the first gradient; 0 before it
  };

  QuasiNewton(Eigen::Index size, std::int64_t history, bool several_iterations) : pairs_(size, history) {
    for (Vector* vector : {&origin_, &direction_, &gradient_, &kept_, &trial_}) *vector = Vector::Zero(size);
    keep_room(several_iterations);
  }
  /// To undo the iterations if the objective throws after the first of several.
  void keep_room(bool several_iterations) {
    if (several_iterations == saved_.has_room()) return;
    saved_ = several_iterations ? Pairs(origin_.size(), pairs_.history()) : Pairs();
    before_ = Vector::Zero(several_iterations ? origin_.size() : 0);
  }

  Counts counts;
  Pairs& pairs() { return pairs_; }
  const Pairs& pairs() const { return pairs_; }
  /// The gradient at the parameters: set it before a step; valid after a step that evaluated its end.
  Vector& gradient() { return gradient_; }
  bool has_moved() const { return has_moved_; }
  bool is_search_satisfied() const { return is_search_satisfied_; }
  /// Restarts along the gradient; `clear` also drops the scale.
  void restart() {
    pairs_.forget();
    counts.begins = true;
  }
  void clear() {
    pairs_.clear();
    counts = {};
  }

  /// Calls f(name, value) for everything to save except the vectors of the pairs.
  template <class F>
  void for_each_number(F&& f) {
    f("iterations", counts.iterations);
    f("evaluations", counts.evaluations);
    f("begins", counts.begins);
    f("first_entry", counts.first_entry);
    f("has_moved", has_moved_);
    f("is_search_satisfied", is_search_satisfied_);
    pairs_.for_each_number(f);
  }

  /// One step: as many iterations as the limits allow. If the model throws, nothing has changed.
  template <class Model>
  LbfgsStatus step(Model& model, const QuasiNewtonLimits& limits, double& loss) {
    is_search_satisfied_ = true;
    has_moved_ = false;
    if (!is_finite(loss) || !all_entries_finite(gradient_)) return LbfgsStatus::not_finite;
    const double largest = largest_entry(gradient_);
    const double first = counts.first_entry == 0 ? largest : counts.first_entry;
    if (largest <= limits.gradient_tolerance * (limits.absolute ? 1 : first))
      return LbfgsStatus::gradient_small;
    Undo<Model> undo(*this, model);
    counts.first_entry = first;
    double reached = loss;
    const LbfgsStatus status = iterate(model, limits, reached);
    undo.armed = false;
    loss = reached;
    return status;
  }

 private:
  template <class Model>
  struct Undo {
    Undo(QuasiNewton& steps, Model& owner)
        : all(steps), model(owner), counts(steps.counts), cursor(steps.pairs_.cursor()) {
      model.read(all.origin_);
      if (!all.saved_.has_room()) return;
      all.saved_ = all.pairs_;
      all.before_ = all.origin_;
    }
    Undo(const Undo&) = delete;
    Undo& operator=(const Undo&) = delete;
    ~Undo() {
      if (!armed) return;
      const bool has_copy = all.saved_.has_room();
      model.write(has_copy ? all.before_ : all.origin_);
      if (has_copy) all.pairs_ = all.saved_;
      all.pairs_.restore(cursor);
      all.counts = counts;
    }

    QuasiNewton& all;
    Model& model;
    Counts counts;
    typename Pairs::Cursor cursor;
    bool armed = true;
  };

  /// The line along the direction.
  template <class Model>
  struct Line {
    LinePoint evaluate(double step) {
      const double loss = model.evaluate(all.origin_, step, all.direction_, all.trial_);
      last_step = step;
      const double slope = dot(all.trial_, all.direction_);  // not finite if an entry is not
      return {step, loss, slope, is_finite(loss) && is_finite(slope)};
    }
    void keep() { all.trial_.swap(all.kept_); }

    QuasiNewton& all;
    Model& model;
    double last_step = 0;
  };

  template <class Model>
  LbfgsStatus iterate(Model& model, const QuasiNewtonLimits& limits, double& loss) {
    std::int64_t used = 1;
    for (std::int64_t iteration = 1;; ++iteration) {
      const bool last = iteration == limits.iterations;
      const std::int64_t before = counts.evaluations;
      const LbfgsStatus status = iterate_once(model, limits, used, last, loss);
      if (last || status != LbfgsStatus::moved) return status;
      used += counts.evaluations - before;
      if (used >= limits.evaluations) return LbfgsStatus::evaluations_exhausted;
      model.read(origin_);
    }
  }

  template <class Model>
  LbfgsStatus iterate_once(Model& model, const QuasiNewtonLimits& limits, std::int64_t used, bool last,
                           double& loss) {
    ++counts.iterations;
    const LinePoint start{0, loss, find_direction(limits)};
    if (!is_finite(start.slope)) return LbfgsStatus::not_finite;
    const double length = limits.rate * (counts.begins ? first_length(limits) : 1.0);
    counts.begins = false;
    const double least_slope = limits.change_tolerance * (limits.absolute ? 1 : std::abs(loss));
    if (start.slope > -least_slope || length == 0) return LbfgsStatus::change_small;
    if (limits.search == LineSearch::none && last && !limits.evaluates_end)
      return take_unseen(model, length, limits);
    const LineSearchResult found = search(model, limits, used, start, length);
    if (found.point.step == 0) return failure(found, limits);
    move(found.point.step);
    const double before = loss;
    loss = found.point.loss;
    if (found.unbounded) return LbfgsStatus::unbounded;
    if (largest_entry(gradient_) <= limits.gradient_tolerance * (limits.absolute ? 1 : counts.first_entry))
      return LbfgsStatus::gradient_small;
    const bool small = moves_little(found.point.step, limits) || changes_little(before, loss, limits);
    return small ? LbfgsStatus::change_small : LbfgsStatus::moved;
  }

  /// The length of a step along the gradient: from the last known curvature, or 1 if there is none.
  double first_length(const QuasiNewtonLimits& limits) const {
    if (limits.absolute) return std::min(1.0, 1 / absolute_sum(gradient_));
    const double known = pairs_.cursor().known_scale;
    return known > 0 ? known : 1 / std::sqrt(dot(gradient_, gradient_));
  }
  static bool changes_little(double before, double after, const QuasiNewtonLimits& limits) {
    const double change = std::abs(after - before);
    if (limits.absolute) return change < limits.change_tolerance;
    return change <= limits.change_tolerance * std::max(std::abs(before), std::abs(after));
  }
  bool moves_little(double length, const QuasiNewtonLimits& limits) const {
    return length * size_of_direction(limits) <= limits.change_tolerance;
  }
  /// The largest entry of the direction, or the largest relative to its parameter.
  double size_of_direction(const QuasiNewtonLimits& limits) const {
    return limits.absolute ? largest_entry(direction_) : largest_ratio(direction_, origin_);
  }

  /// The slope along the direction.
  double find_direction(const QuasiNewtonLimits& limits) {
    if (!counts.begins) {
      pairs_.observe(gradient_, limits.least_curvature, limits.absolute);
      pairs_.multiply(gradient_, direction_);
      const double slope = dot(gradient_, direction_);
      if (slope < 0 && is_finite(slope)) return slope;
    }
    restart();  // rounding errors made the pairs useless, or there are none yet
    direction_ = -gradient_;
    return dot(gradient_, direction_);
  }

  template <class Model>
  LineSearchResult search(Model& model, const QuasiNewtonLimits& limits, std::int64_t used,
                          const LinePoint& start, double length) {
    const LineSearchLimits bounds{.min_move = limits.change_tolerance,
                                  .max_entry = size_of_direction(limits),
                                  .evaluations = evaluations_for_search(limits, used)};
    Line<Model> line{*this, model};
    const LineSearchResult found = [&] {
      if (limits.search == LineSearch::strong_wolfe) return StrongWolfe(line, start, bounds).run(length);
      if (limits.search == LineSearch::backtracking) return backtracking_search(line, start, length, bounds);
      return fixed_step(line, start, length, bounds);
    }();
    counts.evaluations += found.evaluations;
    is_search_satisfied_ = found.satisfied;
    if (found.point.step == 0) {
      model.write(origin_);
    } else if (found.point.step != line.last_step) {
      model.place(origin_, found.point.step, direction_);
    }
    return found;
  }
  /// One more than the remaining evaluations, as in PyTorch, so that there is always one.
  static std::int64_t evaluations_for_search(const QuasiNewtonLimits& limits, std::int64_t used) {
    return std::min(limits.of_a_search, limits.evaluations - used + 1);
  }

  LbfgsStatus failure(const LineSearchResult& found, const QuasiNewtonLimits& limits) const {
    if (!found.saw_finite) return LbfgsStatus::not_finite;
    return found.evaluations < limits.of_a_search && found.exhausted ? LbfgsStatus::evaluations_exhausted
                                                                     : LbfgsStatus::search_stalled;
  }

  template <class Model>
  LbfgsStatus take_unseen(Model& model, double length, const QuasiNewtonLimits& limits) {
    model.place(origin_, length, direction_);
    move(length);
    return moves_little(length, limits) ? LbfgsStatus::change_small : LbfgsStatus::moved;
  }

  void move(double length) {
    pairs_.add_step(length, direction_, gradient_);
    gradient_.swap(kept_);
    has_moved_ = true;
  }

  Pairs pairs_, saved_;
  Vector before_, origin_, direction_, gradient_, kept_, trial_;
  bool has_moved_ = false, is_search_satisfied_ = true;
};

}  // namespace detail
}  // namespace descent
