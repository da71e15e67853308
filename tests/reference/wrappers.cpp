// SPDX-License-Identifier: MIT
#include "reference/catalogue.hpp"
#include "reference/torch_rules.hpp"

#include <descent/training/problem/gradient_accumulator.hpp>
#include <descent/transforms/clip/clip_by_global_norm.hpp>
#include <descent/wrappers/ema.hpp>
#include <descent/wrappers/lookahead.hpp>
#include <descent/wrappers/lookahead_momentum.hpp>
#include <descent/wrappers/swa.hpp>

#include <memory>

// Wrappers of rules: slow parameters, averages, several gradients for one step.
namespace reference {
namespace {

template <class MakeBase>
RuleMaker pulled_back(MakeBase make_base, bool first_only_stores) {
  return [=](PeerOptions& options) {
    const std::string pullback = options.text("pullback_momentum", "none");
    options.ignore({"base"});
    PeerOptions base = options.nested("base_options");
    const auto inner = make_base(base);
    base.require_all_used();
    const int every = options.whole("k", 5);
    const double step_size = options.real("alpha", 0.5);
    const auto rule = inner | descent::Lookahead{.every = every,
                                                 .slow_step_size = step_size,
                                                 .first_synchronization_only_stores = first_only_stores};
    if (pullback == "reset") return any_rule(rule | descent::ResetMomentum{.every = every});
    if (pullback == "pullback")
      return any_rule(rule | descent::PullBackMomentum{
                                 .every = every, .slow_step_size = step_size, .slow_is_buffer = true});
    if (pullback != "none") options.unsupported("pullback_momentum");
    return any_rule(rule);
  };
}

AnyRule torch_equal_average(PeerOptions& options) {
  return any_rule(torch_sgd(options) |
                  descent::Swa{.start = options.whole("start", 0), .every = options.whole("every", 1)});
}

AnyRule torch_exponential_average(PeerOptions& options) {
  descent::Ema average = descent::Ema::like_torch(options.real("decay", 0.999));
  average.start = options.whole("start", 0);
  average.every = options.whole("every", 1);
  return any_rule(torch_sgd(options) | average);
}

AnyRule optax_average(PeerOptions& options) {
  const descent::Ema average =
      descent::Ema::like_optax(options.real("decay", 0.999), options.flag("debias", true));
  return any_rule(torch_sgd(options) | average);
}

AnyRule timm_average(PeerOptions& options) {
  const descent::Ema average = descent::Ema::like_timm(
      options.real("decay", 0.9999), options.flag("use_warmup", false), options.whole("update_after_step", 0),
      options.real("warmup_gamma", 1), options.real("warmup_power", 2.0 / 3), options.real("min_decay", 0));
  return any_rule(torch_sgd(options) | average);
}

/// Steps only after a window of gradients is complete.
template <class S>
Stepper<S> accumulating(Stepper<S> inner, const Tree<S>& tree, int every, bool mean) {
  auto accumulator = std::make_shared<descent::GradientAccumulator<Tree<S>>>(
      tree, descent::AccumulationOptions{.every = every, .mean = mean});
  Stepper<S> stepper = inner;
  stepper.step = [=](Tree<S>& parameters, const Tree<S>& gradient, double loss) {
    if (accumulator->add(gradient)) inner.step(parameters, accumulator->gradient(), loss);
  };
  return stepper;
}

template <class MakeBase>
RuleMaker accumulated(MakeBase make_base) {
  return [=](PeerOptions& options) {
    options.ignore({"optimizer"});
    const int every = options.whole("every", 1);
    const bool mean = options.flag("mean", true), clips = options.has("clip_grad_norm");
    const double limit = options.real("clip_grad_norm", 1);
    const auto rule = make_base(options);
    const AnyRule inner =
        clips ? any_rule(descent::ClipByGlobalNorm{.max_norm = limit} | rule) : any_rule(rule);
    return AnyRule{
        [=](const Tree<double>& tree) { return accumulating(inner.in_double(tree), tree, every, mean); },
        [=](const Tree<float>& tree) { return accumulating(inner.in_float(tree), tree, every, mean); }, 0};
  };
}

}  // namespace

void add_wrappers(Catalogue& catalogue) {
  auto& rules = catalogue.rules;
  rules["pytorch_optimizer Lookahead over torch.optim.SGD"] = pulled_back(torch_sgd, false);
  rules["pytorch_optimizer Lookahead over torch.optim.Adam"] = pulled_back(torch_adam, false);
  rules["timm.optim.Lookahead over torch.optim.SGD"] = pulled_back(torch_sgd, true);
  rules["torch.optim.swa_utils.AveragedModel"] = torch_equal_average;
  rules["torch.optim.swa_utils.AveragedModel(get_ema_multi_avg_fn)"] = torch_exponential_average;
  rules["optax ema"] = optax_average;
  rules["timm.utils.ModelEmaV3"] = timm_average;
  catalogue.accumulated["torch.optim.SGD"] = accumulated(torch_sgd);
  catalogue.accumulated["torch.optim.Adam"] = accumulated(torch_adam);
  catalogue.accumulated["torch.optim.AdamW"] = accumulated(torch_adamw);
}

}  // namespace reference
