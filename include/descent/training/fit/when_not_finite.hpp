// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

namespace descent {

/// The reaction of a driver to a step whose loss or gradient is not finite.
enum class WhenNotFinite : std::uint8_t {
  /// Takes no step and ends with the status `not_finite`; the parameters are finite. The default.
  stop,
  /// Takes no step and throws std::runtime_error, with the loss or the block.
  fail,
  /// Takes no step, counts it and continues; an epoch without any step ends training as `stop` does. The optimizer
  /// counts it among its skipped_steps(), so that a second `fit` with the same optimizer starts with the next epoch.
  skip,
  /// Takes the step.
  propagate
};

}  // namespace descent
