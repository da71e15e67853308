// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/errors.hpp>
#include <descent/training/fit/checkpoint.hpp>
#include <descent/training/fit/position.hpp>

#include <cstdint>

namespace descent::detail {

struct FitFiles {};

/// The interface of the FitSaver in io/fit_saver.hpp, so that programs that save nothing do not compile the
/// writing of files.
template <class O, class Tree, class Files = FitFiles>
class FitSaver {
 public:
  template <class Kept>
  FitSaver(const FitCheckpoint&, O&, Tree&, Kept&) {
    fail_invalid_argument(
        "fit: checkpoint needs #include <descent/io/checkpoint.hpp> in every file that calls fit for this "
        "model and rule");
  }
  static constexpr bool resume() { return false; }
  static constexpr void refuse_newer_than(std::int64_t) {}
  static constexpr bool is_due_after_step(std::int64_t, double) { return false; }
  static constexpr bool is_due_after_epoch(std::int64_t, std::int64_t, double) { return false; }
  static constexpr void save(std::int64_t, std::int64_t, double) {}

  FitPosition position;
};

}  // namespace descent::detail
