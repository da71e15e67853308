// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/base/random.hpp>
#include <descent/core/check.hpp>

#include <Eigen/Core>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <vector>

namespace descent {

/// How to split a data set into mini-batches.
struct MiniBatchOptions {
  std::int64_t batch_size = 32;    ///< samples in a batch, at least 1; above the number of samples: one batch
                                   ///< of all
  std::uint64_t seed = 0;          ///< chooses the order
  bool shuffle = true;             ///< if false, keeps the samples in the order of the data set
  bool keep_partial_batch = true;  ///< The remaining samples form a smaller last batch, as in Keras; if
                                   ///< false, drops them, different ones each epoch.

  /// Errors: std::invalid_argument for a batch_size below 1.
  void check(const Check& check) const {
    check("batch_size", static_cast<double>(batch_size), legal::at_least(1));
  }
};

/// The number of steps in an epoch, as needed for `per_epoch` and the lengths of schedules.
///
///   AdamW{.learning_rate = CosineDecay{.initial = 1e-3, .steps = 20 * steps_per_epoch(data.size(), 64)}}
///
/// Errors: std::invalid_argument for a negative number of samples or a batch_size below 1.
inline std::int64_t steps_per_epoch(std::int64_t samples, std::int64_t batch_size,
                                    bool keep_partial_batch = true) {
  const Check check("steps_per_epoch");
  check("samples", static_cast<double>(samples), legal::at_least(0));
  MiniBatchOptions{.batch_size = batch_size}.check(check);
  return samples / batch_size + (keep_partial_batch && samples % batch_size != 0 ? 1 : 0);
}

/// Lists of sample numbers, one for each mini-batch of an epoch, for loops of your own; `fit` uses it, too.
///
///   MiniBatches batches(data.size(), {.batch_size = 64, .seed = 1});
///   for (std::int64_t epoch = 0; epoch < 20; ++epoch) {
///     batches.start_epoch(epoch);
///     for (auto samples : batches) { ... }         // std::span<const Eigen::Index>
///   }
///
/// The order depends on seed and epoch alone and is the same on every platform; nothing else must be saved to
/// resume. (PyTorch and Keras draw from a generator whose state must be saved.)
class MiniBatches {
 public:
  /// Starts with epoch 0. Errors: std::invalid_argument for a negative size or a batch_size below 1.
  explicit MiniBatches(std::int64_t size, const MiniBatchOptions& options = {}) : options_(options) {
    const Check check("MiniBatches");
    check("size", static_cast<double>(size), legal::at_least(0));
    options.check(check);
    order_.resize(static_cast<std::size_t>(size));
    start_epoch(0);
  }

  /// Arranges the samples in the order of this epoch, counted from 0; allocates nothing.
  void start_epoch(std::int64_t epoch) {
    std::iota(order_.begin(), order_.end(), Eigen::Index{0});
    if (!options_.shuffle) return;
    detail::SplitMix64 generator = detail::generator_of(options_.seed, epoch);
    detail::shuffle(std::span<Eigen::Index>(order_.data(), order_.size()), generator);
  }

  /// The number of batches in an epoch.
  std::int64_t count() const {
    return steps_per_epoch(static_cast<std::int64_t>(order_.size()), options_.batch_size,
                           options_.keep_partial_batch);
  }

  /// The numbers of the samples in batch k, 0 <= k < count(); valid until the next epoch starts.
  std::span<const Eigen::Index> operator[](std::int64_t k) const {
    const auto size = static_cast<std::size_t>(options_.batch_size),
               first = static_cast<std::size_t>(k) * size;
    return {order_.data() + first, std::min(size, order_.size() - first)};
  }

  /// Iterates over the batches of the epoch.
  class Iterator {
   public:
    Iterator(const MiniBatches& batches, std::int64_t k) : batches_(&batches), k_(k) {}
    std::span<const Eigen::Index> operator*() const { return (*batches_)[k_]; }
    Iterator& operator++() {
      ++k_;
      return *this;
    }
    bool operator==(const Iterator& other) const { return k_ == other.k_; }

   private:
    const MiniBatches* batches_;
    std::int64_t k_;
  };
  Iterator begin() const { return {*this, 0}; }
  Iterator end() const { return {*this, count()}; }

 private:
  MiniBatchOptions options_;
  std::vector<Eigen::Index> order_;
};

}  // namespace descent
