// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/saved_state.hpp>
#include <descent/io/names.hpp>
#include <descent/io/parameters.hpp>
#include <descent/io/safetensors.hpp>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// The state of PyTorch's optimizers, so that a run begun in Python goes on in C++, and back.

namespace descent {
namespace detail {

/// "layer1.weight.exp_avg" for "state/layer1.weight/exp_avg"; empty for what is no slot.
inline std::string pytorch_name(std::string_view name) {
  constexpr std::string_view prefix = "state/";
  if (!name.starts_with(prefix)) return {};
  const std::size_t slash = name.rfind('/');
  return joined({name.substr(prefix.size(), slash - prefix.size()), ".", name.substr(slash + 1)});
}

/// A file of PyTorch's state, by the names that blocks have in the model.
class PytorchState {
 public:
  PytorchState(const std::string& path, const LoadOptions& options)
      : file_(TensorFile::read(path, options.checksums)), options_(options) {}

  /// Where the numbers for a slot of the optimizer lie in the file.
  Tensor tensor_for(const Tensor& place) {
    const std::string name = name_in_file(pytorch_name(place.name));
    const TensorEntry* const entry = file_.find(name);
    if (entry == nullptr)
      fail_file(file_.path(),
                {"has no tensor '", name, "' (", shape_text(place), "); LoadOptions::renamed maps names"});
    Tensor found = place;
    found.row_stride = place.columns;
    found.column_stride = 1;
    found.data = numbers_.emplace_back(place.bytes()).data();
    file_.copy_to(*entry, found, options_.convert);
    return found;
  }

  /// The number of steps: "layer1.weight.step", the same for all blocks; none if the file has no steps.
  std::optional<std::int64_t> steps(const std::vector<std::string>& paths) const {
    std::optional<std::int64_t> steps;
    for (const std::string& path : paths) {
      const TensorEntry* const entry = file_.find(name_in_file(path + ".step"));
      if (entry == nullptr) continue;
      const std::int64_t found = count_of(*entry);
      if (steps && *steps != found)
        fail_file(file_.path(), {"has blocks after ", std::to_string(*steps), " and after ",
                                 std::to_string(found), " steps; all must have taken the same number"});
      steps = found;
    }
    return steps;
  }

  const std::string& path() const { return file_.path(); }

 private:
  std::int64_t count_of(const TensorEntry& entry) const {
    double steps = -1;
    const bool is_number = entry.shape.empty() || entry.shape == std::vector<std::uint64_t>{1};
    if (is_number && entry.type->number_type == NumberType::int64) {
      steps = static_cast<double>(little_endian_number<std::int64_t>(file_.bytes_of(entry).data()));
    } else if (is_number && entry.type->number_type && is_real(*entry.type->number_type)) {
      for_each_number(file_.bytes_of(entry).data(), *entry.type->number_type, 1, 1,
                      [&](double value, std::ptrdiff_t, std::ptrdiff_t) { steps = value; });
    }
    if (!(steps >= 0 && steps < 0x1p53) || steps != std::floor(steps))
      fail_file(file_.path(), {"has a tensor '", entry.name, "' that is no count of steps"});
    return static_cast<std::int64_t>(steps);
  }

  /// LoadOptions::renamed leads from the file to the model; this leads back.
  std::string name_in_file(const std::string& name) const {
    for (const auto& [in_file, in_model] : options_.renamed)
      if (is_at_or_below(name, in_model))
        return joined({in_file, std::string_view(name).substr(in_model.size())});
    return name;
  }

  TensorFile file_;
  const LoadOptions& options_;
  std::deque<std::vector<std::byte>> numbers_;
};

inline std::vector<std::string> paths_of_slots(const std::vector<Tensor>& state) {
  std::vector<std::string> paths;
  for (const Tensor& tensor : state) {
    const std::string name = pytorch_name(tensor.name);
    if (name.empty()) continue;
    std::string path = name.substr(0, name.rfind('.'));
    if (paths.empty() || paths.back() != path) paths.push_back(std::move(path));
  }
  return paths;
}

}  // namespace detail

/// Gives an optimizer the state of one of PyTorch, so that a run begun in Python goes on here: Sgd, Adam, AdamW,
/// RmsProp, Adagrad, and others whose slots bear PyTorch's names.
///
///   load_parameters("model.safetensors", model);
///   load_pytorch_state("state.safetensors", optimizer);
/// The file has for each block the slots "layer1.weight.exp_avg", ... and "layer1.weight.step"; docs/saving.md has the
/// ten lines of Python that write it and read it back. What rules remember beside slots (powers of beta) follows from
/// the options and the steps. Files of Sgd have no steps; then `steps_if_missing` counts.
/// Errors: FileError, and nothing has changed, for slots that are missing or of another shape or type (unless
/// options.convert), and for blocks that have taken different numbers of steps.
template <class O>
void load_pytorch_state(const std::string& path, O& optimizer, const LoadOptions& options = {},
                        std::int64_t steps_if_missing = 0) {
  detail::PytorchState file(path, options);
  O next = optimizer;
  next.reset();
  std::vector<Tensor> state = state_of(next);
  detail::StateAccess::replay(next, file.steps(detail::paths_of_slots(state)).value_or(steps_if_missing));
  for (Tensor& tensor : state)
    if (!detail::pytorch_name(tensor.name).empty()) tensor = file.tensor_for(tensor);
  set_state(optimizer, state);
}

/// The inverse: saves the state of an optimizer as a file that PyTorch can go on from.
/// Errors: FileError.
template <class O>
void save_pytorch_state(const std::string& path, const O& optimizer) {
  std::vector<Tensor> state = state_of(const_cast<O&>(optimizer)), tensors;  // reading changes nothing
  auto steps = static_cast<float>(optimizer.steps());                        // as PyTorch keeps them
  for (Tensor& tensor : state) {
    std::string name = detail::pytorch_name(tensor.name);
    if (name.empty()) continue;
    tensor.name = std::move(name);
    tensors.push_back(tensor);
  }
  for (const std::string& block : detail::paths_of_slots(state_of(const_cast<O&>(optimizer))))
    tensors.push_back(detail::tensor_of_number(block + ".step", steps));
  detail::write_tensors(path, tensors);
}

}  // namespace descent
