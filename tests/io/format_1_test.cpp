// SPDX-License-Identifier: MIT
// Checkpoints of format 1, saved by the version of descent that introduced it, must load in every later version.
// data/format-1/adamw.safetensors was written by `write` below: DESCENT_WRITE_FORMAT_1=path writes it again.
#include <descent/core/chain.hpp>
#include <descent/core/optimizer.hpp>
#include <descent/io/checkpoint.hpp>
#include <descent/optimizers/adamw.hpp>
#include <descent/schedules/cosine_decay.hpp>
#include <descent/training/adapt/early_stopping.hpp>
#include <descent/transforms/clip/clip_by_global_norm.hpp>

#include "io/support.hpp"
#include "support/catch.hpp"

#include <Eigen/Core>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string>

using namespace descent;

namespace {

struct Model {
  Eigen::MatrixXd weights = Eigen::MatrixXd::Zero(2, 3);
  Eigen::VectorXf bias = Eigen::VectorXf::Zero(2);
  DESCENT_PARAMETERS(weights, bias)
};

struct Run {
  Model model;
  Optimizer<Model, Chain<ClipByGlobalNorm, AdamW>> optimizer{
      model, ClipByGlobalNorm{1.0} |
                 AdamW{.learning_rate = CosineDecay{.initial = 0.125, .steps = 10}, .weight_decay = 0.25}};
  EarlyStopping stopping{.patience = 3};
  std::int64_t epoch = 0;

  Checkpoint checkpoint() {
    Checkpoint all(optimizer, model);
    all.add("stopping", stopping).add("epoch", epoch);
    return all;
  }
};

/// Sets numbers that need no rounding, so that the file is the same on every machine.
void write(const std::string& path) {
  Run run;
  run.model.weights << 1, 2, 3, 4, 5, -0.1;
  run.model.bias << 0.5f, -7;
  double next = 0;
  run.optimizer.for_each_state([&](const std::string&, const std::string&, auto values) {
    for (Eigen::Index j = 0; j < values.cols(); ++j)
      for (Eigen::Index i = 0; i < values.rows(); ++i)
        values(i, j) = static_cast<typename decltype(values)::Scalar>(next += 0.25);
  });
  for (const SavedTensor& tensor : saved_state(run.optimizer)) {
    if (tensor.name == "steps") *static_cast<std::int64_t*>(tensor.data) = 4;
    if (tensor.name == "memory/ScaleByAdam/0") *static_cast<double*>(tensor.data) = 0.9 * 0.9 * 0.9 * 0.9;
    if (tensor.name == "memory/ScaleByAdam/1") *static_cast<double*>(tensor.data) = 0.996005996001;
  }
  for (const double metric : {3.0, 2.0, 2.5}) run.stopping.observe(metric);
  run.epoch = 3;
  run.checkpoint().save(path);
}

}  // namespace

TEST_CASE("checkpoints of format 1 load") {
  if (const char* const path = std::getenv("DESCENT_WRITE_FORMAT_1")) write(path);
  const auto folder = std::filesystem::path(__FILE__).parent_path() / "data" / "format-1";
  Run run;
  run.checkpoint().load((folder / "adamw.safetensors").string());
  CHECK(run.model.weights == (Eigen::MatrixXd(2, 3) << 1, 2, 3, 4, 5, -0.1).finished());
  CHECK(run.model.bias == Eigen::Vector2f(0.5f, -7));
  CHECK(run.optimizer.steps() == 4);
  CHECK(run.optimizer.learning_rate() == Approx(0.08181356214844));
  double next = 0;
  run.optimizer.for_each_state([&](const std::string&, const std::string&, const auto& values) {
    for (Eigen::Index j = 0; j < values.cols(); ++j)
      for (Eigen::Index i = 0; i < values.rows(); ++i)
        CHECK(static_cast<double>(values(i, j)) == (next += 0.25));
  });
  CHECK(next == 4);
  CHECK(run.stopping.state.best == 2);
  CHECK(run.stopping.state.best_observation == 2);
  CHECK(run.stopping.state.observations == 3);
  CHECK(run.stopping.state.waited == 1);
  CHECK(run.epoch == 3);

  Model gradient;
  gradient.weights.setConstant(0.125);
  gradient.bias.setConstant(-0.125f);
  run.optimizer.step(run.model, gradient);  // with the powers of beta that were saved
  CHECK(run.model.weights(0, 1) == Approx(1.95262).epsilon(1e-5));
}
