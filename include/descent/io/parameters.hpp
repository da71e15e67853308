// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/base/names.hpp>
#include <descent/core/parameters.hpp>
#include <descent/io/errors.hpp>
#include <descent/io/names.hpp>
#include <descent/io/safetensors.hpp>
#include <descent/io/tensors_of_tree.hpp>

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace descent {

/// How `load_parameters` treats a file that was saved from a different model.
struct LoadOptions {
  /// {"name in the file", "name in the model"}: a block, or a prefix of paths: {"layer1", "first"} turns
  /// "layer1.weights" into "first.weights". The first pair that matches applies. Each pair must match
  /// something.
  std::vector<std::pair<std::string, std::string>> renamed{};
  bool convert = false;  ///< round from another floating-point type; refused if a number becomes infinite
  bool allow_unused = false;                    ///< ignore tensors without a block in the model
  Checksums checksums = Checksums::if_present;  ///< whether to verify the checksums of the file
};

namespace detail {

/// Copies the tensors of a file to the blocks of a model: checks everything first.
class ParameterLoader {
 public:
  ParameterLoader(const TensorFile& file, const LoadOptions& options) : file_(file), options_(options) {
    for (const TensorEntry& entry : file.entries()) names_.push_back({name_in_model(entry.name), &entry});
    std::stable_sort(names_.begin(), names_.end(), before);
    for (std::size_t k = 0; k < options.renamed.size(); ++k)
      if (!was_used(k)) fail_idle_renaming(options.renamed[k].first);
    for (std::size_t k = 1; k < names_.size(); ++k)
      if (names_[k - 1].name == names_[k].name)
        fail({"'", names_[k - 1].entry->name, "' and '", names_[k].entry->name, "' would both be '",
              names_[k].name, "' with these LoadOptions::renamed"});
  }

  void load(const std::vector<SavedTensor>& tensors) {
    std::vector<const TensorEntry*> entries;
    for (const SavedTensor& tensor : tensors) entries.push_back(checked_entry(tensor));
    refuse_shared(entries);
    const bool is_checkpoint = file_.find_metadata("descent.format") != nullptr;
    if (!options_.allow_unused && !is_checkpoint) refuse_unused(entries);
    for (std::size_t k = 0; k < tensors.size(); ++k) file_.copy_to(*entries[k], tensors[k], options_.convert);
  }

 private:
  struct NamedEntry {
    std::string name;
    const TensorEntry* entry;
  };
  static bool before(const NamedEntry& a, const NamedEntry& b) { return a.name < b.name; }

  std::string name_in_model(const std::string& name) {
    for (std::size_t k = 0; k < options_.renamed.size(); ++k) {
      const auto& [in_file, in_model] = options_.renamed[k];
      if (!is_at_or_below(name, in_file)) continue;
      used_renamings_.push_back(k);
      return std::string(in_model).append(name, in_file.size());
    }
    return name;
  }
  bool was_used(std::size_t renaming) const {
    return std::find(used_renamings_.begin(), used_renamings_.end(), renaming) != used_renamings_.end();
  }

  const TensorEntry* checked_entry(const SavedTensor& tensor) const {
    const auto place =
        std::lower_bound(names_.begin(), names_.end(), NamedEntry{tensor.name, nullptr}, before);
    if (place == names_.end() || place->name != tensor.name) fail_missing(tensor);
    const TensorEntry& entry = *place->entry;
    const std::vector<std::uint64_t> shape = shape_of(tensor);
    if (!fit_together(entry.shape, shape)) {
      const bool reversed = std::equal(shape.rbegin(), shape.rend(), entry.shape.begin(), entry.shape.end());
      fail({"block '", tensor.name, "' is ", text_of_shape(entry.shape), " in the file, ",
            text_of_shape(shape), " in the model", reversed ? " (transposed?)" : ""});
    }
    if (!file_.has_type_for(entry, tensor, options_.convert)) fail_type(entry, tensor);
    refuse_infinite(entry, tensor);
    return &entry;
  }

  void refuse_infinite(const TensorEntry& entry, const SavedTensor& tensor) const {
    if (*entry.type->number_type == tensor.type) return;
    const double value = first_too_large(file_.bytes_of(entry).data(), *entry.type->number_type, tensor.rows,
                                         tensor.columns, tensor.type);
    if (value != 0)
      fail({"block '", tensor.name, "' has the number ", text_of(value),
            " in the file, which is too large for ", to_string(tensor.type), " in the model"});
  }

  void refuse_shared(std::vector<const TensorEntry*> entries) const {
    std::sort(entries.begin(), entries.end());
    const auto twice = std::adjacent_find(entries.begin(), entries.end());
    if (twice != entries.end())
      fail_invalid_argument(
          {"load_parameters: two blocks are named '", (*twice)->name, "', their names must be unique"});
  }

  void refuse_unused(std::vector<const TensorEntry*> used) const {
    if (used.size() == names_.size()) return;
    constexpr std::size_t most = 20;
    std::sort(used.begin(), used.end());
    std::string list;
    std::size_t count = 0;
    for (const NamedEntry& named : names_) {
      if (std::binary_search(used.begin(), used.end(), named.entry)) continue;
      if (count++ < most) list += joined({count == 1 ? "'" : ", '", named.entry->name, "'"});
    }
    if (count > most) list += joined({" and ", std::to_string(count - most), " more"});
    fail({"has tensors for which the model has no block: ", list,
          "; LoadOptions{.allow_unused = true} ignores them"});
  }

  [[noreturn]] DESCENT_COLD void fail(std::initializer_list<std::string_view> parts) const {
    fail_file(file_.path(), parts);
  }
  [[noreturn]] DESCENT_COLD void fail_missing(const SavedTensor& tensor) const {
    const std::string block = joined({"has no tensor for the model's block '", tensor.name, "' (",
                                      to_string(tensor.type), " ", text_of_shape(shape_of(tensor)), ")"});
    if (names_.empty()) fail({block, "; it has no tensors"});
    fail({block, "; the nearest is '", nearest(tensor.name), "'; LoadOptions::renamed maps names"});
  }
  [[noreturn]] DESCENT_COLD void fail_type(const TensorEntry& entry, const SavedTensor& tensor) const {
    const auto type = entry.type->number_type;
    const bool convertible = type && is_real(*type) && is_real(tensor.type);
    fail({"block '", tensor.name, "' is ", type ? to_string(*type) : entry.type->name, " in the file, ",
          to_string(tensor.type), " in the model",
          convertible ? "; LoadOptions{.convert = true} converts it" : ""});
  }
  [[noreturn]] DESCENT_COLD void fail_idle_renaming(const std::string& in_file) const {
    if (names_.empty()) fail({"has no tensor '", in_file, "', which LoadOptions::renamed names"});
    fail({"has no tensor '", in_file, "' or '", in_file,
          ".*', which LoadOptions::renamed names; the nearest is '", nearest(in_file), "'"});
  }
  DESCENT_COLD std::string nearest(std::string_view name) const {
    const auto distance = [&](const NamedEntry& named) { return edit_distance(name, named.entry->name); };
    const auto found =
        std::min_element(names_.begin(), names_.end(),
                         [&](const NamedEntry& a, const NamedEntry& b) { return distance(a) < distance(b); });
    return found->entry->name;
  }

  const TensorFile& file_;
  const LoadOptions& options_;
  std::vector<NamedEntry> names_;  // sorted
  std::vector<std::size_t> used_renamings_;
};

}  // namespace detail

/// Saves the parameters of a model as a safetensors file, which Python and other programs can read directly.
///
///   descent::save_parameters("model.safetensors", model);
/// Each block is a tensor under its path, such as "layer1.weights": a matrix [rows, columns], a vector [n].
/// An existing file is replaced after the new one is complete and on the disk; if anything fails, it stays
/// unchanged.
/// Throws FileError.
template <class Tree>
void save_parameters(const std::string& path, const Tree& tree) {
  detail::write_tensors(path, detail::tensors_of_tree(tree));
}

/// Loads the parameters of a model from a safetensors file, which another program may have written.
///
///   descent::load_parameters("model.safetensors", model);
///   descent::load_parameters("double.safetensors", model, {.renamed = {{"layer1", "first"}}, .convert = true});
/// Reads only the parameters of a checkpoint. Unless `options` allow more, the file must contain a tensor of
/// the same name, shape (ignoring sizes of 1) and type for every block, and no others. Checks everything,
/// including any checksums, before a parameter changes. Throws FileError.
template <class Tree>
void load_parameters(const std::string& path, Tree&& tree, const LoadOptions& options = {}) {
  detail::require_loadable<Tree&>();
  const detail::TensorFile file = detail::TensorFile::read(path, options.checksums);
  detail::ParameterLoader(file, options).load(detail::tensors_of_tree(tree));
}

}  // namespace descent
