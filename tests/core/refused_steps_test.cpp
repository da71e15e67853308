// SPDX-License-Identifier: MIT
#include "support/parts_of_rules.hpp"
#include "support/refusals.hpp"
#include "support/step_or_nothing.hpp"

#include <descent/optimizers/adam.hpp>
#include <descent/optimizers/momo.hpp>
#include <descent/optimizers/polyak_step.hpp>

#include <limits>

// Steps that are refused because of a user's rule or a loss: nothing changes.

using namespace test;

namespace {

/// Measures a block, and throws at the second one if the test says so.
struct ThrowsAtSecondBlock : MeasuresSum {
  const bool* armed = nullptr;
  static constexpr descent::RuleTraits traits{.measures = descent::Scope::block};
  DESCENT_STATE(sum)
  struct BlockState {
    double sum = 0;
  };
  void advance(BlockState& memory, descent::Step, const Measured<double>& measured) const {
    memory.sum += measured.sum;
  }
  template <class S>
  struct Coefficients {
    S sum;
  };
  Coefficients<double> coefficients(descent::Step, const BlockState& memory,
                                    const Measured<double>& measured) const {
    if (*armed && measured.sum == 20) throw 7;
    return {memory.sum};
  }
  template <class V, class C>
  static V update(V u, V, State<V>& state, const C& c) {
    state.sum += u;
    return c.sum + state.sum;
  }
};

template <class Tree>
void check_throwing_coefficients() {
  bool armed = false;
  Tree parameters = random_tree<Tree>(1), gradient = parameters;
  double each = 1;
  auto fill = [&](auto& block) { block.setConstant(each++ * 10 / static_cast<double>(block.size())); };
  descent::detail::walk(fill, gradient);
  Tree expected = parameters;
  const ThrowsAtSecondBlock rule{{}, &armed};
  Optimizer optimizer(parameters, rule), undisturbed(expected, rule);
  for (int k = 0; k < 3; ++k) {
    const Snapshot before = snapshot(optimizer, parameters);
    armed = true;
    for (int attempt = 0; attempt < 3; ++attempt) {
      CHECK_THROWS_AS(optimizer.step(parameters, gradient), int);
      CHECK(difference(snapshot(optimizer, parameters), before) == "");
    }
    armed = false;
    optimizer.step(parameters, gradient);
    undisturbed.step(expected, gradient);
    CHECK(difference(snapshot(optimizer, parameters), snapshot(undisturbed, expected)) == "");
  }
}

template <class R>
void check_loss(const R& rule, const std::string& name) {
  MatrixXd p = MatrixXd::Constant(3, 2, 0.5);
  const MatrixXd gradient = MatrixXd::Constant(3, 2, 0.25);
  Optimizer optimizer(p, rule);
  optimizer.step(p, gradient, 2.0);
  const Snapshot before = snapshot(optimizer, p);
  constexpr double infinite = std::numeric_limits<double>::infinity();
  for (const double loss : {std::numeric_limits<double>::quiet_NaN(), infinite, -infinite}) {
    const std::string message =
        "descent: " + name + ": loss is " + descent::detail::text_of(loss) + "; this rule uses it";
    using Catch::Matchers::ContainsSubstring;
    CHECK_THAT(refusal_of([&] { optimizer.step(p, gradient, loss); }), ContainsSubstring(message));
    CHECK_THAT(refusal_of([&] { optimizer.step(p, gradient, {.loss = loss}); }), ContainsSubstring(message));
    CHECK_THAT(refusal_of([&] {
                 optimizer.step(p, [&](const MatrixXd& at, MatrixXd& to) {
                   to = at;
                   return loss;
                 });
               }),
               ContainsSubstring(message));
    CHECK(difference(snapshot(optimizer, p), before) == "");
  }
  CHECK_THAT(refusal_of([&] { optimizer.step(p, gradient, descent::StepInputs{}); }),
             Catch::Matchers::ContainsSubstring("loss is nan"));
  CHECK(difference(snapshot(optimizer, p), before) == "");
  optimizer.step(p, gradient, {.loss = 1});
  CHECK(optimizer.steps() == 2);
}

}  // namespace

TEST_CASE("a rule that throws at the constants of the second block changes nothing") {
  check_throwing_coefficients<Dynamic>();
  check_throwing_coefficients<Fixed>();
}

TEST_CASE("a loss that is not finite is refused wherever it comes from") {
  check_loss(descent::PolyakStep{.learning_rate = 0.2}, "PolyakStep");
  check_loss(descent::MoMo{.learning_rate = 0.2, .weight_decay = 0.01}, "MoMo");
}

TEST_CASE("a step that the caller leaves out is counted, and changes nothing else") {
  MatrixXd p = MatrixXd::Constant(3, 2, 0.5), q = p;
  const MatrixXd gradient = MatrixXd::Constant(3, 2, 0.25);
  Optimizer optimizer(p, descent::Adam{}), other(q, descent::Adam{});
  for (int k = 0; k < 3; ++k) {
    optimizer.step(p, gradient);
    optimizer.skip_step();
    other.step(q, gradient);
  }
  CHECK(optimizer.skipped_steps() == 3);
  CHECK(optimizer.steps() == 3);
  CHECK(p == q);
  optimizer.reset();
  CHECK(optimizer.skipped_steps() == 0);
}
