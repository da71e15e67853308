// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/memory/block_record.hpp>
#include <descent/core/rule_traits.hpp>
#include <descent/core/simd/build.hpp>
#include <descent/runtime/rule_expression.hpp>

#include <Eigen/Core>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

// One rule of a composition that is chosen at run time. A chain becomes a list of stages; each takes the result of the
// one before it for its update, and only the last of them writes the parameters.

namespace descent {
class TensorIndex;
}
namespace descent::detail::inline DESCENT_BUILD {

class HeapTable;
class Changes;
struct TensorCollector;

/// What composing must know of a rule with its options.
struct RuleFacts {
  std::string_view name{};        // as messages name it
  const char* adjusts = nullptr;  // the state of an earlier rule that it changes
  bool has_learning_rate = false;
  bool sees_gradient = false;      // compares the update with the gradient of the step
  bool replaces_gradient = false;  // later rules take its update for the gradient
  bool takes_matrices = false;
  bool measures_tree = false;
  bool may_skip = false;
  bool needs_skipped_gradients = false;
  bool needs_loss = false;
  bool changes_objective = false;
  bool stands_alone = false;  // evaluates the objective as often as it likes; no other rule is in the text
  bool freezes = false;
};

/// The blocks that follow a stage; empty if all do.
using BlockMask = std::vector<bool>;

/// A block of any layout, for callers that do not know the types of a tree.
template <class S>
using AnyBlock = Eigen::Map<Eigen::Matrix<S, Eigen::Dynamic, Eigen::Dynamic>, 0,
                            Eigen::Stride<Eigen::Dynamic, Eigen::Dynamic>>;
template <class S>
using AnyBlocks = std::vector<AnyBlock<S>>;

/// Called with path, name and values for every slot of state.
template <class S>
using StateVisitor = std::function<void(const std::string&, const std::string&, AnyBlock<S>)>;

/// A rule bound to the blocks of a tree, with its state.
template <class S>
class Stage {
 public:
  Stage() = default;
  Stage& operator=(const Stage&) = delete;
  virtual ~Stage() = default;

  virtual std::unique_ptr<Stage> clone() const = 0;
  virtual const RuleFacts& facts() const = 0;
  virtual std::string text() const = 0;

  /// Finds all errors of the next step.
  virtual void check(const StepInputs& inputs) = 0;
  /// Takes the step for the blocks in `bound`; `updates[k]` is the update of block k, contiguous in the order of its
  /// parameters, or null for its gradient. Returns false if the rule refused the step.
  virtual bool step(const HeapTable& bound, const S* const* updates, const StepInputs& inputs,
                    bool regular) = 0;
  /// The update of block k after the step, or null if the stage added it to the parameters, or does not follow the block.
  virtual const S* result(std::size_t k) = 0;
  virtual bool writes_parameters() const = 0;
  /// The slot of state of this name, or null.
  virtual S* slot(std::string_view name, std::size_t k) = 0;

  virtual std::int64_t steps() const = 0;
  virtual std::int64_t skipped_steps() const = 0;
  virtual void skip_step() = 0;
  virtual double learning_rate() const = 0;
  virtual double learning_rate_of(std::size_t k) const = 0;
  virtual void set_rate_factor(double factor) = 0;
  virtual double rate_factor() const = 0;
  virtual void set_rule(const ParsedRule& parsed, const RuleExpression& expression,
                        const BlockMask& mask) = 0;
  virtual void reset() = 0;

  /// `bound`: a copy of the parameters, which becomes the point, and the parameters as its gradient.
  virtual void evaluate(const HeapTable& bound) = 0;
  /// `bound`: the Hessian's diagonal as the gradient.
  virtual void observe_hessian(const HeapTable& bound) = 0;
  virtual void evaluate_nearby(AnyBlocks<S>& parameters, AnyBlocks<S>& gradient, AnyBlocks<S>& saved,
                               const std::function<void()>& objective) = 0;

  /// A step of a rule that stands alone: `evaluate` writes `gradient` at the parameters and returns the loss.
  virtual double step_alone(AnyBlocks<S>&, const AnyBlocks<S>& /*gradient*/,
                            const std::function<double()>& evaluate) {
    return evaluate();
  }

  virtual void visit_slots(const StateVisitor<S>& visit) = 0;
  virtual void collect_state(const std::string& prefix, TensorCollector& collector) = 0;
  virtual void prepare_state(const std::string& prefix, TensorIndex& tensors, Changes& changes) = 0;

 protected:
  Stage(const Stage&) = default;
};

/// How a stage is used.
struct StageForm {
  bool takes_update;  // gets the update of the stage before, and the gradient
  bool keeps_update;  // keeps its update for the next stage instead of adding it to the parameters
};

/// A rule that texts may name.
template <class S>
struct RuleEntry {
  std::string_view name;
  /// What its options say, once they have been read.
  RuleFacts (*facts)(const ParsedRule&, const RuleExpression&);
  std::string (*text)(const ParsedRule&, const RuleExpression&);
  std::unique_ptr<Stage<S>> (*make)(const ParsedRule&, const RuleExpression&, StageForm, const HeapTable&,
                                    const BlockMask&);
};

}  // namespace descent::detail::inline DESCENT_BUILD
