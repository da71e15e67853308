// SPDX-License-Identifier: MIT
#include "reference/cases.hpp"
#include "reference/lbfgs.hpp"
#include "reference/objectives.hpp"
#include "reference/peer.hpp"
#include "reference/torch_rules.hpp"

#include <descent/wrappers/sam.hpp>

#include <algorithm>
#include <string>

// Rules that evaluate the objective themselves: the case contains its formula.

namespace reference {
namespace {

using nlohmann::json;

template <class S, class R>
std::optional<std::string> follow_objective(const json& test_case, const R& rule, double tolerance) {
  const Objective<S> objective(test_case.at("objective"));
  Vector<S> x = vector_of<S>(test_case.at("initial"));
  descent::Optimizer optimizer(x, rule);
  const json& parameters = test_case.at("parameters");
  for (std::size_t step = 0; step < parameters.size(); ++step) {
    const Vector<S> before = x;
    Vector<S> nearby = x;
    int evaluations = 0;
    const double loss = optimizer.step(x, [&](const Vector<S>& point, Vector<S>& gradient) {
      if (++evaluations == 2) nearby = point;
      return objective(point, gradient);
    });
    const double right = test_case.at("losses").at(step);
    if (!agrees(loss, right, tolerance))
      return disagreement("loss of step " + std::to_string(step), right, loss, tolerance);
    const Vector<S> moved = nearby - before;
    auto found =
        compare_vector("perturbation", step, moved, test_case.at("perturbation").at(step), tolerance);
    if (!found.has_value()) found = compare_vector("parameters", step, x, parameters[step], tolerance);
    if (found.has_value()) return found;
  }
  return std::nullopt;
}

template <class Make>
Outcome run_sam(const json& test_case, PeerOptions& options, Make make_base) {
  options.ignore({"base"});
  PeerOptions base_options = options.nested("base_options");
  const auto base = make_base(base_options);
  base_options.require_all_used();
  const auto rule = descent::Sam{.radius = options.real("rho", 0.05),
                                 .adaptive = options.flag("adaptive", false),
                                 .epsilon = options.real("perturb_eps", 1e-12)} |
                    base;
  options.require_all_used();
  const double tolerance = test_case.at("tolerance");
  if (const auto found = follow_objective<double>(test_case, rule, tolerance))
    return {Verdict::disagrees, *found};
  return {Verdict::agrees};
}

}  // namespace

Outcome run_objective_case(const json& test_case) {
  const std::string source = test_case.at("source");
  const auto contains = [&](const char* part) { return source.find(part) != std::string::npos; };
  try {
    PeerOptions options(test_case.at("hyper"), {});
    if (contains("torch.optim.LBFGS")) return run_lbfgs(test_case, options);
    if (contains("SAM over") && contains("torch.optim.SGD")) return run_sam(test_case, options, torch_sgd);
    if (contains("SAM over") && contains("torch.optim.AdamW"))
      return run_sam(test_case, options, torch_adamw);
    if (contains("SAM over") && contains("torch.optim.Adam")) return run_sam(test_case, options, torch_adam);
  } catch (const Unsupported& unsupported) {
    return {Verdict::unsupported, unsupported.what()};
  } catch (const std::invalid_argument& refused) {
    return {Verdict::unsupported, refused.what()};
  }
  return {Verdict::not_covered};
}

}  // namespace reference
