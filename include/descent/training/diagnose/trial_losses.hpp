// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/base/finite.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

namespace descent::detail {

/// The losses of one short training at a constant learning rate, one for each batch.
struct TrialLosses {
  std::vector<double> losses;
  bool diverged = false;

  /// The mean of the losses [first, last), in eighths of the trial.
  double mean(std::size_t first, std::size_t last) const {
    const std::size_t begin = first * losses.size() / 8, end = last * losses.size() / 8;
    double sum = 0;
    for (std::size_t k = begin; k < end; ++k) sum += losses[k] / static_cast<double>(end - begin);
    return sum;
  }
  /// The mean of the last third; infinite if the trial diverged.
  double score() const {
    if (diverged) return std::numeric_limits<double>::infinity();
    double sum = 0;
    for (std::size_t k = first_of_end(); k < losses.size(); ++k)
      sum += losses[k] / static_cast<double>(losses.size() - first_of_end());
    return is_finite(sum) ? sum : std::numeric_limits<double>::infinity();
  }
  std::size_t first_of_end() const { return losses.size() - losses.size() / 3; }

  /// Whether the last quarter is below the quarter before it, beyond the noise.
  bool still_falls() const {
    double squares = 0;
    const std::size_t half = losses.size() / 2;
    for (std::size_t k = half + 1; k < losses.size(); ++k)
      squares += 0.5 * std::pow(losses[k] - losses[k - 1], 2) / static_cast<double>(losses.size() - half - 1);
    const double error = std::sqrt(squares * 8 / static_cast<double>(losses.size()));
    return mean(4, 6) - mean(6, 8) > 1.5 * error;
  }
};

/// How many standard errors the last third of `worse` is above that of `better`. Both saw the same batches,
/// so that most of the noise cancels.
inline double errors_above(const TrialLosses& worse, const TrialLosses& better) {
  if (worse.diverged) return std::numeric_limits<double>::infinity();
  double sum = 0, squares = 0;
  const auto count = static_cast<double>(better.losses.size() - better.first_of_end());
  for (std::size_t k = better.first_of_end(); k < better.losses.size(); ++k)
    sum += (worse.losses[k] - better.losses[k]) / count;
  for (std::size_t k = better.first_of_end(); k < better.losses.size(); ++k)
    squares += std::pow(worse.losses[k] - better.losses[k] - sum, 2) / (count - 1);
  return sum / std::max(std::sqrt(squares / count), std::numeric_limits<double>::min());
}

}  // namespace descent::detail
