// SPDX-License-Identifier: MIT
#pragma once

#include <descent/io/checkpoint.hpp>
#include <descent/io/checkpoint_files.hpp>
#include <descent/training/fit_checkpoint.hpp>
#include <descent/training/fit_position.hpp>
#include <descent/training/parameter_copy.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace descent::detail {

/// Saves a training by `fit` when it is due, and finds the place from which it goes on.
template <class O, class Tree>
class FitSaver {
 public:
  FitSaver(const FitCheckpoint& options, O& optimizer, Tree& parameters, ParameterCopy<Tree>& kept)
      : options_(options), checkpoint_(optimizer, parameters) {
    checkpoint_.add("fit", position).add("kept", kept);
  }

  /// Goes on where the newest complete file stands. Returns false if there is none.
  /// Errors: FileError, and nothing has changed, if that file does not fit.
  bool resume() {
    const std::optional<std::string> path = newest_checkpoint(options_.path);
    if (path) checkpoint_.load(*path, {.renamed = {}, .other_options = options_.other_options});
    return path.has_value();
  }

  bool is_due_after_step(std::int64_t step, double seconds) const {
    return (options_.every_steps > 0 && step % options_.every_steps == 0) ||
           (options_.every_seconds > 0 && seconds - saved_at_ >= options_.every_seconds);
  }
  bool is_due_after_epoch(std::int64_t epochs) const {
    const bool by_default =
        options_.every_steps == 0 && options_.every_epochs == 0 && options_.every_seconds == 0;
    const std::int64_t every = by_default ? 1 : options_.every_epochs;
    return every > 0 && epochs % every == 0;
  }

  /// Saves `position` and what belongs to it under a number, and removes old files.
  void save(std::int64_t number, double seconds) {
    checkpoint_.save(checkpoint_path(options_.path, number));
    keep_last(options_.path, options_.keep);
    saved_at_ = seconds;
  }

  FitPosition position;

 private:
  const FitCheckpoint& options_;
  Checkpoint checkpoint_;
  double saved_at_ = 0;
};

}  // namespace descent::detail
