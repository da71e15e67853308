// SPDX-License-Identifier: MIT
// Prints what several rules, fit and a checkpoint make of a small model, to the last bit.
#if defined(DESCENT_HEADER)
#include DESCENT_HEADER
#else
#include <descent/descent.hpp>
#include <descent/io/checkpoint.hpp>
#endif

#include <Eigen/Core>

#include <bit>
#include <cstdint>
#include <cstdio>
#include <string>

using Eigen::MatrixXd, Eigen::VectorXd;

struct Model {
  MatrixXd weights;
  VectorXd bias;
  DESCENT_PARAMETERS(weights, bias)
};

namespace {

template <class Matrix>
void fill(Matrix& values, double phase) {
  for (Eigen::Index k = 0; k < values.size(); ++k) {
    phase = phase * 3.75 * (1 - phase);  // chaotic, in (0, 1)
    values.data()[k] = phase - 0.5;
  }
}

Model new_model() {
  Model model{MatrixXd(4, 3), VectorXd(4)};
  fill(model.weights, 0.3);
  fill(model.bias, 0.6);
  return model;
}

void print(const char* name, const Model& model) {
  std::uint64_t hash = 14695981039346656037U;  // FNV-1a over 64 bits at a time
  const auto add = [&](double value) {
    hash = (hash ^ std::bit_cast<std::uint64_t>(value)) * 1099511628211U;
  };
  for (Eigen::Index k = 0; k < model.weights.size(); ++k) add(model.weights.data()[k]);
  for (Eigen::Index k = 0; k < model.bias.size(); ++k) add(model.bias[k]);
  std::printf("%-24s %016llx %+.9f\n", name, static_cast<unsigned long long>(hash), model.weights(0, 0));
}

/// The sum of p^4 / 4. No compiler can fuse a product and a sum in the gradient.
double loss(const Model& model, Model& gradient) {
  double sum = 0;
  const auto add = [&](const auto& p, auto& g) {
    for (Eigen::Index k = 0; k < p.size(); ++k) {
      const double x = p.data()[k], cube = x * x * x;
      g.data()[k] = cube;
      sum += x * cube / 4;
    }
  };
  add(model.weights, gradient.weights);
  add(model.bias, gradient.bias);
  return sum;
}

template <class Optimizer>
void take_steps(Optimizer& optimizer, Model& model, int count) {
  for (int step = 0; step < count; ++step) optimizer.step(model, loss);
}

template <class R>
void show(const char* name, const R& rule) {
  Model model = new_model();
  descent::Optimizer optimizer(model, rule);
  take_steps(optimizer, model, 20);
  print(name, model);
}

void show_fit() {
  Model model = new_model();
  MatrixXd inputs(3, 32), targets(4, 32);
  fill(inputs, 0.2);
  fill(targets, 0.7);
  const auto mean_loss = [](const Model& trained, const auto& batch, Model& gradient) {
    const MatrixXd error = ((trained.weights * batch.inputs).colwise() + trained.bias) - batch.targets;
    gradient.weights = error * batch.inputs.transpose() / 8;
    gradient.bias = error.rowwise().sum() / 8;
    return error.squaredNorm() / 16;
  };
  descent::fit(descent::with_loss(model, mean_loss), descent::Samples{inputs, targets},
               descent::AdamW{.learning_rate = 0.01}, {.epochs = 3, .batch_size = 8});
  print("fit", model);
}

/// Ten steps, a file, and ten steps of a new optimizer that loads the file.
int show_resumed() {
  const std::string path = "numbers.safetensors";
  const auto rule = descent::ClipByGlobalNorm{0.05} | descent::AdamW{.learning_rate = 0.05};
  Model model = new_model();
  descent::Optimizer optimizer(model, rule);
  take_steps(optimizer, model, 10);
  for (int save = 0; save < 2; ++save)
    descent::Checkpoint(optimizer, model).save(path);  // the second replaces

  Model resumed = descent::zeros_like(model);
  descent::Optimizer other(resumed, rule);
  descent::Checkpoint(other, resumed).load(path);
  std::remove(path.c_str());
  take_steps(other, resumed, 10);
  take_steps(optimizer, model, 10);
  print("resumed", resumed);
  return resumed.weights == model.weights && resumed.bias == model.bias ? 0 : 1;
}

}  // namespace

int main() {
  const descent::Schedule rate = descent::warmup(5) >> descent::CosineDecay{.initial = 0.1, .steps = 15};
  show("Sgd", descent::Sgd{.learning_rate = 0.05, .momentum = 0.9});
  show("AdamW", descent::AdamW{.learning_rate = rate});
  show("ClipByGlobalNorm|AdamW", descent::ClipByGlobalNorm{0.05} | descent::AdamW{.learning_rate = rate});
  show("Muon, AdamW",
       descent::partition(descent::matrices, descent::Muon{.learning_rate = 0.02}, descent::AdamW{}));
  show("Lbfgs", descent::Lbfgs{});
  show_fit();
  return show_resumed();
}
