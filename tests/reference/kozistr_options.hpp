// SPDX-License-Identifier: MIT
#pragma once

#include "reference/peer_options.hpp"

#include <descent/transforms/decay/add_decayed_weights.hpp>

// The common options of pytorch_optimizer's rules (kozistr).
namespace reference {

inline descent::WeightDecayForm kozistr_decay_form(PeerOptions& options, bool decoupled) {
  const bool fixed = options.flag("fixed_decay", false);
  if (!options.flag("weight_decouple", decoupled)) return descent::WeightDecayForm::coupled;
  return fixed ? descent::WeightDecayForm::fixed : descent::WeightDecayForm::decoupled;
}

/// Variants that it offers for many rules, and that descent does not have in this form.
inline void expect_no_kozistr_variant(PeerOptions& options) {
  options.ignore({"foreach"});
  for (const char* name : {"adanorm", "cautious", "stable_adamw", "use_gc"}) options.expect_flag(name, false);
}

}  // namespace reference
