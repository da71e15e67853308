// SPDX-License-Identifier: MIT
#pragma once

#include <descent/training/problem/dataset.hpp>
#include <descent/training/problem/sample_batch.hpp>

#include <Eigen/Core>

#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

namespace descent {

/// A data set of matrices: **each column is a sample**; in a vector each entry is a sample.
///
///   Samples data{inputs, labels};      // 784x60000 and a std::vector<int> or RowVectorXi of 60000
///   fit(model, data, AdamW{}, {.epochs = 5, .validation = Samples{test_inputs, test_labels}});
///
/// Inputs and targets: Eigen objects of any scalar, or ranges with `size()` and `[]`. Lvalues are stored by
/// reference and must outlive this object; temporaries are moved in; views of matrices (`leftCols`, `Map`,
/// `transpose()`) are stored as views; other expressions are evaluated once.
/// Errors: std::invalid_argument if the numbers of samples differ.
template <class Inputs, class Targets>
class Samples {
  using PlainInputs = std::remove_cvref_t<Inputs>;
  using PlainTargets = std::remove_cvref_t<Targets>;

 public:
  /// The return type of `batch` and the argument of a model's loss: owned matrices `inputs` and `targets`.
  using Batch = SampleBatch<typename detail::GatheredSamples<PlainInputs>::type,
                            typename detail::GatheredSamples<PlainTargets>::type>;

  template <class I, class T>
  Samples(I&& inputs, T&& targets) : inputs_(std::forward<I>(inputs)), targets_(std::forward<T>(targets)) {
    if (detail::sample_count(inputs_) != detail::sample_count(targets_)) [[unlikely]]
      detail::fail_sample_counts(detail::sample_shape(inputs_), detail::sample_shape(targets_),
                                 detail::fits_transposed(inputs_, targets_));
  }

  /// The number of samples.
  std::int64_t size() const { return detail::sample_count(inputs_); }

  /// A copy of the chosen samples, each number in [0, size()).
  Batch batch(std::span<const Eigen::Index> samples) const {
    Batch result;
    batch(samples, result);
    return result;
  }

  /// Like above, into a buffer, which is reallocated only if the number of samples changes.
  void batch(std::span<const Eigen::Index> samples, Batch& buffer) const {
    detail::gather_samples(inputs_, samples, buffer.inputs);
    detail::gather_samples(targets_, samples, buffer.targets);
    buffer.count = static_cast<std::int64_t>(samples.size());
  }

  /// All samples as one batch, in the order of the data set: for a loss or an accuracy over all of them.
  Batch all() const;

  const PlainInputs& inputs() const { return inputs_; }
  const PlainTargets& targets() const { return targets_; }

 private:
  Inputs inputs_;
  Targets targets_;
};

template <class I, class T>
Samples(I&&, T&&)
    -> Samples<typename detail::StoredSamples<I>::type, typename detail::StoredSamples<T>::type>;

template <class Inputs, class Targets>
auto Samples<Inputs, Targets>::all() const -> Batch {
  std::vector<Eigen::Index> samples(static_cast<std::size_t>(size()));
  for (std::size_t k = 0; k < samples.size(); ++k) samples[k] = static_cast<Eigen::Index>(k);
  return batch(samples);
}

}  // namespace descent
