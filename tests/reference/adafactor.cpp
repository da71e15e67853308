// SPDX-License-Identifier: MIT
#include "reference/catalogue.hpp"
#include "reference/torch_rules.hpp"

#include <descent/optimizers/adafactor.hpp>

#include <algorithm>
#include <limits>

namespace reference {
namespace {

using descent::Adafactor;
using descent::AdafactorDecay;

constexpr double infinity = std::numeric_limits<double>::infinity();

/// PyTorch's pair of epsilons, of which the first may be null.
Adafactor torch_adafactor(PeerOptions& options) {
  ignore_torch_kernels(options);
  const auto [epsilon, min_rms] = options.optional_pair("eps", std::nullopt, 1e-3);
  return {.learning_rate = options.rate("lr", 1e-2),
          .beta2_decay = options.real("beta2_decay", -0.8),
          .epsilon = epsilon,
          .min_rms = min_rms.value_or(1e-3),
          .clip_threshold = options.real("d", 1),
          .weight_decay = options.real("weight_decay", 0),
          .maximize = options.flag("maximize", false)};
}

/// timm's momentum: `beta1`, or the first of `betas`.
double timm_momentum(PeerOptions& options) {
  const bool in_pair = options.has("betas");
  const double momentum = in_pair ? options.pair("betas", 0, 0).first : 0;
  return options.real("beta1", momentum);
}

descent::Schedule timm_rate(PeerOptions& options, bool relative) {
  if (!relative) return options.rate("lr", 1e-2);
  options.ignore({"lr"});  // the relative step takes its place
  if (!options.flag("warmup_init", false)) return 1e-2;
  return [](std::int64_t step) { return 1e-6 * static_cast<double>(step + 1); };
}

Adafactor timm_adafactor(PeerOptions& options) {
  options.expect_flag("caution", false);
  options.ignore({"warmup_init", "foreach"});
  const bool relative = options.flag("relative_step", !options.has("lr"));
  // Learning rates that are given are not scaled, whatever the option says.
  const bool scaled = options.flag("scale_parameter", true) && relative;
  return {.learning_rate = timm_rate(options, relative),
          .beta2_decay = options.real("decay_rate", -0.8),
          .epsilon = options.real("eps", 1e-30),
          .min_rms = options.real("eps_scale", 1e-3),
          .clip_threshold = options.real("clip_threshold", 1),
          .weight_decay = options.real("weight_decay", 0),
          .decay_form = AdafactorDecay::step_size,
          .momentum = timm_momentum(options),
          .relative_step = relative,
          .relative_size = scaled,
          .min_size_to_factor = options.whole("min_dim_size_to_factor", 16) + 1,
          .epsilon_in_square = true};
}

Eigen::Index optax_size_to_factor(PeerOptions& options) {
  const int size = options.whole("min_dim_size_to_factor", 128);
  if (!options.flag("factored", true)) return std::numeric_limits<Eigen::Index>::max();
  return std::max(size, 1);
}

Adafactor optax_adafactor(PeerOptions& options) {
  if (options.whole("decay_offset", 0) != 0) options.unsupported("decay_offset");
  options.ignore({"dtype_momentum", "weight_decay_mask"});
  return {.learning_rate = options.rate("learning_rate", 1),
          .beta2_decay = -options.real("decay_rate", 0.8),
          .epsilon = options.real("eps", 1e-30),
          .clip_threshold =
              options.real("clipping_threshold", options.is_null("clipping_threshold") ? infinity : 1),
          .weight_decay = options.real("weight_decay_rate", 0),
          .decay_form = AdafactorDecay::fixed,
          .momentum = options.real("momentum", 0),
          .relative_step = false,
          .relative_size = options.flag("multiply_by_parameter_scale", true),
          .min_size_to_factor = optax_size_to_factor(options),
          .epsilon_in_square = true};
}

}  // namespace

void add_adafactor(Catalogue& catalogue) {
  auto& rules = catalogue.rules;
  rules["torch.optim.Adafactor"] = [](PeerOptions& options) { return any_rule(torch_adafactor(options)); };
  rules["timm.optim.Adafactor"] = [](PeerOptions& options) { return any_rule(timm_adafactor(options)); };
  catalogue.clipping["optax clip_by_block_rms"] = [](PeerOptions& options) {
    return any_rule(descent::ClipByBlockRms{.max_rms = options.real("threshold", 1)});
  };
  rules["optax adafactor"] = [](PeerOptions& options) { return any_rule(optax_adafactor(options)); };
}

}  // namespace reference
