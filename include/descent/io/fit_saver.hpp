// SPDX-License-Identifier: MIT
#pragma once

#include <descent/io/checkpoint/checkpoint.hpp>
#include <descent/io/checkpoint_files.hpp>
#include <descent/io/system/new_file.hpp>
#include <descent/training/fit/checkpoint.hpp>
#include <descent/training/fit/position.hpp>
#include <descent/training/fit/saver.hpp>
#include <descent/training/support/parameter_copy.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

namespace descent::detail {

template <class Path>
struct SavesFits {};

/// Saves a training by `fit` when due, and restores the position from which it continues.
template <class O, class Tree>
class FitSaver<O, Tree, FitFiles> {
 public:
  FitSaver(const FitCheckpoint& options, O& optimizer, Tree& parameters, ParameterCopy<Tree>& kept)
      : options_(options), checkpoint_(optimizer, parameters) {
    checkpoint_.add("fit", position).add("kept", kept);
    if (options.add) options.add(checkpoint_);
    std::error_code ignored;
    if (!std::filesystem::is_directory(folder_of(std::string(options.path)), ignored))
      fail_file(options.path, {"its folder does not exist"});
    require_writable_folder();
  }

  /// Resumes from the newest complete file. Returns false if there is no file.
  /// Errors: FileError, and nothing has changed, if that file does not fit, or if no file is complete.
  bool resume() {
    const std::vector<std::string> files = checkpoints(options_.path);
    if (files.empty()) return false;
    const std::string path = newest_checkpoint(options_.path).value_or(files.back());
    checkpoint_.load(path, {.renamed = {}, .other_options = options_.other_options});
    return true;
  }
  /// Otherwise a new training would mix its files with those of another one.
  void refuse_newer_than(std::int64_t number) const {
    const std::vector<NumberedFile> files = checkpoints_of(options_.path);
    if (files.empty() || files.back().number <= number) return;
    fail_invalid_argument({"fit: '", files.back().path,
                           "' is from a different training; set resume to continue it, choose a different "
                           "path, or remove its files"});
  }

  bool is_due_after_step(std::int64_t step, double seconds) const {
    return (options_.every_steps && step % *options_.every_steps == 0 && step != saved_step_) ||
           (options_.every_seconds && seconds - saved_at_ >= *options_.every_seconds);
  }
  bool is_due_after_epoch(std::int64_t epochs, std::int64_t step, double seconds) const {
    const bool ends_interval =
        options_.every_epochs ? epochs % *options_.every_epochs == 0 : !options_.has_interval();
    return ends_interval || is_due_after_step(step, seconds);
  }

  /// Saves `position` and the other parts under a number, and removes old files.
  void save(std::int64_t number, std::int64_t step, double seconds) {
    checkpoint_.save(checkpoint_path(options_.path, number));
    keep_last_up_to(options_.path, number, options_.keep);
    saved_step_ = step;
    saved_at_ = seconds;
  }

  FitPosition position;

 private:
  /// A training is not to find out after hours that nothing can be saved.
  void require_writable_folder() const {
    std::int64_t number = 0;
    std::error_code ignored;
    while (std::filesystem::exists(checkpoint_path(options_.path, number), ignored)) ++number;
    static_cast<void>(NewFile(checkpoint_path(options_.path, number), false));  // removed at once
  }

  const FitCheckpoint& options_;
  Checkpoint checkpoint_;
  std::int64_t saved_step_ = 0;
  double saved_at_ = 0;
};

}  // namespace descent::detail
