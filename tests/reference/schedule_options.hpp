// SPDX-License-Identifier: MIT
#pragma once

#include "reference/peer_options.hpp"

#include <descent/schedules/compose/algebra.hpp>
#include <descent/schedules/compose/sequence.hpp>
#include <descent/schedules/families.hpp>
#include <descent/schedules/warmup.hpp>

#include <cmath>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

// Reads the options of other systems' schedules.
namespace reference {

using MaybeSchedule = std::optional<descent::Schedule>;

/// The options of a case under the peer's names; one that is absent or null has the peer's default.
class Options {
 public:
  explicit Options(const nlohmann::json& options) : options_(options) {}

  bool has(const char* name) const { return options_.contains(name) && !options_.at(name).is_null(); }
  double real(const char* name, double otherwise) const {
    if (!has(name)) return otherwise;
    const nlohmann::json& value = options_.at(name);
    return value.is_string() ? std::stod(value.get<std::string>()) : value.get<double>();
  }
  std::int64_t whole(const char* name, std::int64_t otherwise) const {
    return has(name) ? static_cast<std::int64_t>(std::llround(options_.at(name).get<double>())) : otherwise;
  }
  bool flag(const char* name, bool otherwise) const {
    return has(name) ? options_.at(name).get<bool>() : otherwise;
  }
  std::string text(const char* name, const char* otherwise) const {
    return has(name) ? options_.at(name).get<std::string>() : otherwise;
  }
  std::vector<std::int64_t> wholes(const char* name) const {
    return has(name) ? options_.at(name).get<std::vector<std::int64_t>>() : std::vector<std::int64_t>{};
  }
  const nlohmann::json& json(const char* name) const { return options_.at(name); }

  /// Throws if nothing reads an option of this name, so that none is ignored silently.
  void require_known() const {
    static const std::string known =
        " T_0 T_max T_mult alpha anneal_epochs anneal_strategy base_lr base_momentum "
        "boundaries_and_scales cooldown_type cosine_kwargs cycle_decay cycle_limit cycle_momentum "
        "cycle_mul cycle_mult d decay_rate decay_steps decay_t div_factor end_factor end_value epochs "
        "eta_min exponent factor final_div_factor first_cycle_steps gamma init_lr init_value "
        "initialize interpolate_type is_warmup k_decay last_epoch lb lr_lambda lr_min max_lr "
        "max_momentum milestones min_lr min_lr_ratio mode name noise_pct noise_range_t noise_seed "
        "noise_std noise_type num_cycles num_decay_steps num_epochs num_stable_steps num_warmup_steps "
        "pct_final pct_start peak_value poly_order power q scale_mode schedulers staircase "
        "start_factor step_size step_size_down step_size_up steps_per_epoch swa_lr t_in_epochs "
        "t_initial t_max three_phase total_iters total_steps transition_begin transition_steps ub "
        "verbose w warmup_lr_init warmup_prefix warmup_steps warmup_t ";
    for (const auto& item : options_.items())
      if (!item.value().is_null() && known.find(' ' + item.key() + ' ') == std::string::npos)
        throw Unsupported("the option " + item.key());
  }

 private:
  const nlohmann::json& options_;
};

/// From one value to another; some peers allow 0 steps, and then keep the first value.
inline descent::Schedule line(double from, double to, std::int64_t steps) {
  if (steps <= 0) return from;
  return descent::LinearDecay{.initial = from, .final = to, .steps = steps};
}

}  // namespace reference
