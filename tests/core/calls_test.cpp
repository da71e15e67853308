// SPDX-License-Identifier: MIT
#include "support/catch.hpp"
#include "support/parts_of_rules.hpp"

#include <descent/core/optimizer.hpp>
#include <descent/core/partial_gradients.hpp>

#include <string>
#include <type_traits>
#include <vector>

// Every form of a function that rule.hpp lists is called.

using descent::BlockInfo;
using descent::MatrixShape;
using descent::Optimizer;
using descent::RuleTraits;
using descent::Scope;
using descent::Step;
using Eigen::MatrixXd;
using Eigen::MatrixXf;
using test::MeasuresSum;

namespace {

struct Counts {
  struct RuleState {
    double steps = 0;
  };
  void advance(RuleState& state, Step) const { ++state.steps; }
};
struct Scales {
  template <class S>
  struct Coefficients {
    S factor;
  };
  template <class V, class C>
  static V update(V u, V, const C& c) {
    return c.factor * u;
  }
};

/// The change of a matrix of ones by steps with a gradient of ones.
template <class Matrix = MatrixXd, class R>
double change(const R& rule, int steps) {
  Matrix p = Matrix::Zero(2, 3);
  Optimizer optimizer(p, rule);
  for (int k = 0; k < steps; ++k) optimizer.step(p, Matrix::Ones(2, 3));
  CHECK(p.isConstant(p(0)));
  return static_cast<double>(p(0));
}

struct TransformsWithRuleState : Counts {
  template <class Matrix>
  struct Workspace {
    void resize(Eigen::Index, Eigen::Index) {}
  };
  template <class Update, class Work>
  void transform(Update& update, Work&, Step, const RuleState& state) const {
    update *= state.steps;
  }
};
/// The workspace is the sum of the updates.
struct KeepsMatrix {
  template <class Matrix>
  struct Workspace {
    Matrix sum;
    void resize(Eigen::Index rows, Eigen::Index columns) { sum.setZero(rows, columns); }
  };
};
struct TransformsMaps : KeepsMatrix {
  template <class Matrix>
  void transform(Eigen::Map<Matrix>& update, Workspace<Matrix>& work, Step) const {
    work.sum += update;
    update = work.sum;
  }
};
struct TransformsAnything {
  static constexpr RuleTraits traits{.has_workspace_state = true};
  template <class Matrix>
  struct Workspace {
    Matrix sum;
    Eigen::Matrix<typename Matrix::Scalar, Eigen::Dynamic, 1> rows;
  };
  void prepare(auto& work, MatrixShape shape) const {
    work.sum.setZero(shape.rows, shape.columns);
    work.rows.setZero(shape.rows);
  }
  static auto for_each_state(auto& work, auto&& f) {
    f("sum", work.sum);
    f("rows", work.rows);
  }
  auto transform(auto& update, const auto& parameters, auto& work, auto) const {
    work.sum += update + parameters;
    work.rows += update.rowwise().sum();
    update = work.sum;
  }
};

/// Compiles only for matrices of float.
struct TransformsFloat : KeepsMatrix {
  void transform(Eigen::Map<MatrixXf>& update, Workspace<MatrixXf>& work, Step) const {
    work.sum += update;
    update = work.sum;
  }
};
/// Also the functions that prepare and list its workspace compile only for float.
struct PreparesFloat {
  static constexpr RuleTraits traits{.has_workspace_state = true};
  template <class Matrix>
  struct Workspace {
    Matrix sum;
  };
  void prepare(Workspace<MatrixXf>& work, MatrixShape shape) const {
    work.sum.setZero(shape.rows, shape.columns);
  }
  template <class F>
  static void for_each_state(Workspace<MatrixXf>& work, F&& f) {
    f("sum", work.sum);
  }
  void transform(Eigen::Map<MatrixXf>& update, const Eigen::Map<const MatrixXf>& parameters,
                 Workspace<MatrixXf>& work, Step) const {
    work.sum += update + parameters;
    update = work.sum;
  }
};

/// Sums the updates.
struct Sums {
  DESCENT_STATE(sum)
  template <class V>
  static V update(V u, V, State<V>& state) {
    state.sum += u;
    return state.sum;
  }
};
/// Remembers the number of steps of each parameter. After each step it halves the sum of the rule before it, without
/// reading its own state.
struct HalvesSum {
  static constexpr RuleTraits traits{.adjusts_state = "sum"};
  DESCENT_STATE(steps)
  template <class S>
  struct Coefficients {
    S factor;
  };
  Coefficients<double> coefficients(Step) const { return {0.5}; }
  template <class V, class C>
  static V update(V u, V, State<V>& state, const C&) {
    state.steps += V(1);
    return u;
  }
  template <class V, class C>
  static void adjust(V& sum, const C& c) {
    sum = c.factor * sum;
  }
};

struct TakesAnyState : Scales, Counts {
  Coefficients<double> coefficients(Step, const auto& state) const { return {state.steps}; }
};

struct InspectsAndCounts : Scales, Counts {
  static constexpr RuleTraits traits{.inspects_blocks = true};
  struct BlockState {
    double rows = 0;
  };
  void inspect_block(BlockState& state, const BlockInfo& block) const { state.rows = double(block.rows); }
  Coefficients<double> coefficients(Step, const RuleState& state, const BlockState& block) const {
    return {state.steps * block.rows};
  }
};
/// Sums the update and counts the elements; named by the macros.
struct NamesByMacros {
  static constexpr RuleTraits traits{.measures = Scope::block};
  DESCENT_MEASURED(sum, elements)
  template <class V>
  static void measure(V u, V, Measured<V>& sums) {
    sums.sum += u;
    sums.elements += V(1);
  }
  DESCENT_COEFFICIENTS(factor, offset)
  Coefficients<double> coefficients(Step, const Measured<double>& sums) const {
    return {sums.sum, sums.elements};
  }
  template <class V, class C>
  static V update(V u, V, const C& c) {
    return fma(c.factor, u, c.offset);
  }
};
struct RemembersBlocks : Scales, MeasuresSum {
  static constexpr RuleTraits traits{.measures = Scope::block};
  struct BlockState {
    double sum = 0;
  };
  void advance(BlockState& state, Step, const Measured<double>& sums) const { state.sum += sums.sum; }
  Coefficients<double> coefficients(Step, const BlockState& state) const { return {state.sum}; }
};

/// Begins with a list, and refuses its second step.
struct KeepsList : MeasuresSum {
  struct RuleState {
    std::vector<double> sums;
  };
  RuleState first{{1, 2}};

  static constexpr RuleTraits traits{
      .measures = Scope::tree, .has_initial_rule_state = true, .may_skip = true};
  const RuleState& initial_rule_state() const noexcept { return first; }
  static void advance(auto& state, Step, const auto& measured) { state.sums.push_back(measured.sum); }
  bool skips(const auto& state, const auto&) const { return state.sums.size() == 4; }
  template <class V>
  static V update(const V& u, const V&) noexcept {
    return u;
  }
};
struct BeginsWith {
  double first = 1;
  static constexpr RuleTraits traits{.has_initial_rule_state = true};
  struct RuleState {
    double value = 0;
  };
  RuleState initial_rule_state() const { return {first}; }
  void advance(RuleState&, Step) const {}
  template <class V>
  static V update(V u, V) {
    return u;
  }
};
/// Refuses all steps, and counts them.
struct RefusesAll : MeasuresSum {
  static constexpr RuleTraits traits{.measures = Scope::tree, .may_skip = true};
  struct RuleState {
    double refused = 0;
  };
  void advance(RuleState& state, Step, const Measured<double>&) const { ++state.refused; }
  bool skips(const Measured<double>&) const { return true; }
  template <class V>
  static V update(V u, V) {
    return u;
  }
};

}  // namespace

TEST_CASE("a rule of whole matrices may take the rule state, maps, or anything") {
  CHECK(change(TransformsWithRuleState{}, 3) == 1 + 2 + 3);
  CHECK(change(TransformsMaps{}, 3) == 1 + 2 + 3);
  CHECK(change(TransformsAnything{}, 2) == 1 + (1 + 2));
}

TEST_CASE("a rule of whole matrices may compile for one type of elements alone") {
  CHECK(change<MatrixXf>(TransformsFloat{}, 3) == 1 + 2 + 3);
  CHECK(change<MatrixXf>(PreparesFloat{}, 2) == 1 + (1 + 2));
}

TEST_CASE("a rule may change the state of a rule before it without reading its own state") {
  MatrixXd p = MatrixXd::Zero(2, 3);
  Optimizer optimizer(p, descent::chain(Sums{}, HalvesSum{}));
  for (int k = 0; k < 2; ++k) optimizer.step(p, MatrixXd::Ones(2, 3));
  CHECK(p.isConstant(1 + (0.5 + 1)));
  std::vector<std::string> names;
  std::vector<double> values;
  optimizer.for_each_state([&](const auto&, const std::string& name, const auto& state) {
    names.emplace_back(name);
    values.push_back(state(1, 2));
  });
  CHECK(names == std::vector<std::string>{"sum", "steps"});
  CHECK(values == std::vector<double>{0.75, 2});
}

TEST_CASE("coefficients may take any state, and the state of a block in every form") {
  CHECK(change(TakesAnyState{}, 3) == 1 + 2 + 3);
  CHECK(change(InspectsAndCounts{}, 3) == 2 * (1 + 2 + 3));
  CHECK(change(RemembersBlocks{}, 2) == 6 + 12);
}

TEST_CASE("macros name the coefficients and what is measured") {
  CHECK(change(NamesByMacros{}, 1) == 6 + 6);
  CHECK(change(NamesByMacros{}, 2) == 2 * (6 + 6));
}

TEST_CASE("a rule state may own memory, and begin with an option by reference") {
  MatrixXd p = MatrixXd::Zero(2, 2);
  const auto lists = [&](auto rule) {
    Optimizer optimizer(p, rule);
    optimizer.step(p, MatrixXd::Ones(2, 2));
    optimizer.step(p, MatrixXd::Ones(2, 2));
    CHECK(optimizer.skipped_steps() == 1);
    auto moved = std::move(optimizer);
    CHECK(moved.template rule_state<KeepsList>().sums == std::vector<double>{1, 2, 4, 4});
    moved.reset();
    CHECK(moved.template rule_state<KeepsList>().sums == std::vector<double>{1, 2});
  };
  lists(KeepsList{});
  lists(descent::RestAbsentBlocks{} | descent::chain(KeepsList{}));
}

TEST_CASE("new options give a new beginning until the first step, also after refused steps") {
  MatrixXd p = MatrixXd::Zero(2, 2);
  const auto begins = [&](auto... before) {
    Optimizer optimizer(p, descent::chain(before..., BeginsWith{3}, RefusesAll{}));
    optimizer.step(p, p);
    CHECK(optimizer.skipped_steps() == 1);
    optimizer.set_rule(descent::chain(before..., BeginsWith{5}, RefusesAll{}));
    CHECK(optimizer.template rule_state<BeginsWith>().value == 5);
    CHECK(optimizer.template rule_state<RefusesAll>().refused == 1);
  };
  begins();
  begins(descent::RestAbsentBlocks{});
}
