// SPDX-License-Identifier: MIT
#pragma once

#include <descent/training/adapt/metric.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

namespace descent::detail {

/// A run of any length in at most 64 bins, each with the mean of equally many values; when they are full,
/// neighbouring bins are merged.
class LossTrace {
 public:
  /// A mean with its standard error.
  struct Mean {
    double mean = std::numeric_limits<double>::quiet_NaN();
    double error = std::numeric_limits<double>::infinity();
    std::int64_t count = 0;
  };

  void add(double value) {
    if (bins_.empty() || bins_.back().count == per_bin_) {
      if (bins_.size() == capacity) merge();
      bins_.push_back({});
    }
    bins_.back().add(value);
    ++count_;
  }

  std::int64_t count() const { return count_; }
  std::size_t bins() const { return bins_.size(); }

  /// The means of the bins [first, last).
  std::vector<double> means(std::size_t first, std::size_t last) const {
    std::vector<double> result;
    for (std::size_t k = first; k < last; ++k) result.push_back(bins_[k].mean.mean());
    return result;
  }

  /// The mean over the bins [first, last).
  Mean estimate(std::size_t first, std::size_t last) const {
    Bin all;
    for (std::size_t k = first; k < last; ++k) all.add(bins_[k]);
    if (all.count == 0) return {};
    const auto n = static_cast<double>(all.count);
    return {all.mean.mean(),
            all.count > 1 ? all.distance / std::sqrt(n * (n - 1)) : std::numeric_limits<double>::infinity(),
            all.count};
  }

  /// The number of bins in a mean: an eighth of the run, and at least ten values.
  std::size_t span() const {
    const auto least = static_cast<std::size_t>((10 + per_bin_ - 1) / per_bin_);
    return std::min(bins_.size(), std::max(least, bins_.size() / 8));
  }
  /// The mean of the last part of the run.
  Mean now() const { return estimate(bins_.size() - span(), bins_.size()); }
  /// The lowest mean of a part of that length.
  Mean best() const { return estimate(end_of_best() - span(), end_of_best()); }
  /// The bin after that part.
  std::size_t end_of_best() const {
    Mean lowest;
    std::size_t end = span();
    for (std::size_t last = span(); last <= bins_.size(); ++last) {
      const Mean part = estimate(last - span(), last);
      if (lowest.mean <= part.mean) continue;
      lowest = part;
      end = last;
    }
    return end;
  }
  /// The number of values before a bin.
  std::int64_t values_before(std::size_t bin) const {
    return std::min(count_, static_cast<std::int64_t>(bin) * per_bin_);
  }

 private:
  static constexpr std::size_t capacity = 64;
  struct Bin {
    RunningMean mean;
    double distance = 0;  // of the values from their mean; not the sum of squares, which overflows or cancels
    std::int64_t count = 0;
    void add(double value) { add(Bin{RunningMean(value, 1), 0, 1}); }
    void add(const Bin& other) {
      const auto before = static_cast<double>(count), added = static_cast<double>(other.count);
      const double between = count == 0 ? 0 : other.mean.mean() - mean.mean();
      distance = std::hypot(distance, other.distance, between * std::sqrt(before * added / (before + added)));
      mean.add(other.mean.mean(), added);
      count += other.count;
    }
  };

  void merge() {
    for (std::size_t k = 0; k < capacity / 2; ++k) {
      bins_[k] = bins_[2 * k];
      bins_[k].add(bins_[2 * k + 1]);
    }
    bins_.resize(capacity / 2);
    per_bin_ *= 2;
  }

  std::vector<Bin> bins_;
  std::int64_t per_bin_ = 1, count_ = 0;
};

}  // namespace descent::detail
