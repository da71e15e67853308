// SPDX-License-Identifier: MIT
#include "reference/lbfgs.hpp"

#include "reference/objectives.hpp"

#include <descent/optimizers/lbfgs.hpp>

#include <cstdint>

namespace reference {
namespace {

using nlohmann::json;

descent::Lbfgs torch_lbfgs(PeerOptions& options) {
  descent::Lbfgs rule = descent::Lbfgs::like_pytorch();
  rule.learning_rate = options.rate("lr", 1);
  rule.iterations = options.whole("max_iter", 20);
  const auto usual = static_cast<int>(rule.iterations * 5 / 4);
  rule.max_evaluations = options.whole("max_eval", usual);
  rule.max_search_evaluations = *rule.max_evaluations;  // no limit of its own
  rule.gradient_tolerance = options.real("tolerance_grad", 1e-7);
  rule.change_tolerance = options.real("tolerance_change", 1e-9);
  rule.history = options.whole("history_size", 100);
  options.expect_flag("maximize", false);
  const std::string search = options.text("line_search_fn", "");
  if (search == "strong_wolfe") {
    rule.line_search = descent::LineSearch::strong_wolfe;
  } else if (!search.empty()) {
    options.unsupported("line_search_fn");
  }
  return rule;
}

std::optional<std::string> compare_number(const char* what, std::size_t step, double got,
                                          const json& expected, double tolerance) {
  const double right = expected.at(what);
  if (agrees(got, right, tolerance)) return std::nullopt;
  return disagreement(std::string(what) + " of step " + std::to_string(step), right, got, tolerance);
}

std::optional<std::string> follow_lbfgs(const json& test_case, const descent::Lbfgs& rule) {
  const Objective<double> objective(test_case.at("objective"));
  const double tolerance = test_case.at("tolerance");
  Vector<double> x = vector_of<double>(test_case.at("initial")), gradient = x;
  descent::Optimizer optimizer(x, rule);
  const json& steps = test_case.at("steps");
  for (std::size_t step = 0; step < steps.size(); ++step) {
    optimizer.step(x, objective);
    const json& expected = steps[step];
    auto found = compare_vector("parameters", step, x, expected.at("parameters"), tolerance);
    const auto compare = [&](const char* what, double got) {
      if (!found.has_value()) found = compare_number(what, step, got, expected, tolerance);
    };
    compare("loss", objective(x, gradient));
    compare("gradient_norm", gradient.norm());
    compare("iterations", static_cast<double>(optimizer.iterations()));
    compare("evaluations", static_cast<double>(optimizer.evaluations()));
    if (found.has_value()) return found;
  }
  return std::nullopt;
}

}  // namespace

Outcome run_lbfgs(const json& test_case, PeerOptions& options) {
  const descent::Lbfgs rule = torch_lbfgs(options);
  options.require_all_used();
  if (const auto found = follow_lbfgs(test_case, rule)) return {Verdict::disagrees, *found};
  return {Verdict::agrees};
}

}  // namespace reference
