// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/chain.hpp>
#include <descent/transforms/decay/decay.hpp>

namespace descent {

/// Weight decay of the parameters after the step. The last rule of a chain.
///
///   p' = (1 - rate weight_decay) (p + u),   or with proximal: p' = (p + u) / (1 + rate weight_decay)
///
/// Memory: none. Passes: 1 (fused). Shapes: any. Errors: std::invalid_argument for an option out of its
/// range.
/// Source: proximal: Xie et al. 2022, arXiv:2208.06677 (Adan); else as in LaProp's own code.
struct DecayAfterStep {
  Schedule learning_rate = 1e-3;  ///< that of the chain, which another rule applies; not negative
  Schedule weight_decay = 0.01;   ///< strength of weight decay, not negative
  bool proximal = false;          ///< divides by 1 + rate weight_decay instead

  auto chain() const {
    constexpr detail::DecayForm form{.by_rate = true, .subtracts = true, .of_new_parameters = true};
    return detail::Decay<form>{
        .weight_decay = weight_decay, .learning_rate = learning_rate, .proximal = proximal};
  }
};

}  // namespace descent
