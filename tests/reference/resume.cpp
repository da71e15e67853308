// SPDX-License-Identifier: MIT
#include "reference/resume.hpp"
#include "reference/comparison.hpp"
#include "reference/torch_rules.hpp"

#include <descent/core/optimizer.hpp>

#include <cstdint>
#include <cstring>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <vector>

namespace reference {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

template <class S>
using Tensor = Eigen::Matrix<S, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;  // as the format is
template <class S>
using Tensors = std::vector<Tensor<S>>;

/// A safetensors file: the length of a header of JSON, the header, the numbers.
class SafetensorsFile {
 public:
  explicit SafetensorsFile(const fs::path& path) {
    std::ifstream stream(path, std::ios::binary);
    bytes_.assign(std::istreambuf_iterator<char>(stream), {});
    std::uint64_t length = 0;
    if (bytes_.size() < sizeof length) throw std::runtime_error("cannot read '" + path.string() + "'");
    std::memcpy(&length, bytes_.data(), sizeof length);
    begin_ = sizeof length + length;
    header_ = json::parse(bytes_.substr(sizeof length, length));
  }

  template <class S>
  Tensor<S> tensor(const std::string& name) const {
    const json& entry = header_.at(name);
    if (entry.at("dtype") != (sizeof(S) == 4 ? "F32" : "F64"))
      throw std::runtime_error("tensor '" + name + "' has another type than the case");
    Eigen::Index rows = 1, columns = 1;
    const json& shape = entry.at("shape");
    if (!shape.empty()) rows = shape[0];
    if (shape.size() > 1) columns = shape[1];
    Tensor<S> values(rows, columns);
    const std::size_t first = entry.at("data_offsets")[0];
    std::memcpy(values.data(), bytes_.data() + begin_ + first,
                static_cast<std::size_t>(values.size()) * sizeof(S));
    return values;
  }

  template <class S>
  Tensors<S> tensors(const json& blocks, const std::string& before, const std::string& after = "") const {
    Tensors<S> all;
    for (const json& block : blocks)
      all.push_back(tensor<S>(before + block.at("name").get<std::string>() + after));
    return all;
  }

 private:
  std::string bytes_;
  std::size_t begin_ = 0;
  json header_;
};

/// An optimizer as it is after `steps` steps: what the rule remembers follows from their number, the state of
/// the parameters is put back.
template <class S, class R>
descent::Optimizer<Tensors<S>, R> resumed(const Tensors<S>& parameters, const R& rule,
                                          const SafetensorsFile& state, const json& blocks, int steps) {
  descent::Optimizer<Tensors<S>, R> optimizer(parameters, rule);
  Tensors<S> discarded = parameters;
  for (int k = 0; k < steps; ++k) optimizer.step(discarded, parameters);
  std::size_t slot = 0;
  optimizer.for_each_state([&](const std::string&, const std::string& name, auto values) {
    const std::string block = blocks.at(slot++ / 2).at("name");
    values = state.tensor<S>(block + "." + name);
  });
  return optimizer;
}

template <class S>
std::optional<std::string> follow_from_checkpoint(const fs::path& folder, const json& description) {
  const json& blocks = description.at("blocks");
  const SafetensorsFile state(folder / "state-10.safetensors");
  const SafetensorsFile gradients(folder / "gradients-11-20.safetensors");
  const SafetensorsFile expected(folder / "parameters-11-20.safetensors");
  Tensors<S> parameters = SafetensorsFile(folder / "parameters-10.safetensors").tensors<S>(blocks, "");
  const auto steps =
      static_cast<int>(SafetensorsFile(folder / "state-10.safetensors")
                           .tensor<float>(blocks[0].at("name").get<std::string>() + ".step")(0));
  PeerOptions options(description.at("hyper"), {});
  const descent::AdamW rule = torch_adamw(options);
  options.require_all_used();
  auto optimizer = resumed(parameters, rule, state, blocks, steps);
  const double tolerance = description.at("tolerance");
  for (int step = steps + 1; step <= steps + 10; ++step) {
    const std::string number = std::to_string(step) + ".";
    optimizer.step(parameters, gradients.tensors<S>(blocks, number));
    const Tensors<S> right = expected.tensors<S>(blocks, number);
    for (std::size_t b = 0; b < right.size(); ++b)
      for (Eigen::Index i = 0; i < right[b].size(); ++i)
        if (!agrees(static_cast<double>(parameters[b].data()[i]), static_cast<double>(right[b].data()[i]),
                    tolerance))
          return disagreement("step " + std::to_string(step) + ", block " + std::to_string(b),
                              static_cast<double>(right[b].data()[i]),
                              static_cast<double>(parameters[b].data()[i]), tolerance);
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
