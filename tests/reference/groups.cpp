// SPDX-License-Identifier: MIT
#include "reference/catalogue.hpp"
#include "reference/torch_rules.hpp"

#include <descent/transforms/whole_step/freeze.hpp>
#include <descent/wrappers/partition.hpp>

// Options that differ between blocks: one rule of a partition for each group of blocks.
namespace reference {
namespace {

constexpr std::size_t most_groups = 3, frozen = most_groups;

template <class R>
bool rests(const R& rule) {
  return rule.learning_rate.is_constant() && rule.learning_rate(0) == 0;
}

/// Blocks whose learning rate is 0 are frozen; the first group fills the unused places of the partition.
template <class R>
AnyRule partitioned(const std::vector<R>& rules, const std::vector<std::size_t>& group_of_block) {
  std::vector<R> moving;
  std::vector<std::size_t> place_of_group;
  for (const R& rule : rules) {
    place_of_group.push_back(rests(rule) ? frozen : moving.size());
    if (!rests(rule)) moving.push_back(rule);
  }
  if (moving.size() > most_groups) throw Unsupported("more than 3 groups of blocks");
  moving.resize(most_groups, rules.front());
  const auto selector = [=](const descent::BlockInfo& block) {
    return place_of_group[group_of_block[block.index]];
  };
  return any_rule(descent::partition(selector, moving[0], moving[1], moving[2], descent::Freeze{}));
}

template <class Make>
AnyRule one_rule_a_group(Make make, std::vector<PeerOptions>& groups,
                         const std::vector<std::size_t>& places) {
  std::vector<decltype(make(groups[0]))> rules;
  for (PeerOptions& group : groups) rules.push_back(make(group));
  return partitioned(rules, places);
}

descent::AdamW decoupled_adam(PeerOptions& options) {
  options.expect_flag("decoupled_weight_decay", true);
  return torch_adamw(options);
}

}  // namespace

void add_groups(Catalogue& catalogue) {
  auto& rules = catalogue.grouped_rules;
  rules["torch.optim.SGD"] = [](auto& groups, const auto& places) {
    return one_rule_a_group(torch_sgd, groups, places);
  };
  rules["torch.optim.AdamW"] = [](auto& groups, const auto& places) {
    return one_rule_a_group(decoupled_adam, groups, places);
  };
}

}  // namespace reference
