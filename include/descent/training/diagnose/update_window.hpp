// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/base/finite.hpp>
#include <descent/training/observe/update_report.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace descent::detail {

/// A summary of the last steps.
class UpdateWindow {
 public:
  explicit UpdateWindow(std::size_t capacity) : capacity_(capacity) { steps_.reserve(capacity); }

  struct Entry {
    double update_ratio, gradient_norm, gradient_product, learning_rate;
  };

  void add(const UpdateReport& report) {
    const Entry entry{report.update_ratio(), report.gradient_norm, report.gradient_product,
                      report.learning_rate};
    if (steps_.size() < capacity_) {
      steps_.push_back(entry);
    } else {
      steps_[next_] = entry;
    }
    next_ = (next_ + 1) % capacity_;
  }

  std::size_t size() const { return steps_.size(); }
  bool full() const { return steps_.size() == capacity_; }
  const Entry& latest() const { return steps_[(next_ + capacity_ - 1) % capacity_]; }
  const Entry& oldest() const { return full() ? steps_[next_] : steps_.front(); }

  double median(double Entry::*value) const {
    std::vector<double> values;
    for (const Entry& entry : steps_) values.push_back(entry.*value);
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
  }

  /// The largest gradient.
  double longest() const {
    double most = 0;
    for (const Entry& entry : steps_) most = std::max(most, entry.gradient_norm);
    return most;
  }

  /// The fraction of the squared gradient that is not noise, from products of successive gradients: with
  /// independent batches their mean is the square of the true gradient. Also the number of standard errors by
  /// which it differs from 0.
  struct Signal {
    double share = 0, errors = 0;
  };
  Signal signal() const {
    double sum = 0, squares = 0, norms = 0, count = 0;
    for (const Entry& entry : steps_) {
      if (!is_finite(entry.gradient_product)) continue;
      sum += entry.gradient_product;
      squares += entry.gradient_product * entry.gradient_product;
      norms += entry.gradient_norm * entry.gradient_norm;
      ++count;
    }
    if (count < 2 || !(norms > 0)) return {};
    const double mean = sum / count;
    const double error = std::sqrt(std::max(0.0, squares / count - mean * mean) / (count - 1));
    return {sum / norms, error > 0 ? mean / error : 0};
  }

 private:
  std::size_t capacity_, next_ = 0;
  std::vector<Entry> steps_;
};

/// The blocks whose gradient is exactly 0, and the number of consecutive steps for which it has been.
class SilentBlocks {
 public:
  void add(const UpdateReport& report) {
    if (steps_.size() != report.blocks.size()) {
      steps_.assign(report.blocks.size(), 0);
      paths_.clear();
      for (const BlockUpdate& block : report.blocks) paths_.push_back(block.path);
    }
    for (std::size_t k = 0; k < steps_.size(); ++k)
      steps_[k] = report.blocks[k].gradient_norm == 0 ? steps_[k] + 1 : 0;
  }

  std::vector<std::string> for_at_least(std::int64_t steps) const {
    std::vector<std::string> result;
    for (std::size_t k = 0; k < steps_.size(); ++k)
      if (steps_[k] >= steps) result.push_back(paths_[k]);
    return result;
  }
  /// The number of steps of the block that has been silent longest.
  std::int64_t longest() const {
    return steps_.empty() ? 0 : *std::max_element(steps_.begin(), steps_.end());
  }
  std::size_t size() const { return steps_.size(); }

 private:
  std::vector<std::int64_t> steps_;
  std::vector<std::string> paths_;
};

}  // namespace descent::detail
