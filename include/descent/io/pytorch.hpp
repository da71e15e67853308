// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/saved_state.hpp>
#include <descent/io/names.hpp>
#include <descent/io/parameters.hpp>
#include <descent/io/safetensors.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// Converts the state of PyTorch's optimizers, so that a run can start in Python and continue in C++, and vice
// versa.

namespace descent {
namespace detail {

/// "layer1.weight.exp_avg" for "state/layer1.weight/exp_avg"; empty for a name that is not a slot's.
inline std::string pytorch_name(std::string_view name) {
  constexpr std::string_view prefix = "state/";
  if (!name.starts_with(prefix)) return {};
  const std::size_t slash = name.rfind('/');
  return joined({name.substr(prefix.size(), slash - prefix.size()), ".", name.substr(slash + 1)});
}

/// A file of PyTorch's state, with the names of blocks in the model.
class PytorchState {
 public:
  PytorchState(const std::string& path, const LoadOptions& options)
      : file_(TensorFile::read(path, options.checksums)), options_(options) {}

  /// The numbers in the file for a slot of the optimizer.
  SavedTensor tensor_for(const SavedTensor& place) {
    const std::string name = name_in_file(pytorch_name(place.name));
    const TensorEntry* const entry = find(name);
    if (entry == nullptr)
      fail_file(file_.path(),
                {"has no tensor '", name, "' (", shape_text(place), "); LoadOptions::renamed maps names"});
    SavedTensor found = place;
    found.row_stride = place.columns;
    found.column_stride = 1;
    found.data = numbers_.emplace_back(place.bytes()).data();
    file_.copy_to(*entry, found, options_.convert);
    refuse_infinite(*entry, found);
    return found;
  }

  /// The number of steps: "layer1.weight.step", the same for all blocks; empty if the file has no steps.
  std::optional<std::int64_t> steps(const std::vector<std::string>& paths) {
    std::optional<std::int64_t> steps;
    for (const std::string& path : paths) {
      const TensorEntry* const entry = find(name_in_file(path + ".step"));
      if (entry == nullptr) continue;
      const std::int64_t found = count_of(*entry);
      if (steps && *steps != found)
        fail_file(file_.path(), {"has blocks after ", std::to_string(*steps), " and after ",
                                 std::to_string(found), " steps; all must have taken the same number"});
      steps = found;
    }
    return steps;
  }

  /// Errors: FileError for a tensor that the optimizer does not use.
  void refuse_unused() const {
    for (const TensorEntry& entry : file_.entries())
      if (!options_.allow_unused && std::find(used_.begin(), used_.end(), &entry) == used_.end())
        fail_file(file_.path(), {"has a tensor '", entry.name,
                                 "', for which the optimizer has no place; LoadOptions{.allow_unused = true} "
                                 "ignores it"});
  }

  const std::string& path() const { return file_.path(); }

 private:
  /// Refuses numbers that become infinite by conversion.
  void refuse_infinite(const TensorEntry& entry, const SavedTensor& found) const {
    if (*entry.type->number_type == found.type) return;
    const double value = first_too_large(file_.bytes_of(entry).data(), *entry.type->number_type, found.rows,
                                         found.columns, found.type);
    if (value != 0)
      fail_file(file_.path(), {"has the number ", text_of(value), " in '", entry.name,
                               "', which is too large for ", to_string(found.type)});
  }

  const TensorEntry* find(const std::string& name) {
    const TensorEntry* const entry = file_.find(name);
    if (entry != nullptr) used_.push_back(entry);
    return entry;
  }

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
      fail_file(file_.path(), {"has a tensor '", entry.name, "' that is not a count of steps"});
    return static_cast<std::int64_t>(steps);
  }

  /// The inverse of LoadOptions::renamed: from the model to the file.
  std::string name_in_file(const std::string& name) const {
    for (const auto& [in_file, in_model] : options_.renamed)
      if (is_at_or_below(name, in_model))
        return joined({in_file, std::string_view(name).substr(in_model.size())});
    return name;
  }

  TensorFile file_;
  const LoadOptions& options_;
  std::deque<std::vector<std::byte>> numbers_;
  std::vector<const TensorEntry*> used_;
};

template <class O>
std::vector<std::string> paths_of_blocks(const O& optimizer) {
  std::vector<std::string> paths;
  for (std::size_t k = 0; k < StateAccess::count(optimizer); ++k)
    paths.push_back(StateAccess::path(optimizer, k));
  return paths;
}

}  // namespace detail

/// Loads the state of a PyTorch optimizer, so that a run can start in Python and continue here: Sgd, Adam,
/// AdamW, RmsProp, Adagrad, and others whose slots have PyTorch's names.
///
///   load_parameters("model.safetensors", model);
///   load_pytorch_state("state.safetensors", optimizer);
/// The file contains for each block the slots "layer1.weight.exp_avg", ... and "layer1.weight.step";
/// docs/saving.md has the ten lines of Python that write it and read it back. Everything else (powers of
/// beta) follows from the options and the steps. PyTorch's Sgd has no steps; `steps_if_missing` is required
/// for files without them.
/// Errors: FileError, and nothing has changed, for slots that are missing or have a different shape or type
/// (unless options.convert), for unused tensors (unless options.allow_unused), and for blocks that have taken
/// different numbers of steps.
template <class O>
void load_pytorch_state(const std::string& path, O& optimizer, const LoadOptions& options = {},
                        std::optional<std::int64_t> steps_if_missing = {}) {
  detail::PytorchState file(path, options);
  O next = optimizer;
  next.reset();
  std::vector<SavedTensor> state = saved_state(next);
  const std::optional<std::int64_t> steps = file.steps(detail::paths_of_blocks(next));
  if (!steps && !steps_if_missing)
    detail::fail_file(path, {"has no numbers of steps; give load_pytorch_state steps_if_missing"});
  if (steps_if_missing.value_or(0) < 0)
    detail::fail_invalid_argument({"load_pytorch_state: steps_if_missing is ",
                                   std::to_string(*steps_if_missing), ", must be at least 0"});
  for (SavedTensor& tensor : state)
    if (!detail::pytorch_name(tensor.name).empty()) tensor = file.tensor_for(tensor);
  file.refuse_unused();
  detail::StateAccess::replay(next, steps ? *steps : *steps_if_missing);
  restore_state(optimizer, state);
}

/// The inverse: saves the state of an optimizer as a file from which PyTorch can continue. The steps of each
/// block are a float32, as in PyTorch, or a float64 if that is not exact. Does not save options and
/// learning_rate_factor.
/// Errors: FileError.
template <class O>
void save_pytorch_state(const std::string& path, const O& optimizer) {
  detail::StateAccess::require_replay<O>();
  std::vector<SavedTensor> state = saved_state(const_cast<O&>(optimizer)),
                           tensors;  // reading changes nothing
  auto exact = static_cast<double>(optimizer.steps());
  auto steps = static_cast<float>(exact);
  if (exact >= 0x1p53) detail::fail_file(path, {"cannot be written: PyTorch counts fewer than 2^53 steps"});
  const bool is_exact = static_cast<double>(steps) == exact;
  for (SavedTensor& tensor : state) {
    std::string name = detail::pytorch_name(tensor.name);
    if (name.empty()) continue;
    tensor.name = std::move(name);
    tensors.push_back(tensor);
  }
  for (const std::string& block : detail::paths_of_blocks(optimizer))
    tensors.push_back(is_exact ? detail::tensor_of_number(block + ".step", steps)
                               : detail::tensor_of_number(block + ".step", exact));
  detail::write_tensors(path, tensors);
}

}  // namespace descent
