// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/base/random.hpp>
#include <descent/core/rule.hpp>

#include <cmath>
#include <cstdint>

namespace descent {

namespace detail {
/// A normal number, the same for the same four numbers: nothing has to be remembered.
inline double normal_number(std::uint64_t seed, std::uint64_t block, std::uint64_t element,
                            std::uint64_t step) {
  constexpr auto next = [](std::uint64_t bits) { return SplitMix64(bits).next(); };
  const std::uint64_t first = next(next(next(next(seed) ^ block) ^ step) ^ element);
  // 53 bits each; the first in (0, 1], since its logarithm is taken.
  const double radius = std::sqrt(-2 * std::log((static_cast<double>(first >> 11) + 1) * 0x1p-53));
  return radius * std::cos(2 * 3.14159265358979323846 * SplitMix64(first).unit());
}
}  // namespace detail

/// Adds normal noise that decreases with the steps; helps with bad initial parameters.
///
///   u = u + sigma(t) N(0, 1),   sigma(t)^2 = variance / t^decay
///
/// The noise of an element is a function of the seed, the step, the index of its block and its index in the
/// block. It does not depend on the layout or the number of threads, and continues after a resume. The rule
/// needs whole blocks, so rules that measure the tree or compare with the gradient must come before it.
/// Memory: none to save. Passes: 1 over the block, as a rule of whole matrices. Shapes: any.
/// Errors: std::invalid_argument for an option out of its range.
/// Source: Neelakantan et al. 2015, arXiv:1511.06807. Optax's add_noise as here, with different random
/// numbers.
struct AddNoise {
  Schedule variance = 0.01;  ///< eta, not negative
  double decay = 0.55;       ///< gamma, not negative
  std::uint64_t seed = 0;    ///< of the random numbers

  static constexpr RuleTraits traits{.takes_vectors = true};

  template <class Matrix>
  struct Workspace {
    std::uint64_t block = 0;
  };
  template <class Matrix>
  void prepare(Workspace<Matrix>& work, const MatrixShape& shape) const {
    work.block = static_cast<std::uint64_t>(shape.index);
  }

  template <class Update, class Matrix>
  void transform(Update& update, Workspace<Matrix>& work, Step step) const {
    using S = typename Matrix::Scalar;
    const double sigma = std::sqrt(variance(step.index) / std::pow(step.t(), decay));
    if (sigma == 0) return;
    for (Eigen::Index j = 0; j < update.cols(); ++j)
      for (Eigen::Index i = 0; i < update.rows(); ++i)
        update(i, j) += static_cast<S>(
            sigma * detail::normal_number(seed, work.block, static_cast<std::uint64_t>(i + j * update.rows()),
                                          static_cast<std::uint64_t>(step.index)));
  }

  void check(const Check& check) const {
    check("variance", variance, legal::non_negative);
    check("decay", decay, legal::non_negative);
  }
};

}  // namespace descent
