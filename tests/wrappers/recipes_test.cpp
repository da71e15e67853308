// SPDX-License-Identifier: MIT
// The recipes of the README must do what its sentences say.
#include <descent/core/optimizer.hpp>
#include <descent/optimizers/adam.hpp>
#include <descent/optimizers/adamw.hpp>
#include <descent/optimizers/sgd.hpp>
#include <descent/transforms/clip/clip_by_global_norm.hpp>
#include <descent/transforms/whole_step/freeze.hpp>
#include <descent/wrappers/partition.hpp>
#include <descent/wrappers/skip_non_finite.hpp>

#include "support/catch.hpp"

#include <cmath>
#include <limits>
#include <utility>

using namespace descent;

namespace {

struct Model {
  Eigen::MatrixXd table = Eigen::MatrixXd::Constant(2, 3, 1), w = Eigen::MatrixXd::Constant(3, 2, 1);
  Eigen::VectorXd b = Eigen::VectorXd::Constant(3, 1);
  DESCENT_PARAMETERS(table, w, b)
};

auto usual_rule() { return ClipByGlobalNorm{1.0} | AdamW{.learning_rate = 3e-4}; }

class Trainer {
 public:
  explicit Trainer(Eigen::MatrixXd weights)
      : weights_(std::move(weights)), optimizer_(weights_, usual_rule()) {}
  void learn(const Eigen::MatrixXd& gradient) { optimizer_.step(weights_, gradient); }
  const Eigen::MatrixXd& weights() const { return weights_; }

 private:
  Eigen::MatrixXd weights_;
  Optimizer<Eigen::MatrixXd, decltype(usual_rule())> optimizer_;
};

}  // namespace

TEST_CASE("recipe: no decay on biases, one block frozen") {
  Model model;
  auto group = [](const BlockInfo& block) { return block.path == "table" ? 0 : block.path == "b" ? 1 : 2; };
  Optimizer careful(model, partition(group, Freeze{}, Sgd{.learning_rate = 0.1, .momentum = 0.9},
                                     Sgd{.learning_rate = 0.1, .momentum = 0.9, .weight_decay = 0.5}));
  Model gradient = model;
  gradient.table.setConstant(2), gradient.w.setZero(), gradient.b.setConstant(2);
  careful.step(model, gradient);
  CHECK((model.table.array() == 1).all());                // frozen, whatever its gradient is
  CHECK((model.b.array() == 1 - 0.1 * 2).all());          // learns, without decay
  CHECK((model.w.array() == 1 - 0.1 * (0.5 * 1)).all());  // decays although its gradient is 0
  gradient.b.setZero();
  Model still = Model{};
  Optimizer second(still, careful.rule());
  second.step(still, gradient);
  CHECK((still.b.array() == 1).all());
}

TEST_CASE("recipe: other options in the middle of a training, with the same state") {
  Eigen::VectorXd x = Eigen::VectorXd::Ones(3), twin = x;
  Optimizer tuned(x, AdamW{.learning_rate = 1e-3}), other(twin, AdamW{.learning_rate = 1e-3});
  tuned.step(x, x), other.step(twin, twin);
  tuned.set_rule(AdamW{.learning_rate = 1e-4, .weight_decay = 0.1});
  CHECK(tuned.steps() == 1);
  CHECK(tuned.learning_rate() == 1e-4);
  tuned.step(x, x), other.step(twin, twin);
  CHECK(1 - x[0] < 1 - twin[0]);
}

TEST_CASE("recipe: an optimizer as a member, copied and moved with its object") {
  const Eigen::MatrixXd start = Eigen::MatrixXd::Ones(2, 2), gradient = Eigen::MatrixXd::Constant(2, 2, 0.1);
  Trainer trainer(start);
  trainer.learn(gradient);
  Trainer copy = trainer, moved = std::move(trainer);
  copy.learn(gradient), moved.learn(gradient);
  CHECK(copy.weights() == moved.weights());
  CHECK((copy.weights().array() < 1 - 5e-4).all());
}

TEST_CASE(
    "recipe: a gradient that is not a number reaches the parameters, unless steps with it are skipped") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  Eigen::VectorXd x = Eigen::VectorXd::Ones(3), gradient = Eigen::Vector3d(1, nan, 1), safe = x;
  Optimizer plain(x, Adam{});
  Optimizer careful(safe, SkipNonFinite{} | Adam{});
  plain.step(x, gradient), careful.step(safe, gradient);
  CHECK(std::isnan(x[1]));
  CHECK(safe == Eigen::VectorXd::Ones(3));
  CHECK(careful.rule_state<SkipNonFinite>().skipped == 1);
}
