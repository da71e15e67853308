// SPDX-License-Identifier: MIT
#include "support/bits.hpp"
#include "support/catch.hpp"
#include "support/parts_of_rules.hpp"
#include "support/refusals.hpp"

#include <descent/core/optimizer.hpp>
#include <descent/linalg/pack_product.hpp>
#include <descent/optimizers/adamw.hpp>
#include <descent/optimizers/fromage.hpp>
#include <descent/optimizers/sgd.hpp>
#include <descent/optimizers/sophia.hpp>
#include <descent/wrappers/partition.hpp>

#include <limits>
#include <memory>
#include <new>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

// Optimizers as values when something goes wrong: after a move, without memory, with objectives that return a
// gradient of a different shape.

using descent::AdamW;
using descent::BlockInfo;
using descent::Optimizer;
using descent::Sgd;
using Eigen::MatrixXd;
using test::difference;
using test::Numbers;
using test::refusal_of;

namespace {

using Dynamic = std::vector<MatrixXd>;
using Fixed = std::tuple<Eigen::Matrix<double, 3, 2>, Eigen::Matrix<double, 5, 1>>;

Dynamic blocks(std::initializer_list<std::pair<int, int>> shapes) {
  Numbers<double> numbers(3);
  Dynamic made;
  for (const auto& [rows, columns] : shapes) made.push_back(numbers.plain_matrix(rows, columns));
  return made;
}

/// The whole state, as text of its bits.
template <class O>
std::vector<MatrixXd> state_of(O& optimizer) {
  std::vector<MatrixXd> state;
  optimizer.for_each_state(
      [&](const std::string&, const std::string&, const auto& values) { state.emplace_back(values); });
  return state;
}

/// Copying it throws when the counter reaches 0.
struct Fragile {
  int* left = nullptr;
  Fragile() = default;
  explicit Fragile(int* counter) : left(counter) {}
  Fragile(const Fragile& other) : left(other.left) { use(); }
  Fragile(Fragile&&) = default;
  Fragile& operator=(const Fragile& other) {
    left = other.left;
    use();
    return *this;
  }
  Fragile& operator=(Fragile&&) = default;
  ~Fragile() = default;

 private:
  void use() const {
    if (left != nullptr && *left > 0 && --*left == 0) throw std::bad_alloc();
  }
};
/// Copying any of its members may run out of memory.
struct FragileRule : test::MeasuresSum {
  Fragile option;
  static constexpr descent::RuleTraits traits{.measures = descent::Scope::block};
  DESCENT_STATE(sum)
  struct RuleState {
    Fragile own;
    double sum = 0;
  };
  void advance(RuleState& memory, descent::Step) const {
    memory.own.left = option.left;
    ++memory.sum;
  }
  struct BlockState {
    Fragile own;
    double sum = 0;
  };
  void advance(BlockState& memory, descent::Step, const Measured<double>& measured) const {
    memory.own.left = option.left;
    memory.sum += measured.sum;
  }
  template <class S>
  struct Coefficients {
    S sum;
  };
  Coefficients<double> coefficients(descent::Step, const RuleState& memory, const BlockState& of_block,
                                    const Measured<double>&) const {
    return {memory.sum + of_block.sum};
  }
  template <class V, class C>
  static V update(V u, V, State<V>& state, const C& c) {
    state.sum += u;
    return state.sum + c.sum;
  }
};

template <class Tree, class R>
void check_moved_from(Tree parameters, const R& rule, const std::string& name) {
  const Tree gradient = parameters;
  Optimizer optimizer(parameters, rule);
  optimizer.step(parameters, gradient);
  auto objective = [](const auto& at, auto& to) {
    to = at;
    return 1.0;
  };
  auto check = [&](auto& dead) {
    const Tree before = parameters;
    static_cast<void>(dead.steps());
    static_cast<void>(dead.rule());
    dead.for_each_state([](const std::string&, const std::string&, const auto&) {});
    for (int k = 0; k < 2; ++k) {
      const std::string message = "descent: " + name + ": the optimizer was moved from";
      CHECK(refusal_of([&] { dead.step(parameters, gradient); }) == message);
      CHECK(refusal_of([&] { dead.step(parameters, gradient, {.loss = 1}); }) == message);
      CHECK(refusal_of([&] { dead.step(parameters, objective); }) == message);
      CHECK(refusal_of([&] { static_cast<void>(dead.evaluation_point(parameters)); }) == message);
      dead.reset();
    }
    CHECK(parameters == before);
    Optimizer copy = dead;
    CHECK_FALSE(refusal_of([&] { copy.step(parameters, gradient); }).empty());
  };
  Optimizer moved = std::move(optimizer);
  CHECK(moved.steps() == 1);
  check(optimizer);
  Optimizer other(parameters, rule);
  other = std::move(moved);
  CHECK(other.steps() == 1);
  check(moved);
  moved = other;  // valid again
  optimizer = std::move(other);
  Tree p = parameters, q = parameters;
  moved.step(p, gradient);
  optimizer.step(q, gradient);
  CHECK(p == q);
  CHECK(moved.steps() == 2);
}

}  // namespace

TEST_CASE("an optimizer that was moved from refuses to step, and does nothing else wrong") {
  const Dynamic dynamic = blocks({{3, 2}, {17, 3}, {0, 4}});
  const Fixed fixed(Eigen::Matrix<double, 3, 2>::Ones(), Eigen::Matrix<double, 5, 1>::Ones());
  check_moved_from(dynamic, AdamW{}, "AdamW");
  check_moved_from(fixed, AdamW{}, "AdamW");
  check_moved_from(dynamic, descent::Fromage{}, "Fromage");
}

TEST_CASE("an optimizer that is moved to itself is as it was") {
  Dynamic parameters = blocks({{3, 2}, {17, 3}}), expected = parameters;
  const Dynamic gradient = parameters;
  Optimizer optimizer(parameters, AdamW{.learning_rate = [](std::int64_t) { return 0.1; }}), twin = optimizer;
  optimizer.step(parameters, gradient);
  twin.step(expected, gradient);
  auto& same = optimizer;
  optimizer = std::move(same);
  optimizer.step(parameters, gradient);
  twin.step(expected, gradient);
  CHECK(difference(parameters, expected) == "");
}

TEST_CASE("an optimizer can be assigned one of another size") {
  Dynamic small = blocks({{3, 2}}), large = blocks({{17, 3}, {4, 4}, {90, 2}}), small_again = small;
  const Dynamic of_small = small, of_large = large;
  Optimizer optimizer(small, AdamW{}), other(large, AdamW{}), twin(small_again, AdamW{});
  optimizer.step(small, of_small);
  other.step(large, of_large);
  twin.step(small_again, of_small);
  Optimizer copy = optimizer;
  copy = other;
  CHECK(difference(state_of(copy), state_of(other)) == "");
  Dynamic p = large, q = large;
  copy.step(p, of_large);
  other.step(q, of_large);
  CHECK(difference(p, q) == "");
  copy = optimizer;
  copy.step(small, of_small);
  twin.step(small_again, of_small);
  CHECK(difference(small, small_again) == "");
  CHECK_FALSE(refusal_of([&] { copy.step(large, of_large); }).empty());
}

TEST_CASE("memory that runs out while an optimizer is assigned changes nothing") {
  int left = 0;
  const FragileRule rule{{}, Fragile(&left)};
  Dynamic small = blocks({{3, 2}}), large = blocks({{17, 3}, {4, 4}, {9, 2}}), p = small, q = large;
  const Dynamic of_small = small, of_large = large;
  Optimizer optimizer(small, rule), other(large, rule), twin(p, rule);
  for (int k = 0; k < 2; ++k) {
    optimizer.step(small, of_small);
    twin.step(p, of_small);
    other.step(large, of_large);
    other.step(q, of_large);
  }
  const auto before = state_of(optimizer);
  int thrown = 0;
  for (bool fails = true; fails;) {
    left = ++thrown;
    try {
      optimizer = other;
      fails = false;
    } catch (const std::bad_alloc&) {
      left = 0;
      CHECK(optimizer.steps() == 2);
      CHECK(difference(state_of(optimizer), before) == "");
      Optimizer copy = optimizer;
      Dynamic stepped = small, expected = p;
      Optimizer twin_copy = twin;
      copy.step(stepped, of_small);
      twin_copy.step(expected, of_small);
      CHECK(difference(stepped, expected) == "");
    }
    REQUIRE(thrown < 200);
  }
  left = 0;
  CHECK(thrown > 5);
  CHECK(optimizer.steps() == 4);
  CHECK(difference(state_of(optimizer), state_of(other)) == "");
}

TEST_CASE("memory that runs out while a step is prepared, or a rule is set, changes nothing") {
  int left = 0;
  const FragileRule rule{{}, Fragile(&left)};
  Dynamic parameters = blocks({{17, 3}, {4, 4}}), expected = parameters;
  const Dynamic gradient = parameters;
  Optimizer optimizer(parameters, rule), twin = optimizer;
  for (int k = 0; k < 3; ++k) {
    int thrown = 0;
    for (bool fails = true; fails;) {
      REQUIRE(thrown < 200);
      const Dynamic before = parameters;
      const auto state = state_of(optimizer);
      left = ++thrown;
      try {
        optimizer.step(parameters, gradient);
        fails = false;
      } catch (const std::bad_alloc&) {
        CHECK(difference(parameters, before) == "");
        CHECK(difference(state_of(optimizer), state) == "");
        CHECK(optimizer.steps() == k);
      }
      left = 0;
    }
    CHECK(thrown > (k == 0 ? 0 : 1));
    twin.step(expected, gradient);
    CHECK(difference(parameters, expected) == "");
    thrown = 0;
    for (bool fails = true; fails;) {
      REQUIRE(thrown < 200);
      left = ++thrown;
      try {
        optimizer.set_rule(rule);
        fails = false;
      } catch (const std::bad_alloc&) {
        left = 0;
        Optimizer copy = optimizer, twin_copy = twin;
        Dynamic p = parameters, q = parameters;
        copy.step(p, gradient);
        twin_copy.step(q, gradient);
        CHECK(difference(p, q) == "");
      }
      left = 0;
    }
    CHECK(thrown > 1);
  }
}

TEST_CASE("an objective that leaves a gradient of another shape is refused, the next one gets a right one") {
  struct Model {
    std::vector<MatrixXd> layers;
    MatrixXd last;
    DESCENT_PARAMETERS(layers, last)
  };
  Model model{{MatrixXd::Ones(2, 3), MatrixXd::Ones(4, 1)}, MatrixXd::Ones(2, 2)};
  Optimizer optimizer(model, Sgd{.learning_rate = 0.5});
  auto good = [](const Model& at, Model& gradient) {
    REQUIRE(gradient.layers.size() == at.layers.size());
    for (std::size_t k = 0; k < at.layers.size(); ++k) {
      REQUIRE(gradient.layers[k].rows() == at.layers[k].rows());
      REQUIRE(gradient.layers[k].cols() == at.layers[k].cols());
      CHECK(gradient.layers[k].isZero(0));
      gradient.layers[k].setOnes();
    }
    REQUIRE(gradient.last.rows() == 2);
    REQUIRE(gradient.last.cols() == 2);
    CHECK(gradient.last.isZero(0));
    gradient.last.setOnes();
    return 1.0;
  };
  using Wrong = void (*)(Model&);
  const Wrong wrongs[] = {[](Model& g) { g.last.setOnes(1, 4); },
                          [](Model& g) { g.last.setOnes(2, 3); },
                          [](Model& g) { g.last.resize(0, 0); },
                          [](Model& g) { g.layers[0].setOnes(3, 2); },
                          [](Model& g) { g.layers[1].setOnes(40, 10); },
                          [](Model& g) { g.layers.resize(1); },
                          [](Model& g) { g.layers.resize(3); },
                          [](Model& g) { g.layers.resize(300, MatrixXd::Ones(2, 2)); },
                          [](Model& g) { g.layers.clear(); },
                          [](Model& g) { g = Model{}; },
                          [](Model& g) { Model taken = std::move(g); }};
  double value = 1;
  for (const bool stepped : {false, true}) {
    for (const Wrong& wrong : wrongs) {
      CHECK_FALSE(refusal_of([&] {
                    optimizer.step(model, [&](const Model&, Model& gradient) {
                      for (MatrixXd& layer : gradient.layers) layer.setConstant(7);
                      gradient.last.setConstant(7);
                      wrong(gradient);
                      return 1.0;
                    });
                  }).empty());
      CHECK(model.last.isConstant(value, 0));
      CHECK(model.layers[0].isConstant(value, 0));
      CHECK(model.layers[1].isConstant(value, 0));
      if (!stepped) continue;
      optimizer.step(model, good);
      value -= 0.5;
      CHECK(model.last.isConstant(value, 0));
      CHECK(model.layers[1].isConstant(value, 0));
    }
  }
  CHECK(optimizer.steps() == 11);
}

TEST_CASE("rules with a lambda that captures can be set and assigned") {
  Dynamic parameters = blocks({{3, 2}, {17, 3}, {4, 4}}), expected = parameters;
  const Dynamic gradient = parameters;
  const std::vector<std::size_t> chosen{0, 2};
  auto rule = [&](double rate) {
    return descent::partition(
        [&chosen, factor = 1.0](const BlockInfo& block) {
          return factor > 0 && (block.index == chosen[0] || block.index == chosen[1]);
        },
        Sgd{.learning_rate = rate, .momentum = 0.5}, Sgd{.learning_rate = 2 * rate, .momentum = 0.5});
  };
  Optimizer optimizer(parameters, rule(0.1)), twin = optimizer;
  optimizer.step(parameters, gradient);
  twin.step(expected, gradient);
  optimizer.set_rule(rule(0.01));
  optimizer.step(parameters, gradient);
  CHECK(difference(parameters, expected) != "");
  twin.set_rule(rule(0.01));
  twin.step(expected, gradient);
  CHECK(difference(parameters, expected) == "");

  Optimizer other(expected, rule(1));
  other = optimizer;
  Optimizer moved(expected, rule(1));
  moved = std::move(twin);
  for (auto* each : {&other, &moved}) {
    Dynamic p = parameters, q = parameters;
    Optimizer reference = optimizer;
    reference.step(p, gradient);
    each->step(q, gradient);
    CHECK(each->steps() == 3);
    CHECK(difference(p, q) == "");
  }
  CHECK_FALSE(refusal_of([&] { twin.step(parameters, gradient); }).empty());
}

TEST_CASE("what is remembered of a block waits while the block is in another group") {
  auto rule = [](bool all) {
    return descent::partition([all](const BlockInfo& block) { return all || block.index == 0; },
                              descent::Fromage{.learning_rate = 0.5, .norm_bound = 1.01},
                              Sgd{.learning_rate = 0.1});
  };
  auto regrouped = [&](auto parameters) {
    const auto gradient = parameters;
    Optimizer optimizer(parameters, rule(true));
    for (const bool all : {true, false, true, false, false, true}) {
      optimizer.set_rule(rule(all));
      optimizer.step(parameters, gradient);
    }
    return parameters;
  };
  const Dynamic start = blocks({{3, 2}, {5, 1}});
  const Dynamic dynamic = regrouped(start);
  const Fixed fixed = regrouped(Fixed(start[0], start[1]));
  CHECK(difference(dynamic[0], std::get<0>(fixed)) == "");
  CHECK(difference(dynamic[1], std::get<1>(fixed)) == "");
  CHECK(fixed != Fixed(start[0], start[1]));
}

TEST_CASE("a schedule that throws while a Hessian is observed leaves the state as it was") {
  int left = 0;
  Dynamic parameters = blocks({{3, 2}, {17, 3}, {4, 4}});
  const Dynamic gradient = parameters;
  Optimizer optimizer(parameters, descent::Sophia{.beta2 = [&left](std::int64_t) {
                        if (left > 0 && --left == 0) throw 7;
                        return 0.5;
                      }});
  optimizer.step(parameters, gradient);
  const auto before = state_of(optimizer);
  int thrown = 0;
  for (bool fails = true; fails;) {
    REQUIRE(thrown < 50);
    left = ++thrown;
    try {
      optimizer.observe_hessian(gradient);
      fails = false;
    } catch (int) {
      CHECK(difference(state_of(optimizer), before) == "");
    }
  }
  left = 0;
  CHECK(difference(state_of(optimizer), before) != "");
}
