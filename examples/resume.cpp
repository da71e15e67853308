// SPDX-License-Identifier: MIT
// Trains a small network, stops in the middle of an epoch, and continues from the file as if nothing had
// happened. With the argument "forever" it trains until you press Ctrl-C; restart it, and it continues.
#include <descent/descent.hpp>
#include <descent/io/checkpoint.hpp>

#include <Eigen/Dense>

#include <cstdio>
#include <filesystem>
#include <string>

using Eigen::MatrixXd, Eigen::VectorXd;

struct Network {
  MatrixXd hidden = MatrixXd::Random(16, 2), output = MatrixXd::Random(1, 16);
  VectorXd bias = VectorXd::Zero(16);
  DESCENT_PARAMETERS(hidden, output, bias)

  template <class Batch>
  double loss(const Batch& batch, Network& gradient) const {
    const auto samples = static_cast<double>(batch.size());
    const MatrixXd active = ((hidden * batch.inputs).colwise() + bias).array().tanh();
    const MatrixXd error = output * active - batch.targets;
    const MatrixXd back = (output.transpose() * error).array() * (1 - active.array().square());
    gradient.output = error * active.transpose() / samples;
    gradient.hidden = back * batch.inputs.transpose() / samples;
    gradient.bias = back.rowwise().mean();
    return error.squaredNorm() / (2 * samples);
  }
};

int main(int argc, char** argv) {
  const MatrixXd inputs = MatrixXd::Random(2, 400);
  const MatrixXd targets = (3 * inputs.row(0).array()).sin() * inputs.row(1).array();
  const descent::Samples data{inputs, targets};
  const descent::AdamW rule{.learning_rate = descent::CosineDecay{.initial = 0.02, .steps = 500}};
  const Network start;
  const std::string run = "resume-example";

  descent::FitOptions<Network> options{.epochs = 40, .batch_size = 32, .seed = 1};
  Network uninterrupted = start;
  descent::fit(uninterrupted, data, rule, options);

  options.checkpoint = {.path = run, .every_steps = 50, .keep = 2};
  options.resume = options.stop_on_interrupt = true;
  if (argc > 1 && std::string(argv[1]) == "forever") options.epochs = 1'000'000'000;
  Network stopped = start, resumed = start;
  options.on_step = [&](const descent::StepReport& step) { return argc == 1 && step.step == 217; };
  std::puts(to_string(descent::fit(stopped, data, rule, options)).c_str());
  options.on_step = {};
  if (argc > 1) return 0;
  const descent::FitResult result =
      descent::fit(resumed, data, rule, options);  // another process could do this
  std::puts(to_string(result).c_str());
  for (const std::string& file : descent::checkpoints(run)) std::filesystem::remove(file);

  const bool same = resumed.hidden == uninterrupted.hidden && resumed.output == uninterrupted.output;
  std::printf("the same bits as without a stop: %s\n", same ? "yes" : "no");
  return same ? 0 : 1;
}
