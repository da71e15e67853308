// SPDX-License-Identifier: MIT
#pragma once

#include <descent/io/checkpoint/checkpoint_parts.hpp>
#include <descent/io/checkpoint/checkpoint_reader.hpp>
#include <descent/io/parameters.hpp>
#include <descent/io/safetensors.hpp>

#include <algorithm>
#include <functional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace descent {

/// The complete state of a run, in one file, so that it can continue as if it had never stopped.
///
///   Checkpoint checkpoint(optimizer, model);
///   checkpoint.add("plateau", plateau).add("epoch", epoch);
///   checkpoint.save("run.safetensors");
///   checkpoint.load("run.safetensors");          // in another process, with objects of the same construction
///
/// Contains the parameters under their paths ("layer1.weights", so that load_parameters and Python can read
/// them), the state of the optimizer ("optimizer/state/layer1.weights/exp_avg", "optimizer/steps", ...; see
/// saved_state), its rule as text, and the added objects ("plateau/best"). Keeps references to all of them:
/// they must outlive the Checkpoint and must not be moved.
/// The format is safetensors, with a checksum for each tensor and one for the header. `save` writes a
/// temporary file in the same folder, which replaces the old file after it is complete and on the disk.
/// `load` checks everything before it changes anything: every bit, names, types, shapes, rule and options.
/// Errors: FileError, with the path and the cause; then nothing has changed.
class Checkpoint {
 public:
  template <class O, class Tree>
  Checkpoint(O& optimizer, Tree&& parameters) {
    detail::require_own_tree<Tree>(optimizer);
    parts_.push_back(detail::part_of_tree(std::forward<Tree>(parameters), std::string()));
    parts_.push_back(detail::part_of_object("optimizer", optimizer));
  }
  Checkpoint(const Checkpoint&) = delete;  // a copied owner would save the members of the original
  Checkpoint& operator=(const Checkpoint&) = delete;
  Checkpoint(Checkpoint&&) = default;
  Checkpoint& operator=(Checkpoint&&) = default;
  ~Checkpoint() = default;

  /// Adds an object to save under a name: a number, an array or a vector of numbers, a matrix; a parameter
  /// tree, by the paths of its blocks; an optimizer, without its parameters; an object that saved_state
  /// accepts.
  /// Errors: std::invalid_argument for a name that is empty, contains a '/', or belongs to another part or a
  /// block.
  template <class T>
  Checkpoint& add(const std::string& name, T& object) {
    const bool in_use = is_in_use(name);
    if (name.empty() || name.find('/') != std::string::npos || in_use)
      detail::fail_invalid_argument(
          {"Checkpoint: the name '", name, "' is ", in_use ? "in use" : "not possible",
           "; it must not be empty, hold a '/', or be that of another part or a block"});
    parts_.push_back(detail::part_of_object(name, object));
    return *this;
  }

  void save(const std::string& path) const {
    std::vector<SavedTensor> tensors;
    detail::Metadata metadata{{"descent.format", detail::checkpoint_format}};
    for (const detail::CheckpointPart& part : parts_) {
      part.collect(tensors);
      if (part.rule) metadata.emplace_back(detail::rule_key(part), detail::lines_of(part.rule()));
      if (part.options) metadata.emplace_back(detail::options_key(part), detail::lines_of({part.options()}));
    }
    detail::write_tensors(path, tensors, metadata);
  }

  void load(const std::string& path, const CheckpointOptions& options = {}) {
    const detail::CheckpointReader reader(path, options, parts_);
    TensorIndex index = reader.index();
    detail::Changes changes;
    for (const detail::CheckpointPart& part : parts_) part.prepare(index, changes);
    index.refuse_unused();
    changes.make();
  }

 private:
  bool is_in_use(const std::string& name) const {
    std::vector<SavedTensor> blocks;
    parts_.front().collect(blocks);
    return std::any_of(blocks.begin(), blocks.end(),
                       [&](const SavedTensor& block) { return block.name == name; }) ||
           std::any_of(parts_.begin(), parts_.end(),
                       [&](const detail::CheckpointPart& part) { return part.prefix == name + "/"; });
  }

  std::vector<detail::CheckpointPart> parts_;
};

/// Saves an optimizer and the parameters that it updates: Checkpoint(optimizer, parameters).save(path).
template <class O, class Tree>
void save_checkpoint(const std::string& path, const O& optimizer, const Tree& parameters) {
  Checkpoint(const_cast<O&>(optimizer), parameters).save(path);  // only reads the state
}

/// The inverse: Checkpoint(optimizer, parameters).load(path, options). The optimizer must have the same rule,
/// and parameters of the same names and shapes.
template <class O, class Tree>
void load_checkpoint(const std::string& path, O& optimizer, Tree&& parameters,
                     const CheckpointOptions& options = {}) {
  detail::require_loadable<Tree&>();
  Checkpoint(optimizer, std::forward<Tree>(parameters)).load(path, options);
}

}  // namespace descent
