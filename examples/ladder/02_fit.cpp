// SPDX-License-Identifier: MIT
// 2. fit: the loop of example 1, written by the library. It shuffles the samples, cuts them into batches, tests on
// samples that it does not learn from, stops when that gets no better, and keeps the best parameters.
#include <descent/optimizers/adam.hpp>
#include <descent/training/fit/fit.hpp>
#include <descent/training/problem/samples.hpp>

#include <Eigen/Dense>

#include <cstdio>

struct Line {
  Eigen::RowVectorXd slopes = Eigen::RowVectorXd::Zero(3);
  Eigen::VectorXd offset = Eigen::VectorXd::Zero(1);
  DESCENT_PARAMETERS(slopes, offset)

  /// The mean square error of a batch, and its gradient: all that fit needs to know.
  template <class Batch>
  double loss(const Batch& batch, Line& gradient) const {
    const auto count = static_cast<double>(batch.size());
    const Eigen::RowVectorXd error = (slopes * batch.inputs).array() + offset[0] - batch.targets.array();
    gradient.slopes = 2 * error * batch.inputs.transpose() / count;
    gradient.offset[0] = 2 * error.mean();
    return error.squaredNorm() / count;
  }
};

int main() {
  const Eigen::RowVector3d law(2, -1, 0.5);
  const Eigen::MatrixXd inputs = Eigen::MatrixXd::Random(3, 400);
  const Eigen::RowVectorXd targets = (law * inputs + 0.1 * Eigen::RowVectorXd::Random(400)).array() + 4;

  Line line;
  const descent::FitResult result =
      descent::fit(line, descent::Samples{inputs.leftCols(300), targets.leftCols(300)},
                   descent::Adam{.learning_rate = 0.02},
                   {.epochs = 200,
                    .batch_size = 30,
                    .validation = descent::Samples{inputs.rightCols(100), targets.rightCols(100)},
                    .patience = 10,
                    .progress = descent::Progress::none});

  std::printf("epoch   error on what it learns from   error on what it has not seen\n");
  for (const descent::EpochReport& epoch : result.history)
    if (epoch.epoch % 10 == 1)
      std::printf("%5d   %28.5f   %29.5f\n", static_cast<int>(epoch.epoch), epoch.training_loss,
                  epoch.validation);
  std::printf("\nstopped after epoch %d; epoch %d was the best: error %.5f\n",
              static_cast<int>(result.epochs), static_cast<int>(result.best_epoch), result.best_metric);
  const Eigen::RowVectorXd& found = line.slopes;
  std::printf("found y = %.2f a %+.2f b %+.2f c %+.2f\n", found[0], found[1], found[2], line.offset[0]);
  return result.epochs < 200 && found.isApprox(law, 0.05) && line.offset.isApproxToConstant(4, 0.05) ? 0 : 1;
}
