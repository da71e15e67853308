// SPDX-License-Identifier: MIT
#include "reference/cases.hpp"
#include "reference/catalogue.hpp"
#include "reference/comparison.hpp"
#include "reference/peer.hpp"

#include <algorithm>
#include <set>

namespace reference {
namespace {

using nlohmann::json;

const Catalogue& catalogue() {
  static const Catalogue all = full_catalogue();
  return all;
}

/// The options of a case, and its other fields except the trajectory.
json options_of(const json& test_case) {
  static const std::set<std::string> trajectory = {
      "case",       "source", "hyper",       "scalar",   "tolerance", "note",   "blocks", "gradients",
      "parameters", "steps",  "block_hyper", "averaged", "hessians",  "losses", "trace",  "rows"};
  json options = test_case.at("hyper");
  for (const auto& item : test_case.items())
    if (trajectory.count(item.key()) == 0) options[item.key()] = item.value();
  return options;
}

bool has_absent_gradients(const json& test_case) {
  const auto absent = [](const json& gradient) { return gradient.is_null(); };
  return std::any_of(test_case.at("gradients").begin(), test_case.at("gradients").end(),
                     [&](const json& step) { return std::any_of(step.begin(), step.end(), absent); });
}

std::optional<AnyRule> rule_from(const std::map<std::string, RuleMaker>& makers,
                                 const std::string& peers_name, const json& test_case) {
  const auto maker = makers.find(peers_name);
  if (maker == makers.end()) return std::nullopt;
  PeerOptions options(options_of(test_case), Layout(test_case.at("blocks")).shapes());
  AnyRule rule = maker->second(options);
  options.require_all_used();
  return rule;
}

/// Blocks with equal options make a group.
std::optional<AnyRule> grouped_rule(const std::string& peers_name, const json& test_case) {
  const auto maker = catalogue().grouped_rules.find(peers_name);
  if (maker == catalogue().grouped_rules.end()) return std::nullopt;
  const Layout layout(test_case.at("blocks"));
  std::vector<json> groups;
  std::vector<std::size_t> group_of_block(layout.size());
  for (std::size_t b = 0; b < layout.size(); ++b) {
    json options = options_of(test_case);
    options.update(test_case.at("block_hyper").at(b));
    const auto group = std::find(groups.begin(), groups.end(), options);
    group_of_block[layout.index_in_tree(b)] = static_cast<std::size_t>(group - groups.begin());
    if (group == groups.end()) groups.push_back(options);
  }
  std::vector<PeerOptions> options;
  for (const json& group : groups) options.emplace_back(group, layout.shapes());
  AnyRule rule = maker->second(options, group_of_block);
  for (const PeerOptions& group : options) group.require_all_used();
  return rule;
}

std::optional<AnyRule> rule_for(const json& test_case) {
  const Peer peer = parse_peer(test_case.at("source"));
  if (test_case.contains("steps")) {
    const std::string name = peer.remark.empty() ? peer.rule : peer.rule + ", " + peer.remark;
    return rule_from(catalogue().clipping, name, test_case);
  }
  if (peer.remark.rfind("gradients of ", 0) == 0)
    return rule_from(catalogue().accumulated, peer.rule, test_case);
  static const std::set<std::string> harmless = {"", "lr varying", "over plain SGD",
                                                 "with its estimate of d repaired"};
  const bool only_the_rule = harmless.count(peer.remark) > 0;
  const bool rates_are_known = peer.scheduler.empty() || test_case.contains("rates");
  if (!only_the_rule || !rates_are_known) return std::nullopt;
  if (has_absent_gradients(test_case)) return rule_from(catalogue().resting, peer.rule, test_case);
  if (test_case.contains("rows")) return rule_from(catalogue().of_rows, peer.rule, test_case);
  if (test_case.contains("block_hyper")) return grouped_rule(peer.rule, test_case);
  return rule_from(catalogue().rules, peer.rule, test_case);
}

template <class S>
std::optional<std::string> run(const json& test_case, const AnyRule& rule, double tolerance) {
  return test_case.contains("steps") ? clip<S>(test_case, rule, tolerance)
                                     : follow<S>(test_case, rule, tolerance);
}

/// Refuses options that are out of our range before any step.
void make_optimizers(const json& test_case, const AnyRule& rule) {
  json zeros = json::array();
  const Layout layout(test_case.at("blocks"));
  for (const BlockShape& shape : layout.shapes())
    zeros.push_back(std::vector<double>(static_cast<std::size_t>(shape.rows * shape.columns)));
  static_cast<void>(rule.in_double(layout.tree<double>(zeros)));
  static_cast<void>(rule.in_float(layout.tree<float>(zeros)));
}

/// Gradients of 1e4 and 1e-12 together, and rules that amplify rounding: the peers in float are inaccurate as
/// well.
bool asks_too_much_of_float(const json& test_case) {
  const std::string name = test_case.at("case"), source = test_case.at("source");
  const auto contains = [](const std::string& text, const char* part) {
    return text.find(part) != std::string::npos;
  };
  return contains(name, "extreme") || contains(source, "Shampoo") || contains(source, "Prodigy") ||
         contains(source, "Apollo");
}

}  // namespace

Outcome run_rule_case(const json& test_case) {
  std::optional<AnyRule> rule;
  try {
    if (!test_case.contains("blocks")) return {Verdict::not_covered};
    rule = rule_for(test_case);
    if (!rule.has_value()) return {Verdict::not_covered};
    make_optimizers(test_case, *rule);
  } catch (const Unsupported& unsupported) {
    return {Verdict::unsupported, unsupported.what()};
  } catch (const std::invalid_argument& refused) {
    return {Verdict::unsupported, refused.what()};
  }
  const double tolerance = test_case.at("tolerance");
  if (const auto found = run<double>(test_case, *rule, tolerance)) return {Verdict::disagrees, *found};
  if (asks_too_much_of_float(test_case)) return {Verdict::agrees};
  if (const auto found = run<float>(test_case, *rule, std::max(tolerance, 2e-5)))
    return {Verdict::disagrees, "in float: " + *found};
  return {.verdict = Verdict::agrees, .in_float = true};
}

}  // namespace reference
