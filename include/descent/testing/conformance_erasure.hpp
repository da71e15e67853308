// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/optimizer.hpp>
#include <descent/core/saved_state.hpp>
#include <descent/testing/conformance_subject.hpp>
#include <descent/testing/rule_options.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

// Makes a Subject from a rule: the only code that is compiled for each rule.

namespace descent::testing::conformance {

/// Writes the gradient as an objective does, also with wrong shapes.
template <class Gradient, class Written>
void write_gradient(const Gradient& gradient, Written& written) {
  if constexpr (std::is_same_v<Gradient, Written>) {
    written = gradient;
  } else {
    descent::detail::walk([](auto& to, const auto& from) { to = from; }, written, gradient);
  }
}

/// Performs a step of any kind of rule. For one that evaluates the objective, the gradient is the same at
/// every point.
template <class Tree, class R, class Gradient>
void take_step(Optimizer<Tree, R>& optimizer, Tree& parameters, const Gradient& gradient, double loss) {
  using Plan = descent::detail::Plan<R>;
  if constexpr (descent::detail::changes_objective<Plan>) {
    optimizer.step(parameters, [&](const Tree&, auto& written) {
      write_gradient(gradient, written);
      return loss;
    });
  } else if constexpr (descent::detail::any_needs_loss<Plan>(typename Plan::AllLeaves{})) {
    optimizer.step(parameters, gradient, loss);
  } else {
    optimizer.step(parameters, gradient);
  }
}

template <class S, class R>
class OptimizerOf final : public ErasedOptimizer<S> {
 public:
  OptimizerOf(const Blocks<S>& parameters, R rule) : optimizer_(parameters, std::move(rule)) {}

  void step(Blocks<S>& parameters, const Matrices<S>& gradient, double loss) override {
    take_step(optimizer_, parameters, gradient, loss);
  }
  std::int64_t steps() const override { return optimizer_.steps(); }
  void reset() override { optimizer_.reset(); }
  std::vector<Slot<S>> state() override {
    std::vector<Slot<S>> slots;
    optimizer_.for_each_state([&](const std::string& path, const std::string& name, const auto& values) {
      slots.push_back({path, name, values});
    });
    return slots;
  }
  std::vector<SavedTensor> tensors() override { return saved_state(optimizer_); }
  void set_tensors(std::span<const SavedTensor> tensors) override { restore_state(optimizer_, tensors); }
  std::unique_ptr<ErasedOptimizer<S>> copy() const override { return std::make_unique<OptimizerOf>(*this); }
  std::vector<double> options(std::int64_t step) const override {
    return numbers_of(optimizer_.rule(), step);
  }

 private:
  Optimizer<Blocks<S>, R> optimizer_;
};

template <class S, class R>
class ViewsOptimizerOf final : public ErasedViewsOptimizer<S> {
 public:
  ViewsOptimizerOf(const Views<S>& parameters, R rule) : optimizer_(parameters, std::move(rule)) {}
  void step(Views<S>& parameters, const std::tuple<Matrix<S>, Matrix<S>>& gradient, double loss) override {
    take_step(optimizer_, parameters, gradient, loss);
  }

 private:
  Optimizer<Views<S>, R> optimizer_;
};

template <class S, class R>
Makers<S> makers_of(const R& rule) {
  Makers<S> makers;
  makers.blocks = [rule](const Blocks<S>& blocks) {
    return std::make_unique<OptimizerOf<S, R>>(blocks, rule);
  };
  makers.views = [rule](const Views<S>& views) {
    return std::make_unique<ViewsOptimizerOf<S, R>>(views, rule);
  };
  makers.broken = [rule](const Blocks<S>& blocks, std::size_t option, std::int64_t from, double value) {
    R broken = rule;
    break_option(broken, option, from, value);
    return std::make_unique<OptimizerOf<S, R>>(blocks, std::move(broken));
  };
  return makers;
}

template <class Plan, std::size_t... I>
void describe_leaves(Subject& subject, std::index_sequence<I...>) {
  namespace engine = descent::detail;
  subject.takes_matrices = (engine::MatrixRule<typename Plan::template Leaf<I>> || ...);
  subject.measures_tree = (engine::measures_tree<typename Plan::template Leaf<I>> || ...);
  const bool measures = (engine::Measures<typename Plan::template Leaf<I>> || ...);
  subject.evaluates_objective = engine::changes_objective<Plan>;
  subject.measures_tree = subject.measures_tree || subject.evaluates_objective;  // the norm of the gradient
  subject.chooses_by_block = !Plan::uniform;
  subject.elementwise = !subject.takes_matrices && !measures && !subject.evaluates_objective && Plan::uniform;
}

/// The properties of a rule that follow from its type.
template <class R>
Subject describe(R rule) {
  using Plan = descent::detail::Plan<R>;
  Subject subject{.name = std::string(descent::detail::type_name<R>())};
  describe_leaves<Plan>(subject, typename Plan::AllLeaves{});
  const bool known = for_each_option(rule, [&](auto& option) {
    subject.options.push_back(kind_of<std::remove_cvref_t<decltype(option)>>());
  });
  if (!known) {
    subject.options.clear();
    subject.options_unknown =
        "the options cannot be distinguished: more than 20, or one among them such as "
        "std::optional, that can be made from anything";
  }
  return subject;
}

template <class R>
Subject subject_of(const R& rule) {
  Subject subject = describe(rule);
  subject.of_float = makers_of<float>(rule);
  subject.of_double = makers_of<double>(rule);
  return subject;
}

}  // namespace descent::testing::conformance
