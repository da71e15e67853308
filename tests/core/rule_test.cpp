// SPDX-License-Identifier: MIT
#include "support/bits.hpp"
#include "support/catch.hpp"
#include "support/parts_of_rules.hpp"
#include "support/refusals.hpp"

#include <descent/core/optimizer.hpp>
#include <descent/optimizers/adagrad.hpp>
#include <descent/optimizers/sgd.hpp>
#include <descent/transforms/gradient/negate.hpp>
#include <descent/transforms/scale/scale_by_learning_rate.hpp>
#include <descent/wrappers/partition.hpp>

#include <cmath>

// The forms that a user's rule may have, and the engine's use of each of its parts.

using descent::chain;
using descent::Optimizer;
using descent::Schedule;
using descent::Step;
using Eigen::MatrixXd;
using test::MeasuresSum;
using test::refusal_of;
using test::ReturnsSum;

namespace {

struct OnlyAFormula {
  template <class V>
  static V update(V u, V p) {
    return -u - p;
  }
};

struct WithCoefficients {
  double factor = 2;
  template <class S>
  struct Coefficients {
    S factor, index;
  };
  Coefficients<double> coefficients(Step step) const { return {factor, static_cast<double>(step.index)}; }
  template <class V, class C>
  static V update(V u, V, const C& c) {
    return fma(c.factor, u, c.index);
  }
};

struct WithState {
  static constexpr descent::RuleTraits traits{.has_initial_state = true};

  DESCENT_STATE(before)
  State<double> initial_state() const { return {0.5}; }
  template <class V>
  static V update(V u, V, State<V>& state) {
    const V result = state.before;
    state.before = u;
    return result;
  }
};

/// Receives the gradient besides the update.
struct WithGradient {
  static constexpr descent::RuleTraits traits{.takes_gradient = true};
  template <class V>
  static V update(V u, V, V gradient) {
    return u + V(10) * gradient;
  }
};

/// Remembers the sum of all losses.
struct WithLoss : ReturnsSum {
  static constexpr descent::RuleTraits traits{.takes_loss = true};
  struct RuleState {
    double sum = 0;
  };
  void advance(RuleState& memory, Step step) const { memory.sum += step.loss; }
  Coefficients<double> coefficients(Step, const RuleState& memory) const { return {memory.sum}; }
};

/// Remembers its measurement.
struct WithMeasuredMemory : MeasuresSum, ReturnsSum {
  static constexpr descent::RuleTraits traits{.measures = descent::Scope::tree};
  struct RuleState {
    double sum = 0;
  };
  void advance(RuleState& memory, Step, const Measured<double>& measured) const {
    memory.sum += measured.sum;
  }
  Coefficients<double> coefficients(Step, const RuleState& memory, const Measured<double>&) const {
    return {memory.sum};
  }
};

/// Measures the distance of the update from its previous value, with a weight that it remembers.
struct WithMeasuredState {
  static constexpr descent::RuleTraits traits{.measures = descent::Scope::block};
  DESCENT_STATE(before)
  struct RuleState {
    double weight = 1;
  };
  void advance(RuleState& memory, Step) const { memory.weight *= 2; }
  template <class S>
  struct MeasuringCoefficients {
    S weight;
  };
  MeasuringCoefficients<double> measuring_coefficients(Step, const RuleState& memory) const {
    return {memory.weight};
  }
  template <class V>
  struct Measured {
    V distance;
  };
  template <class V, class C>
  static void measure(V u, V, const State<V>& state, const C& c, Measured<V>& sums) {
    sums.distance += c.weight * abs(u - state.before);
  }
  struct BlockState {
    double distances = 0;
  };
  void advance(BlockState& memory, Step, const Measured<double>& measured) const {
    memory.distances += measured.distance;
  }
  template <class S>
  struct Coefficients {
    S distances;
  };
  Coefficients<double> coefficients(Step, const BlockState& memory, const Measured<double>&) const {
    return {memory.distances};
  }
  template <class V, class C>
  static V update(V u, V, State<V>& state, const C& c) {
    state.before = u;
    return c.distances;
  }
};

/// Measures with constants of a type that it does not name, and remembers nothing of parameters.
struct WithMeasuringConstants : ReturnsSum {
  static constexpr descent::RuleTraits traits{.measures = descent::Scope::tree};
  template <class S>
  struct MeasuringCoefficients {
    S weight;
  };
  MeasuringCoefficients<double> measuring_coefficients(Step step) const { return {step.t()}; }
  template <class V>
  struct Measured {
    V sum;
  };
  template <class V, class C>
  static void measure(V u, V, const C& c, Measured<V>& sums) {
    sums.sum = fma(c.weight, u, sums.sum);
  }
  Coefficients<double> coefficients(Step, const Measured<double>& measured) const { return {measured.sum}; }
};

/// Measures the tree after a rule that measures blocks: the blocks' memories must not advance twice.
struct SumOfUpdates : MeasuresSum, ReturnsSum {
  static constexpr descent::RuleTraits traits{.measures = descent::Scope::tree};
  Coefficients<double> coefficients(Step, const Measured<double>& measured) const { return {measured.sum}; }
};

/// A rule of whole matrices: transposes a square matrix.
struct Turn {
  template <class Matrix>
  struct Workspace {
    Matrix copy;
    void resize(Eigen::Index rows, Eigen::Index columns) { copy.resize(rows, columns); }
  };
  template <class Update, class Matrix>
  void transform(Update& update, Workspace<Matrix>& work, Step) const {
    work.copy = update;
    update = work.copy.transpose();
  }
};

/// An option without state, which the engine may leave out, and one with state.
struct Switched {
  static constexpr descent::RuleTraits traits{.may_be_off = true};

  bool on = true;
  bool active() const { return on; }
  DESCENT_STATE(seen)
  template <class V>
  static V update(V u, V, State<V>& state) {
    state.seen = state.seen + V(1);
    return u + state.seen;
  }
};

/// A user's recipe, made of recipes.
struct Mine {
  Schedule learning_rate = 0.5;
  bool nesterov = false;
  double decay = 0;
  auto chain() const {
    return WithState{} | descent::Sgd{.learning_rate = learning_rate, .nesterov = nesterov} |
           descent::either(decay == 0, descent::Chain<>{}, descent::Adagrad{.learning_rate_decay = decay});
  }
  void check(const descent::Check& check) const { check("decay", decay, descent::legal::finite); }
};

/// An element of a block of ones after the given gradients, each of equal elements.
template <class R>
double after(const R& rule, std::initializer_list<double> gradients) {
  Eigen::VectorXd p = Eigen::VectorXd::Ones(5);
  Optimizer optimizer(p, rule);
  for (const double g : gradients) optimizer.step(p, Eigen::VectorXd::Constant(5, g));
  CHECK(p.isConstant(p[0], 0));
  return p[0];
}

}  // namespace

TEST_CASE("a rule is a formula, and declares what it needs beyond that") {
  CHECK(after(OnlyAFormula{}, {3}) == 1 - 3 - 1);
  CHECK(after(WithCoefficients{.factor = 3}, {1, 1}) == 1 + 3 + 4);
  CHECK(after(WithState{}, {1, 2, 3}) == 1 + 0.5 + 1 + 2);
  CHECK(after(chain(OnlyAFormula{}, WithGradient{}), {3}) == 1 - 4 + 30);
  CHECK(after(WithMeasuredMemory{}, {1, 2}) == 1 + 5 + 15);
  CHECK(after(WithMeasuringConstants{}, {1, 2}) == 1 + 5 + 2 * 10);
  CHECK(after(Switched{}, {1, 1}) == 1 + 2 + 3);
  CHECK(after(Switched{.on = false}, {1, 1}) == 1 + 1 + 1);
}

TEST_CASE("the gradient that a rule sees is the one that entered the chain, behind a change of sign") {
  CHECK(after(descent::Negate{} | chain(OnlyAFormula{}, WithGradient{}), {3}) == 1 + (3 - 1) - 30);
}

TEMPLATE_TEST_CASE("a measurement may look at the state, and a rule may remember it for each block", "",
                   float, double, long double) {
  using Vector = Eigen::Matrix<TestType, Eigen::Dynamic, 1>;
  std::tuple<Vector, Vector> p(Vector::Zero(37), Vector::Zero(3));
  const std::tuple<Vector, Vector> one(Vector::Constant(37, 1), Vector::Constant(3, 2)),
      two(Vector::Constant(37, 3), Vector::Constant(3, -2));
  Optimizer optimizer(p, WithMeasuredState{});
  optimizer.step(p, one);
  CHECK(std::get<0>(p)[36] == 37 * 2);
  CHECK(std::get<1>(p)[0] == 6 * 2);
  optimizer.step(p, two);
  CHECK(std::get<0>(p)[0] == 37 * 2 + (37 * 2 + 74 * 4));
  CHECK(std::get<1>(p)[2] == 6 * 2 + (6 * 2 + 12 * 4));
  optimizer.reset();
  std::get<1>(p).setZero();
  optimizer.step(p, one);
  CHECK(std::get<1>(p)[2] == 6 * 2);
}

TEST_CASE("a measuring pass leaves the memories of blocks alone") {
  Eigen::VectorXd p = Eigen::VectorXd::Zero(2);
  Optimizer optimizer(p, chain(WithMeasuredState{}, SumOfUpdates{}));
  optimizer.step(p, Eigen::VectorXd::Constant(2, 1));
  CHECK(p[0] == 2 * 4);
  optimizer.step(p, Eigen::VectorXd::Constant(2, 1));
  CHECK(p[0] == 2 * 4 + 2 * 4);
}

TEST_CASE("rules come in the order in which they are written") {
  CHECK(after(chain(WithCoefficients{.factor = 2}, OnlyAFormula{}), {3}) == 1 - 6 - 1);
  CHECK(after(chain(OnlyAFormula{}, WithCoefficients{.factor = 2}), {3}) == 1 + 2 * -4);
  CHECK(after(chain(chain(WithState{}), WithState{}, chain()), {1, 2, 3}) == 1 + 0.5 + 0.5 + 1);
}

TEST_CASE("a rule that uses the loss gets it with the step, or from the objective") {
  MatrixXd p = MatrixXd::Zero(2, 2);
  Optimizer optimizer(p, WithLoss{});
  optimizer.step(p, p, 2.0);
  CHECK(p(0, 0) == 2);
  optimizer.step(p, [](const MatrixXd&, MatrixXd&) { return 3.0; });
  CHECK(p(0, 0) == 2 + 5);
  optimizer.reset();
  optimizer.step(p, p, 1.0);
  CHECK(p(0, 0) == 7 + 1);
}

TEST_CASE("a rule of whole matrices gets the update before it as a matrix, in either storage order") {
  const MatrixXd g = (MatrixXd(2, 2) << 1, 2, 3, 4).finished();
  MatrixXd p = MatrixXd::Zero(2, 2);
  Eigen::Matrix<double, 2, 2, Eigen::RowMajor> q = p;
  Optimizer by_columns(p, chain(WithCoefficients{.factor = 2}, Turn{}, OnlyAFormula{}));
  Optimizer by_rows(q, chain(WithCoefficients{.factor = 2}, Turn{}, OnlyAFormula{}));
  by_columns.step(p, g);
  by_rows.step(q, g);
  CHECK(p == -2 * g.transpose());
  CHECK(q == p);
}

TEST_CASE("a recipe's own checks are made wherever it stands, under the name that the user wrote") {
  MatrixXd p = MatrixXd::Ones(2, 2);
  CHECK(refusal_of([&] { Optimizer(p, Mine{}); }) == "");
  CHECK(refusal_of([&] { Optimizer(p, Mine{.nesterov = true}); }) ==
        "descent: Mine: nesterov needs a momentum greater than 0");
  CHECK(refusal_of([&] { Optimizer(p, chain(OnlyAFormula{}, Mine{.decay = -1})); }) ==
        "descent: Mine: learning_rate_decay is -1, must be at least 0 and finite");
  CHECK(refusal_of([&] {
          Optimizer(p, descent::partition(descent::matrices, descent::Sgd{}, Mine{.decay = std::nan("")}));
        }) == "descent: Mine: decay is nan, must be finite");
  CHECK(refusal_of([&] { Optimizer(p, Mine{.learning_rate = -1}); }) ==
        "descent: Mine: learning_rate is -1, must be at least 0 and finite");
}

TEST_CASE("the powers of the betas never turn denormal") {
  using descent::next_power;
  CHECK(next_power(1, 0.9) == 0.9);
  CHECK(next_power(2e-20, 0.6) == 2e-20 * 0.6);
  CHECK(next_power(1e-20, 0.9) == 0);
  CHECK(next_power(0, 0.9) == 0);
  double power = 1;
  for (int k = 0; k < 10'000; ++k) power = next_power(power, 0.99);
  CHECK(power == 0);
}

TEST_CASE("the correction of an average is 1 / (1 - power), to the bit, with or without a division") {
  for (const double power :
       {0.0, 1e-20, 0x1.fffffffffffffp-55, 0x1p-54, 0x1.0000000000001p-54, 0x1p-53, 1e-15, 0.5, 0.999, 1.0}) {
    CAPTURE(power);
    const volatile double rest = 1 - power;
    CHECK(descent::bias_correction(power) == 1 / rest);
  }
}

TEST_CASE("the parts of descent meet the concepts") {
  STATIC_REQUIRE(descent::Rule<descent::Sgd>);
  STATIC_REQUIRE(descent::Rule<Turn>);
  STATIC_REQUIRE(descent::Rule<decltype(chain(OnlyAFormula{}, WithState{}))>);
  STATIC_REQUIRE(descent::Transformation<descent::ScaleByLearningRate>);
  STATIC_REQUIRE_FALSE(descent::Transformation<descent::Sgd>);
  STATIC_REQUIRE_FALSE(descent::Rule<int>);
  STATIC_REQUIRE_FALSE(descent::Rule<Schedule>);
  STATIC_REQUIRE_FALSE(descent::Rule<MatrixXd>);
}
