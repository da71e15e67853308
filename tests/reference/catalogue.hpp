// SPDX-License-Identifier: MIT
#pragma once

#include "reference/any_rule.hpp"
#include "reference/peer_options.hpp"

#include <functional>
#include <map>
#include <string>

namespace reference {

/// A peer's rule, with its options, as a rule of ours.
using RuleMaker = std::function<AnyRule(PeerOptions&)>;

/// A peer's rule with options that differ between blocks: `groups[i]` are those of the blocks whose number in
/// `group_of_block` is i; blocks are counted in the order of the Tree.
using GroupedRuleMaker =
    std::function<AnyRule(std::vector<PeerOptions>& groups, const std::vector<std::size_t>& group_of_block)>;

/// The rules that we can express, by the peer's own names: "torch.optim.SGD", "optax rmsprop",
/// "timm.optim.Lion".
struct Catalogue {
  std::map<std::string, RuleMaker> rules;
  std::map<std::string, GroupedRuleMaker> grouped_rules;
  /// Rules whose blocks may have no gradient at a step.
  std::map<std::string, RuleMaker> resting;
  /// Rules that receive some rows of the gradient.
  std::map<std::string, RuleMaker> of_rows;
  /// Rules that receive gradients summed over several micro-steps.
  std::map<std::string, RuleMaker> accumulated;
  /// Clipping of gradients; these rules have no learning rate.
  std::map<std::string, RuleMaker> clipping;
};

void add_sgd(Catalogue&);
void add_adam(Catalogue&);
void add_adam_relatives(Catalogue&);
void add_rmsprop(Catalogue&);
void add_adagrad_adadelta(Catalogue&);
void add_lion(Catalogue&);
void add_muon(Catalogue&);
void add_clipping(Catalogue&);
void add_adafactor(Catalogue&);
void add_sm3(Catalogue&);
void add_shampoo(Catalogue&);
void add_soap(Catalogue&);
void add_groups(Catalogue&);
void add_wrappers(Catalogue&);
void add_sophia(Catalogue&);
void add_measuring(Catalogue&);
void add_belief(Catalogue&);
void add_adam_variants(Catalogue&);
void add_signs(Catalogue&);
void add_momentum(Catalogue&);
void add_adan(Catalogue&);
void add_ademamix(Catalogue&);
void add_momentum_after_scaling(Catalogue&);
void add_dual_and_curvature(Catalogue&);
void add_cautious(Catalogue&);
void add_mars(Catalogue&);
void add_sparse(Catalogue&);

inline Catalogue full_catalogue() {
  Catalogue catalogue;
  // clang-format off
  for (auto add : {
           add_sgd,
           add_adam,
           add_adam_relatives,
           add_rmsprop,
           add_adagrad_adadelta,
           add_lion,
           add_muon,
           add_clipping,
           add_groups,
           add_adafactor,
           add_sm3,
           add_shampoo,
           add_soap,
           add_wrappers,
           add_sophia,
           add_measuring,
           add_belief,
           add_adam_variants,
           add_signs,
           add_momentum,
           add_adan,
           add_ademamix,
           add_momentum_after_scaling,
           add_dual_and_curvature,
           add_cautious,
           add_mars,
           add_sparse,
       })
    // clang-format on
    add(catalogue);
  return catalogue;
}

}  // namespace reference
