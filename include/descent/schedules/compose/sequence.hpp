// SPDX-License-Identifier: MIT
#pragma once

#include <descent/schedules/common.hpp>
#include <descent/schedules/warmup.hpp>

#include <cstddef>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace descent {

struct Hold;

/// Consecutive schedules, each on its own clock; made by `>>` and `join`.
class Sequence {
 public:
  enum class Kind { schedule, warmup, hold };
  struct Part {
    Kind kind = Kind::schedule;
    Schedule schedule = {};  // the constant 1 for a hold
    std::int64_t steps = 0;  // until the next part begins; endless only in the last part
    std::int64_t begin = 0;  // on the clock of the sequence
    double scale = 1;        // of a warm-up or a hold: the value of its neighbour
    bool waits = false;      // whether `scale` is missing: a warm-up, or a hold without a schedule before it
  };

  /// A step before 0 has the value of step 0.
  double operator()(std::int64_t step) const {
    if (parts_.empty()) return 0;
    step = detail::not_negative(step);
    const Part& part = parts_[index_at(step)];
    return part.scale * part.schedule(step - part.begin);
  }

  std::int64_t duration() const {
    if (parts_.empty()) return 0;
    const Part& last = parts_.back();
    return last.steps == detail::endless ? last.steps : detail::saturating_sum(last.begin, last.steps);
  }

  void check() const {
    bool has_schedule = false;
    for (const Part& part : parts_) has_schedule = has_schedule || part.kind == Kind::schedule;
    if (!has_schedule)
      Check("hold").fail("there is no schedule whose value it could hold: a >> hold(n) >> b");
    if (parts_.back().kind == Kind::warmup)
      Check("warmup").fail("there is no schedule after it: write warmup(n) >> s");
  }

  const std::vector<Part>& parts() const { return parts_; }

  void append(const Hold& pause);
  void append(const Sequence& other) {
    for (const Part& part : other.parts_) append(part.kind, part.schedule, part.steps);
  }
  void append(const Schedule& schedule);
  /// A schedule that ends after the given steps, whatever its own length.
  void append(const Schedule& schedule, std::int64_t steps);

 private:
  void append(Kind kind, const Schedule& schedule, std::int64_t steps);
  void end_by_hold(Kind next);
  void hand_back(double following);
  std::size_t index_at(std::int64_t step) const;

  std::vector<Part> parts_;
};

/// A constant part between schedules; made by `hold`.
struct Hold {
  std::int64_t steps = 0;  ///< length, not negative

  template <class T>
    requires std::is_same_v<T, Schedule>
  operator T() const {
    static_assert(!std::is_same_v<T, Schedule>,
                  "descent: hold(n) alone has nothing to hold; write a >> hold(n) >> b");
  }
};

/// Keeps a value for `steps` steps: `a >> hold(n) >> b`.
///
/// The value is the last value of the previous part. If there is none or only a warm-up, it is the first
/// value of the next part (`warmup(10) >> hold(50) >> CosineDecay{...}`). After a number, it is the length of
/// that number: `warmup(10) >> 0.1 >> hold(50) >> CosineDecay{...}`.
///
/// * `steps`: not negative.
///
/// Errors: std::invalid_argument for negative steps, or if there is no schedule before or after it.
inline Hold hold(std::int64_t steps) {
  Check("hold")("steps", static_cast<double>(steps), detail::whole_from(0));
  return {.steps = steps};
}

/// A sequence whose last part never ends, known at compile time: nothing can follow it.
struct EndlessSequence : Sequence {
  std::int64_t duration() const = delete;
};

namespace detail {
template <class T>
concept SequenceOperand = ScheduleOperand<T> || std::is_same_v<T, Hold>;

template <class A, class B>
concept EitherIsOursOrHold = EitherIsOurs<A, B> || std::is_same_v<A, Hold> || std::is_same_v<B, Hold>;

template <class B, class A>
concept SequenceableWith = EitherIsOursOrHold<A, B> && SequenceOperand<A> && SequenceOperand<B>;

template <class T>
inline constexpr bool never_ends = ScheduleFunction<T> && !HasDuration<T>;

template <class T>
void append_to(Sequence& sequence, const T& operand) {
  if constexpr (std::is_base_of_v<Sequence, T>) {
    sequence.append(static_cast<const Sequence&>(operand));
  } else if constexpr (std::is_same_v<T, Hold>) {
    sequence.append(operand);
  } else {
    sequence.append(Schedule(operand));
  }
}
}  // namespace detail

/// Two consecutive schedules, each on its own clock: `first` for its length, then `second` from its step 0.
///
///   warmup(100) >> CosineDecay{.initial = 0.1, .steps = 900}          // 1000 steps in all
///   LinearDecay{...} >> hold(50) >> CosineDecay{...}
///
/// The length of a part is its duration: the step from which it would hold its last value is the first step
/// of the next part. One operand may be a number or your own callable; join two of your own with `Schedule{f}
/// >> g` if f has a `duration()`. Grouping does not matter: (a >> b) >> c is a >> (b >> c). The last part
/// continues as it does alone.
///
/// Errors: a part that never ends before `>>` does not compile, or throws std::invalid_argument if this is
/// known only at run time; `join` can end it.
template <class A, detail::SequenceableWith<A> B>
auto operator>>(const A& first, const B& second) {
  static_assert(!detail::never_ends<A> && !(std::is_arithmetic_v<A> && !std::is_same_v<B, Hold>),
                "descent: the schedule before >> never ends, so the one after it would never start; end it "
                "with join({first, second}, {steps}), or a number with >> hold(steps)");
  std::conditional_t<detail::never_ends<B>, EndlessSequence, Sequence> sequence;
  detail::append_to(sequence, first);
  detail::append_to(sequence, second);
  return sequence;
}

/// Consecutive schedules with explicit boundaries: part i + 1 begins at step boundaries[i], on its own clock.
/// An endless part is cut there; a shorter part holds its last value until then.
///
///   join({StepDecay{...}, CosineDecay{...}}, {100})
///
/// * `parts`: at least one; a warm-up takes its scale from the next part.
/// * `boundaries`: one fewer than parts, in ascending order, not negative. Equal boundaries omit a part.
///
/// The first value of the first part at step 0; at a boundary the first value of the part that begins there;
/// after the last boundary the last part continues as it does alone.
/// Errors: std::invalid_argument for a wrong number of boundaries or boundaries out of order.
/// Source: Optax's join_schedules and PyTorch's SequentialLR.
inline Schedule join(const std::vector<Schedule>& parts, const std::vector<std::int64_t>& boundaries) {
  const Check check("join");
  if (parts.empty() || boundaries.size() + 1 != parts.size())
    check.fail(std::to_string(boundaries.size()) + " boundaries for " + std::to_string(parts.size()) +
               " parts; a boundary belongs between each part and the next");
  if (boundaries.empty()) return parts.front();
  Sequence sequence;
  std::int64_t begin = 0;
  for (std::size_t i = 0; i < boundaries.size(); ++i) {
    check("boundaries[" + std::to_string(i) + "]", static_cast<double>(boundaries[i]),
          detail::whole_from(static_cast<double>(begin)));
    sequence.append(parts[i], boundaries[i] - begin);
    begin = boundaries[i];
  }
  sequence.append(parts.back(), parts.back().duration());
  return sequence;
}

inline void Sequence::append(const Hold& pause) { append(Kind::hold, Schedule(1.0), pause.steps); }

/// A sequence inside a sequence is replaced by its parts, so that grouping does not matter.
inline void Sequence::append(const Schedule& schedule) {
  if (const auto* sequence = schedule.target<Sequence>()) return append(*sequence);
  if (const auto* endless = schedule.target<EndlessSequence>())
    return append(static_cast<const Sequence&>(*endless));
  append(schedule, schedule.duration());
}

inline void Sequence::append(const Schedule& schedule, std::int64_t steps) {
  append(schedule.target<Warmup>() != nullptr ? Kind::warmup : Kind::schedule, schedule, steps);
}

/// Takes O(1) on average, since earlier parts are final. The part is constructed in place, since g++ 15 warns
/// that a moved one is uninitialized.
inline void Sequence::append(Kind kind, const Schedule& schedule, std::int64_t steps) {
  std::int64_t begin = 0;
  double scale = 1;
  bool waits = kind != Kind::schedule;
  if (!parts_.empty()) {
    end_by_hold(kind);
    const Part& last = parts_.back();
    begin = detail::saturating_sum(last.begin, detail::not_negative(last.steps));
    if (kind == Kind::hold) {
      waits = last.waits;
      if (!waits) scale = last.kind == Kind::hold ? last.scale : last.schedule(last.steps);
    }
    if (kind == Kind::schedule && last.waits) hand_back(schedule(0));
  }
  Part& part = parts_.emplace_back();
  part.kind = kind;
  part.schedule = schedule;
  part.steps = steps;
  part.begin = begin;
  part.scale = scale;
  part.waits = waits;
}

/// A number before a hold lasts for the steps of the hold; nothing else may follow an endless part.
inline void Sequence::end_by_hold(Kind next) {
  Part& last = parts_.back();
  if (last.steps != detail::endless) return;
  if (!last.schedule.is_constant() || next != Kind::hold)
    detail::fail_invalid_argument(
        ">>: the schedule before >> never ends, so the one after it would never start; end it with "
        "join({first, second}, {steps}), or a number with >> hold(steps)");
  last.steps = 0;
}

/// Scales the last warm-ups and holds after the last schedule by the next value.
inline void Sequence::hand_back(double following) {
  for (std::size_t i = parts_.size(); i-- > 0 && parts_[i].waits;) {
    parts_[i].scale = following;
    following *= parts_[i].schedule(0);
  }
}

/// The last part that has begun; skips parts of length 0.
inline std::size_t Sequence::index_at(std::int64_t step) const {
  std::size_t low = 0, high = parts_.size();
  while (high - low > 1) {
    const std::size_t middle = low + (high - low) / 2;
    if (parts_[middle].begin <= step) {
      low = middle;
    } else {
      high = middle;
    }
  }
  return low;
}

}  // namespace descent
