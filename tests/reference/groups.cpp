// SPDX-License-Identifier: MIT
#include "reference/catalogue.hpp"
#include "reference/torch_rules.hpp"

#include <descent/transforms/freeze.hpp>
#include <descent/wrappers/partition.hpp>

#include <algorithm>

// Options that differ from block to block: one rule of a partition for each group of blocks.
namespace reference {
namespace {

constexpr std::size_t most_groups = 3, frozen = most_groups;

template <class R>
bool rests(const R& rule) {
  return rule.learning_rate.is_constant() && rule.learning_rate(0) == 0;
}

/// A group whose rate is 0 is frozen; places of the partition without a group are taken by the last one.
template <class R>
AnyRule partitioned(const std::vector<R>& rules, const std::vector<std::size_t>& group_of_block) {
  if (rules.size() > most_groups) throw Unsupported("more than 3 groups of blocks");
  std::vector<std::size_t> places = group_of_block;
  for (std::size_t& place : places)
    if (rests(rules[place])) place = frozen;
  const auto rule = [&](std::size_t place) { return rules[std::min(place, rules.size() - 1)]; };
  const auto selector = [places](const descent::BlockInfo& block) { return places[block.index]; };
  return any_rule(descent::partition(selector, rule(0), rule(1), rule(2), descent::Freeze{}));
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
