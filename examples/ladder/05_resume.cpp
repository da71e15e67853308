// SPDX-License-Identifier: MIT
// 5. Resume after Ctrl-C: fit saves its position, and continues from it as if nothing had happened.
// With the argument "forever" it trains until you press Ctrl-C; start it again, and it continues.
#include <descent/io/fit_saver.hpp>
#include <descent/optimizers/adamw.hpp>
#include <descent/schedules/cosine_decay.hpp>
#include <descent/training/fit/fit.hpp>
#include <descent/training/problem/samples.hpp>

#include <Eigen/Dense>

#include <cstdio>
#include <filesystem>
#include <string>

struct Line {
  Eigen::RowVectorXd slopes = Eigen::RowVectorXd::Zero(3);
  DESCENT_PARAMETERS(slopes)

  template <class Batch>
  double loss(const Batch& batch, Line& gradient) const {
    const Eigen::RowVectorXd error = slopes * batch.inputs - batch.targets;
    gradient.slopes = error * batch.inputs.transpose() / static_cast<double>(batch.size());
    return error.squaredNorm() / static_cast<double>(batch.size());
  }
};

int main(int argc, char** argv) {
  const bool forever = argc > 1 && std::string(argv[1]) == "forever";
  const Eigen::MatrixXd inputs = Eigen::MatrixXd::Random(3, 400);
  const Eigen::RowVectorXd targets = Eigen::RowVector3d(2, -1, 0.5) * inputs;
  const descent::Samples data{inputs, targets};
  const descent::AdamW rule{.learning_rate = descent::CosineDecay{.initial = 0.02, .steps = 500}};

  descent::FitOptions<Line> options{.epochs = 40, .batch_size = 32, .seed = 1};
  Line uninterrupted, stopped, resumed;
  if (!forever) descent::fit(uninterrupted, data, rule, options);

  options.checkpoint = {.path = "resume-example", .every_steps = 50, .keep = 2};
  options.resume = options.stop_on_interrupt = true;
  if (forever) options.epochs = 1'000'000'000;
  // Stops in the middle of an epoch, as Ctrl-C would.
  options.on_step = [&](const descent::StepReport& step) { return !forever && step.step == 217; };
  std::printf("first run:   %s\n", to_string(descent::fit(stopped, data, rule, options)).c_str());
  if (forever) return 0;

  options.on_step = {};
  const descent::FitResult rest = descent::fit(resumed, data, rule, options);  // or in another process
  std::printf("second run:  %s\n", to_string(rest).c_str());
  for (const std::string& file : descent::checkpoints("resume-example")) std::filesystem::remove(file);

  const bool same = resumed.slopes == uninterrupted.slopes && stopped.slopes != uninterrupted.slopes;
  std::printf("the same bits as without a stop: %s\n", same ? "yes" : "no");
  return same ? 0 : 1;
}
