// SPDX-License-Identifier: MIT
#include "support/catch.hpp"
#include "support/refusals.hpp"

#include <descent/core/optimizer.hpp>
#include <descent/core/saved_state.hpp>
#include <descent/optimizers/adamw.hpp>
#include <descent/optimizers/lbfgs.hpp>
#include <descent/optimizers/muon.hpp>
#include <descent/optimizers/polyak_step.hpp>
#include <descent/optimizers/sgd.hpp>
#include <descent/optimizers/sophia.hpp>
#include <descent/runtime/rule_set.hpp>
#include <descent/runtime/rule_to_string.hpp>
#include <descent/training/minimize.hpp>
#include <descent/transforms/clip/clip_by_global_norm.hpp>
#include <descent/transforms/decay/add_decayed_weights.hpp>
#include <descent/transforms/gradient/centralize.hpp>
#include <descent/transforms/gradient/negate.hpp>
#include <descent/transforms/momentum/cautious.hpp>
#include <descent/transforms/scale/scale_by_adam.hpp>
#include <descent/transforms/scale/scale_by_learning_rate.hpp>
#include <descent/transforms/whole_step/freeze.hpp>
#include <descent/wrappers/dynamic_loss_scale.hpp>
#include <descent/wrappers/ema.hpp>
#include <descent/wrappers/lookahead_momentum.hpp>
#include <descent/wrappers/partition.hpp>
#include <descent/wrappers/sam.hpp>
#include <descent/wrappers/selectors.hpp>
#include <descent/wrappers/skip_non_finite.hpp>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

using namespace descent;

namespace {

using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
struct Model {
  Eigen::MatrixXd weights = Eigen::MatrixXd::Constant(5, 7, 0.5);
  Eigen::VectorXd bias = Eigen::VectorXd::LinSpaced(9, -1, 1);
  RowMajor head = RowMajor::Constant(3, 4, -0.25);
  DESCENT_PARAMETERS(weights, bias, head)
};

using Set = RuleSet<AdamW, ClipByGlobalNorm, Sgd, Lbfgs, Cautious, ScaleByAdam, ScaleByLearningRate, Freeze,
                    Muon, AddDecayedWeights, ResetMomentum, SkipNonFinite, Sam, Ema, PolyakStep, Sophia,
                    Negate, DynamicLossScale, Centralize>;
AnyOptimizer<Model> make(const Model& model, const std::string& text) {
  return make_optimizer(model, text, Set{});
}
std::string refusal(const std::string& text) {
  return test::refusal_of([&] { static_cast<void>(make(Model(), text)); });
}

/// A loss with a different gradient at every step.
struct Pull {
  double phase = 0;
  double operator()(const Model& model, Model& gradient) const {
    gradient.weights = model.weights.array() * 1.5 + std::sin(phase);
    gradient.bias = model.bias.array().cube() - std::cos(phase);
    gradient.head = 2 * model.head;
    return 0.75 * model.weights.squaredNorm() + model.head.squaredNorm() + 2;
  }
};
Model gradient_at(const Model& model, int step) {
  Model gradient;
  Pull{0.3 * step}(model, gradient);
  return gradient;
}
bool same(const Model& a, const Model& b) {
  return a.weights == b.weights && a.bias == b.bias && a.head == b.head;
}

/// The rule and its text take the same steps, to the last bit.
template <class R>
void check_same_steps(const R& rule) {
  const std::string text = to_string(rule);
  INFO(text);
  Model here, there;
  Optimizer optimizer(here, rule);
  AnyOptimizer<Model> chosen = make(there, text);
  CHECK(chosen.rule() == text);
  for (int k = 0; k < 20; ++k) {
    const Pull objective{0.3 * k};
    CHECK(optimizer.step(here, objective) == chosen.step(there, objective));
    REQUIRE(same(here, there));
  }
  CHECK(chosen.steps() == 20);
  CHECK(same(optimizer.evaluation_point(here), chosen.evaluation_point(there)));
  if constexpr (detail::includes_learning_rate<R>) {
    CHECK(optimizer.learning_rate() == chosen.learning_rate());
    for (std::size_t k = 0; k < 3; ++k) {
      CHECK(optimizer.learning_rates()[k].path == chosen.learning_rates()[k].path);
      CHECK(optimizer.learning_rates()[k].rate == chosen.learning_rates()[k].rate);
    }
  }
}

}  // namespace

TEST_CASE("a composition from text takes the steps of the composition") {
  const Sgd sgd{.learning_rate = 0.1, .momentum = 0.5};
  const AdamW cautious{.learning_rate = 0.1, .cautious = true};
  check_same_steps(AdamW{.learning_rate = 0.1});
  check_same_steps(ClipByGlobalNorm{.max_norm = 0.5} | AdamW{.learning_rate = 0.1});
  check_same_steps(ClipByGlobalNorm{.max_norm = 0.5} | cautious);
  check_same_steps(ClipByGlobalNorm{.max_norm = 0.5, .delayed = true} | cautious);
  check_same_steps(ScaleByAdam{} | Cautious{} | ScaleByLearningRate{0.1});
  check_same_steps(sgd | ResetMomentum{.every = 3});
  check_same_steps(sgd | Ema{.decay = 0.9});
  check_same_steps(Sam{} | sgd);
  check_same_steps(PolyakStep{.learning_rate = 0.1});
  check_same_steps(SkipNonFinite{} | sgd);
}

TEST_CASE("blocks follow the rules that selectors give them") {
  const Sgd sgd{.learning_rate = 0.1, .momentum = 0.5};
  const AdamW adamw{.learning_rate = 0.1};
  check_same_steps(partition(matrices, Muon{.learning_rate = 0.02}, adamw));
  check_same_steps(ClipByGlobalNorm{.max_norm = 0.5} |
                   partition(matrices, Muon{.learning_rate = 0.02}, Freeze{}));
  check_same_steps(ScaleByAdam{} | masked(by_path("weights"), AddDecayedWeights{0.1}) |
                   ScaleByLearningRate{0.1});
  check_same_steps(partition(by_path("head"), Freeze{}, ClipByGlobalNorm{.max_norm = 0.1} | sgd));
  check_same_steps(partition(biases, sgd, partition(by_path("head"), adamw, Freeze{})));
  check_same_steps(partition(no_decay, adamw, AdamW{.learning_rate = 0.1, .cautious = true}));
  check_same_steps(Freeze{});
  check_same_steps(masked(matrices, Centralize{}) | partition(by_path("weights"), Freeze{}, sgd));
}

TEST_CASE("gradients of any layout give the same step") {
  Model here, there;
  AnyOptimizer<Model> a = make(here, "ClipByGlobalNorm{0.5} | AdamW{.learning_rate = 0.1, .cautious = true}"),
                      b = a;
  const Model gradient = gradient_at(here, 1);
  const RowMajor weights = gradient.weights;
  const Eigen::MatrixXd head = gradient.head;
  a.step(here, gradient);
  b.step(there, std::tuple(weights, 2 * (0.5 * gradient.bias), head));
  CHECK(same(here, there));
}

TEST_CASE("a norm that the caller passes replaces the measurement of the first rule") {
  const Sgd sgd{.learning_rate = 0.1, .momentum = 0.5};
  const ClipByGlobalNorm clip{.max_norm = 0.5};
  const auto check = [](const auto& rule) {
    const std::string text = to_string(rule);
    INFO(text);
    Model here, there;
    Optimizer optimizer(here, rule);
    AnyOptimizer<Model> chosen = make(there, text);
    for (const double norm : {3.0, 0.25}) {
      optimizer.step(here, gradient_at(here, 1), {.gradient_norm = norm});
      chosen.step(there, gradient_at(there, 1), {.gradient_norm = norm});
      CHECK(same(here, there));
    }
    CHECK_FALSE(test::refusal_of([&] { chosen.step(there, there, {.gradient_norm = -1}); }).empty());
  };
  check(clip | sgd);
  check(clip | partition(by_path("head"), Freeze{}, sgd));
  check(partition(by_path("head"), sgd, clip | sgd));
  check(partition(by_path("head"), Freeze{}, clip | sgd));
  check(masked(by_path("head"), Negate{}) | clip | sgd);
  Model here, there;
  AnyOptimizer<Model> changed =
      make(here, "partition(by_path(\"head\"), Freeze{}, ClipByGlobalNorm{0.5} | Sgd{})");
  changed.set_rule("ClipByGlobalNorm{0.5} | partition(by_path(\"head\"), Freeze{}, Sgd{})");
  AnyOptimizer<Model> made = make(there, changed.rule());
  changed.step(here, gradient_at(here, 1), {.gradient_norm = 3});
  made.step(there, gradient_at(there, 1), {.gradient_norm = 3});
  CHECK(same(here, there));
}

TEST_CASE("copies are independent, and a moved one continues") {
  Model here, there;
  AnyOptimizer<Model> a = make(here, "ClipByGlobalNorm{0.5} | AdamW{.learning_rate = 0.1}");
  a.step(here, gradient_at(here, 0));
  there = here;
  AnyOptimizer<Model> b = a;
  a.step(here, gradient_at(here, 1));
  CHECK(b.steps() == 1);
  AnyOptimizer<Model> c = std::move(b);
  c.step(there, gradient_at(there, 1));
  CHECK(same(here, there));
  CHECK(test::refusal_of([&] { b.step(there, gradient_at(there, 1)); }) ==
        "descent: AnyOptimizer: the optimizer was moved from");
  CHECK_FALSE(test::refusal_of([&] { static_cast<void>(b.steps()); }).empty());
  b = c;
  b.step(there, gradient_at(there, 2));
  a.step(here, gradient_at(here, 2));
  CHECK(same(here, there));
  CHECK(c.steps() == 2);
  a.reset();
  CHECK(a.steps() == 0);
}

TEST_CASE("the state is saved and restored, alone and in a composition") {
  for (const std::string text :
       {"AdamW{.learning_rate = 0.1}", "ClipByGlobalNorm{0.5} | AdamW{.learning_rate = 0.1} | Ema{}"}) {
    Model here;
    AnyOptimizer<Model> first = make(here, text);
    for (int k = 0; k < 3; ++k) first.step(here, gradient_at(here, k));
    Model there = here;
    AnyOptimizer<Model> second = make(there, text);
    restore_state(second, saved_state(first));
    for (int k = 3; k < 6; ++k) {
      first.step(here, gradient_at(here, k));
      second.step(there, gradient_at(there, k));
    }
    CHECK(same(here, there));
    CHECK(second.steps() == 6);
  }
  Model model;
  AnyOptimizer<Model> chosen = make(model, "AdamW{}");
  Optimizer optimizer(model, AdamW{});
  restore_state(optimizer, saved_state(chosen));  // one rule has the names of an Optimizer
}

TEST_CASE("options change in the middle, and a refused change changes nothing") {
  Model here, there;
  AnyOptimizer<Model> chosen = make(here, "ClipByGlobalNorm{0.5} | AdamW{.learning_rate = 0.1}");
  Optimizer optimizer(there, ClipByGlobalNorm{.max_norm = 0.5} | AdamW{.learning_rate = 0.1});
  const auto step_both = [&](int k) {
    chosen.step(here, gradient_at(here, k));
    optimizer.step(there, gradient_at(there, k));
    CHECK(same(here, there));
  };
  step_both(0);
  chosen.set_rule("ClipByGlobalNorm{0.25} | AdamW{.learning_rate = 0.2}");
  optimizer.set_rule(ClipByGlobalNorm{.max_norm = 0.25} | AdamW{.learning_rate = 0.2});
  step_both(1);
  chosen.set_learning_rate_factor(0.5);
  optimizer.set_learning_rate_factor(0.5);
  CHECK(chosen.learning_rate() == 0.1);
  step_both(2);
  const auto message = [&](const std::string& text) {
    return test::refusal_of([&] { chosen.set_rule(text); });
  };
  CHECK(message("AdamW{}") ==
        "descent: set_rule: 'AdamW{}' is a composition of other rules than those of the optimizer; make a "
        "new one");
  CHECK_FALSE(message("ClipByGlobalNorm{0.25} | AdamW{.cautious = true}").empty());
  CHECK_FALSE(message("ClipByGlobalNorm{0.1} | AdamW{.amsgrad = true}").empty());
  CHECK_FALSE(message("ClipByGlobalNorm{0.1} | AdamW{.beta1 = 2}").empty());
  CHECK_FALSE(test::refusal_of([&] { chosen.set_learning_rate_factor(-1); }).empty());
  CHECK(chosen.rule() == "ClipByGlobalNorm{.max_norm = 0.25} | AdamW{.learning_rate = 0.2}");
  step_both(3);
}

TEST_CASE("a refused step changes nothing, whichever rule refuses it") {
  for (const std::string text :
       {"SkipNonFinite{} | AdamW{.learning_rate = 0.1}", "AdamW{.learning_rate = 0.1} | SkipNonFinite{}"}) {
    Model here, there;
    AnyOptimizer<Model> a = make(here, text), b = a;
    a.step(here, gradient_at(here, 0));
    b.step(there, gradient_at(there, 0));
    Model bad = gradient_at(here, 1);
    bad.head(1, 1) = std::numeric_limits<double>::infinity();
    a.step(here, bad);
    CHECK(same(here, there));
    CHECK(a.steps() == 1);
    CHECK(a.skipped_steps() == 1);
    a.step(here, gradient_at(here, 2));
    b.step(there, gradient_at(there, 2));
    CHECK(same(here, there));
  }
}

TEST_CASE("an option that leaves its range refuses the step before anything is written") {
  Model model;
  AnyOptimizer<Model> chosen = make(model,
                                    "Sgd{.learning_rate = 0.1} | Ema{.decay = 0.5 * PolynomialDecay{.initial "
                                    "= 1, .steps = 1, .final = 9}}");
  chosen.step(model, gradient_at(model, 0));
  const Model before = model;
  CHECK_FALSE(test::refusal_of([&] { chosen.step(model, gradient_at(model, 1)); }).empty());
  CHECK(same(model, before));
  CHECK(chosen.steps() == 1);
}

TEST_CASE("what Optimizer refuses at compile time throws with the same advice") {
  CHECK(refusal("Sgd{} | Sgd{}") ==
        "descent: make_optimizer: at character 9: Sgd after Sgd: the learning rate would be multiplied "
        "twice; keep "
        "one whole rule and put transformations (ScaleByAdam{}, ClipByGlobalNorm{}) before it");
  CHECK(refusal("masked(matrices, Sgd{})") ==
        "descent: make_optimizer: at character 18: Sgd brings the learning rate: masked() would add the raw "
        "gradient "
        "to the blocks it leaves out; write partition(selector, rule, Freeze{})");
  CHECK(refusal("partition(matrices, Muon{}, Sgd{}) | ClipByGlobalNorm{}") ==
        "descent: make_optimizer: at character 38: ClipByGlobalNorm after Muon: a rule that measures the "
        "whole tree "
        "must come before a rule of whole matrices");
  CHECK(refusal("partition(matrices, Muon{}, Sgd{}) | Cautious{}") ==
        "descent: make_optimizer: at character 38: Cautious after Muon: a rule that compares the update with "
        "the "
        "gradient must come before a rule of whole matrices");
  CHECK(refusal("Negate{} | Cautious{}") ==
        "descent: make_optimizer: at character 12: Cautious after Negate: a rule that compares the update "
        "with the "
        "gradient cannot follow one that replaces the gradient; use the option of the first, such as "
        ".cautious, or an "
        "Optimizer");
  CHECK(refusal("SkipNonFinite{} | DynamicLossScale{}") ==
        "descent: make_optimizer: at character 19: DynamicLossScale after SkipNonFinite: it must come before "
        "a rule "
        "that skips steps, or its scale would never fall");
  CHECK(refusal("Muon{}") ==
        "descent: make_optimizer: at character 1: Muon: block 'bias' is a vector of 9; the rule works on "
        "matrices: "
        "give the block another rule in partition()");
  Model model;
  AnyOptimizer<Model> polyak = make(model, "PolyakStep{}"), sam = make(model, "Sam{} | Sgd{}");
  CHECK(
      test::refusal_of([&] { polyak.step(model, gradient_at(model, 0)); }) ==
      "descent: PolyakStep: this rule uses the loss; call step(parameters, gradient, loss) with a loss that "
      "is not NaN");
  CHECK(test::refusal_of([&] { sam.step(model, gradient_at(model, 0)); }) ==
        "descent: Sam: this rule evaluates the objective itself; call step(parameters, objective)");
  CHECK(test::refusal_of([&] { static_cast<void>(make(model, "ClipByGlobalNorm{}").learning_rate()); }) ==
        "descent: ClipByGlobalNorm{}: this rule has no learning rate");
}

TEST_CASE("names of rules, options and paths are refused with the nearest one") {
  CHECK(refusal("Sgdd{}").starts_with(
      "descent: make_optimizer: at character 1: found 'Sgdd', expected the name of a "
      "rule; the nearest is 'Sgd'; there are AdamW, "));
  CHECK(refusal("ClipByGlobalNorm{} | Sgd{.momentum = 2}") ==
        "descent: make_optimizer: at character 22: Sgd: momentum is 2, must be in [0, 1)");
  CHECK(refusal("partition(by_path(\"heat\"), Freeze{}, Sgd{})") ==
        "descent: make_optimizer: at character 11: partition: by_path(\"heat\") matches no block; the "
        "nearest is "
        "'head'; there are 'weights', 'bias', 'head'");
}

TEST_CASE("a name with different capitals is the nearest, and a long name is shortened in the message") {
  CHECK(refusal("adamw").find("the nearest is 'AdamW'") != std::string::npos);
  CHECK(refusal("SGD").find("the nearest is 'Sgd'") != std::string::npos);
  CHECK(refusal("Sgd{.Momentum = 0}").find("the nearest is '.momentum'") != std::string::npos);
  CHECK(refusal(std::string(5000, 'a')).size() < 500);
  CHECK(refusal("Sgd{." + std::string(5000, 'a') + " = 1}").size() < 500);
}

TEST_CASE("a tree of a different shape is refused as by Optimizer") {
  Model model;
  AnyOptimizer<Model> chosen = make(model, "ClipByGlobalNorm{} | Sgd{}");
  Model gradient = gradient_at(model, 0);
  gradient.weights.resize(7, 5);
  CHECK(test::refusal_of([&] { chosen.step(model, gradient); }) ==
        "descent: Sgd: block 'weights' is 5x7, its gradient is 7x5 (transposed?)");
}

TEST_CASE("rules that no block follows, and trees without blocks, take steps") {
  Eigen::VectorXd p = Eigen::VectorXd::Ones(3);
  for (const std::string text :
       {"masked(matrices, ClipByGlobalNorm{0.5})", "masked(matrices, Negate{}) | Ema{}"}) {
    INFO(text);
    p.setOnes();
    auto chosen = make_optimizer(p, text, Set{});
    chosen.step(p, Eigen::VectorXd(p));
    CHECK(chosen.steps() == 1);
    CHECK(p == Eigen::VectorXd::Constant(3, 2.0));  // the update is the gradient
  }
  auto frozen = make_optimizer(p, "ClipByGlobalNorm{} | partition(matrices, Sgd{}, Freeze{})", Set{});
  frozen.step(p, Eigen::VectorXd(p));
  CHECK(p == Eigen::VectorXd::Constant(3, 2.0));
  std::vector<Eigen::MatrixXd> none;
  auto idle = make_optimizer(none, "ClipByGlobalNorm{} | AdamW{.learning_rate = 0.25} | Ema{}", Set{});
  idle.step(none, none);
  CHECK(idle.steps() == 1);
  CHECK(idle.learning_rate() == 0.25);
}

TEST_CASE("blocks that did not follow a rule cannot be given to it later") {
  Model model;
  AnyOptimizer<Model> chosen = make(model, "partition(by_path(\"head\"), Sgd{}, AdamW{})");
  CHECK(test::refusal_of([&] { chosen.set_rule("partition(by_path(\"bias\"), Sgd{}, AdamW{})"); }) ==
        "descent: set_rule: block 'bias' did not follow Sgd before, so that it has no state; make a new "
        "optimizer");
  CHECK(chosen.rule() == "partition(by_path(\"head\"), Sgd{}, AdamW{})");
}

TEST_CASE("rules that use curvature take it, and drivers take the optimizer") {
  Model here, there;
  AnyOptimizer<Model> chosen = make(here, "Sophia{.learning_rate = 0.1}");
  Optimizer optimizer(there, Sophia{.learning_rate = 0.1});
  for (int k = 0; k < 3; ++k) {
    const Model curvature = gradient_at(here, k + 7);
    chosen.observe_hessian(curvature);
    optimizer.observe_hessian(curvature);
    chosen.step(here, gradient_at(here, k));
    optimizer.step(there, gradient_at(there, k));
    CHECK(same(here, there));
  }
  Model model;
  AnyOptimizer<Model> sgd = make(model, "Sgd{.learning_rate = 0.1}");
  const auto result = minimize(Pull{}, model, sgd);
  CHECK(result.loss < 3);
}

TEST_CASE("a rule of the program is hidden behind the same type") {
  const double halving = 0.5;
  const auto rule = ClipByGlobalNorm{.max_norm = 0.5} |
                    Sgd{.learning_rate = [halving](std::int64_t k) { return std::pow(halving, k); }} | Ema{};
  Model here, there;
  Optimizer optimizer(here, rule);
  AnyOptimizer<Model> hidden = make_optimizer(there, rule);
  for (int k = 0; k < 5; ++k) {
    optimizer.step(here, gradient_at(here, k));
    hidden.step(there, gradient_at(there, k));
    CHECK(same(here, there));
  }
  CHECK(same(optimizer.evaluation_point(here), hidden.evaluation_point(there)));
  CHECK(hidden.rule() == "ClipByGlobalNorm{.max_norm = 0.5} | Sgd{.learning_rate = <callable>} | Ema{}");
  hidden = make(there, "AdamW{}");  // of the same type
  CHECK(test::refusal_of([&] { make_optimizer(there, rule).set_rule("Sgd{}"); }) ==
        "descent: set_rule: this optimizer was made from a rule of the program; make a new one");
}

TEST_CASE("trees of float, and blocks of fixed size") {
  Eigen::Matrix<float, 3, 5> here, there;
  here.setConstant(2);
  there = here;
  Optimizer optimizer(here, ClipByGlobalNorm{.max_norm = 0.5} | AdamW{.learning_rate = 0.1});
  auto chosen = make_optimizer(there, "ClipByGlobalNorm{.max_norm = 0.5} | AdamW{.learning_rate = 0.1}",
                               RuleSet<ClipByGlobalNorm, AdamW>{});
  for (int k = 0; k < 5; ++k) {
    const auto gradient = (here * 0.5F).eval();
    optimizer.step(here, gradient);
    chosen.step(there, gradient);
    CHECK(here == there);
  }
}

TEST_CASE("Lbfgs stands alone") {
  const Pull bowl{};
  Model here, there;
  Optimizer optimizer(here, Lbfgs{.history = 5});
  AnyOptimizer<Model> chosen = make(there, "Lbfgs{.history = 5}");
  for (int k = 0; k < 6; ++k) {
    const double loss = optimizer.step(here, bowl);
    CHECK(chosen.step(there, bowl) == Approx(loss));
    CHECK(here.weights.isApprox(there.weights, 1e-12));
    CHECK(here.head.isApprox(there.head, 1e-12));
  }
  CHECK(chosen.steps() == 6);
  CHECK(saved_state(chosen).size() == saved_state(optimizer).size());
  Model again = there;
  AnyOptimizer<Model> resumed = make(again, "Lbfgs{.history = 5}");
  restore_state(resumed, saved_state(chosen));
  chosen.step(there, bowl);
  resumed.step(again, bowl);
  CHECK(same(there, again));
  CHECK(refusal("ClipByGlobalNorm{} | Lbfgs{}") ==
        "descent: make_optimizer: at character 22: Lbfgs stands alone: it evaluates the objective itself, "
        "and cannot be "
        "part of a composition");
  CHECK(test::refusal_of([&] { chosen.step(there, gradient_at(there, 0)); }) ==
        "descent: Lbfgs: this rule evaluates the objective itself; call step(parameters, objective)");
}
