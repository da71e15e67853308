// SPDX-License-Identifier: MIT
#include "reference/resume.hpp"
#include "reference/comparison.hpp"
#include "reference/torch_rules.hpp"

#include <descent/core/optimizer.hpp>
#include <descent/io/parameters.hpp>
#include <descent/io/pytorch.hpp>

#include <deque>
#include <string>
#include <vector>

namespace reference {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

template <class S>
using Tensors = std::vector<descent::Named<Eigen::Matrix<S, Eigen::Dynamic, Eigen::Dynamic>>>;

template <class S>
Tensors<S> blocks_of(const json& description) {
  static std::deque<std::string> names;  // a Named keeps a pointer
  Tensors<S> blocks;
  for (const json& block : description.at("blocks")) {
    const json& shape = block.at("shape");
    const Eigen::Index rows = shape[0], columns = shape.size() > 1 ? shape[1].get<Eigen::Index>() : 1;
    names.push_back(block.at("name"));
    blocks.push_back(
        {names.back().c_str(), Eigen::Matrix<S, Eigen::Dynamic, Eigen::Dynamic>::Zero(rows, columns)});
  }
  return blocks;
}

/// The tensors "11.first.weight", ... of a file.
template <class S>
void load_at(int step, const fs::path& file, Tensors<S>& blocks) {
  const std::string number = std::to_string(step);
  descent::load_parameters(file.string(), descent::named(number.c_str(), blocks), {.allow_unused = true});
}

template <class S>
std::optional<std::string> find_difference(const Tensors<S>& found, const Tensors<S>& right,
                                           double tolerance) {
  for (std::size_t b = 0; b < right.size(); ++b)
    for (Eigen::Index i = 0; i < right[b].tree.rows(); ++i)
      for (Eigen::Index j = 0; j < right[b].tree.cols(); ++j) {
        const auto expected = static_cast<double>(right[b].tree(i, j)),
                   value = static_cast<double>(found[b].tree(i, j));
        if (!agrees(value, expected, tolerance))
          return disagreement(std::string("block ") + right[b].name, expected, value, tolerance);
      }
  return {};
}

template <class S>
std::optional<std::string> follow_from_checkpoint(const fs::path& folder, const json& description) {
  Tensors<S> parameters = blocks_of<S>(description), gradient = parameters, right = parameters;
  descent::load_parameters((folder / "parameters-10.safetensors").string(), parameters);
  PeerOptions options(description.at("hyper"), {});
  const descent::AdamW rule = torch_adamw(options);
  options.require_all_used();
  descent::Optimizer optimizer(parameters, rule);
  descent::load_pytorch_state((folder / "state-10.safetensors").string(), optimizer);
  const auto begin = static_cast<int>(optimizer.steps());
  const double tolerance = description.at("tolerance");
  for (int step = begin + 1; step <= begin + 10; ++step) {
    load_at(step, folder / "gradients-11-20.safetensors", gradient);
    load_at(step, folder / "parameters-11-20.safetensors", right);
    optimizer.step(parameters, gradient);
    if (const auto found = find_difference(parameters, right, tolerance))
      return "step " + std::to_string(step) + ", " + *found;
  }
  return std::nullopt;
}

}  // namespace

Outcome run_resume(const fs::path& folder, const json& description) {
  const bool in_float = description.at("scalar") == "float32";
  const auto found = in_float ? follow_from_checkpoint<float>(folder, description)
                              : follow_from_checkpoint<double>(folder, description);
  if (found.has_value()) return {Verdict::disagrees, *found};
  return {.verdict = Verdict::agrees, .in_float = in_float};
}

}  // namespace reference
