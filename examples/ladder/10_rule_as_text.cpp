// SPDX-License-Identifier: MIT
// 10. A rule chosen at run time: the text of a configuration file, or of the command line, is the rule.
//
//   sh examples/run.sh 10_rule_as_text "ClipByGlobalNorm{.max_norm = 1} | Sgd{.learning_rate = 0.05, .momentum = 0.9}"
#include <descent/optimizers/adamw.hpp>
#include <descent/optimizers/sgd.hpp>
#include <descent/runtime/rule_set.hpp>
#include <descent/transforms/clip_by_global_norm.hpp>

#include <Eigen/Core>

#include <cstdio>
#include <stdexcept>
#include <string>

namespace {

// The rules that a text may name; only these are compiled. descent/runtime/parse_rule.hpp knows them all.
using Rules = descent::RuleSet<descent::Sgd, descent::AdamW, descent::ClipByGlobalNorm>;

/// A line through ten points; returns the mean squared error after 300 steps.
double train(const std::string& text) {
  const Eigen::ArrayXd x = Eigen::ArrayXd::LinSpaced(10, -1, 1), y = 3 * x + 0.5;
  Eigen::Vector2d line(0, 0);
  auto optimizer = descent::make_optimizer(line, text, Rules{});
  Eigen::ArrayXd error;
  for (int step = 0; step < 300; ++step) {
    error = line[0] * x + line[1] - y;
    optimizer.step(line, Eigen::Vector2d(2 * (error * x).mean(), 2 * error.mean()));
  }
  std::printf("%s\n  y = %.3f x + %.3f, error %.1e\n", optimizer.rule().c_str(), line[0], line[1],
              error.square().mean());
  return error.square().mean();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 1) {
    const double sgd = train("Sgd{.learning_rate = 0.1}");
    const double adamw =
        train("ClipByGlobalNorm{} | AdamW{.learning_rate = 0.3 * CosineDecay{.initial = 1, .steps = 300}}");
    if (sgd > 1e-3 || adamw > 1e-3) return 1;
  }
  try {
    train(argc > 1 ? argv[1]
                   : "Sgd{.learning_rat = 0.1}");  // a slip: the message tells where, and what was meant
    return argc > 1 ? 0 : 1;
  } catch (const std::invalid_argument& error) {
    std::printf("%s\n", error.what());
    return argc > 1 ? 1 : 0;
  }
}
