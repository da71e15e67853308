// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/errors.hpp>
#include <descent/training/problem/dataset.hpp>

#include <Eigen/Core>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace descent {

/// A mini-batch of `Samples`: the chosen columns of the inputs and of the targets, in the same order.
template <class Inputs, class Targets>
struct SampleBatch {
  Inputs inputs;
  Targets targets;

  /// The number of samples.
  std::int64_t size() const { return count; }

  std::int64_t count = 0;
};

namespace detail {
template <class T>
void accept_dense(const Eigen::DenseBase<T>&);
/// Every dense Eigen object, including segments of vectors, which derive from Block.
template <class T>
concept DenseSamples = requires(const T& values) { accept_dense(values); };

/// How Samples stores its arguments: lvalues by reference, views by value, other expressions evaluated.
template <class T>
struct StoredSamples {
  using type = T;
};
template <class T>
  requires(!std::is_reference_v<T> && DenseSamples<T> && (T::Flags & Eigen::DirectAccessBit) == 0)
struct StoredSamples<T> {
  using type = typename T::PlainObject;
};

/// The type that stores a batch of such samples.
template <class T>
struct GatheredSamples {
  using type = std::vector<std::remove_cvref_t<decltype(std::declval<const T&>()[0])>>;
};
template <DenseSamples T>
struct GatheredSamples<T> {
  static constexpr bool tall = T::IsVectorAtCompileTime && !T::IsRowMajor && T::ColsAtCompileTime == 1;
  static constexpr int rows =
      tall ? static_cast<int>(Eigen::Dynamic) : static_cast<int>(T::RowsAtCompileTime);
  static constexpr int columns = tall ? 1 : static_cast<int>(Eigen::Dynamic);
  static constexpr int order = rows == 1 ? Eigen::RowMajor : Eigen::ColMajor;
  using type = std::conditional_t<
      std::is_base_of_v<Eigen::ArrayBase<typename T::PlainObject>, typename T::PlainObject>,
      Eigen::Array<typename T::Scalar, rows, columns, order>,
      Eigen::Matrix<typename T::Scalar, rows, columns, order>>;
};

/// The number of samples: entries of a vector (Eigen's or another), columns of any other object.
template <class T>
std::int64_t sample_count(const T& values) {
  if constexpr (DenseSamples<T>) {
    return T::IsVectorAtCompileTime ? values.size() : values.cols();
  } else {
    return static_cast<std::int64_t>(values.size());
  }
}

/// Copies the chosen samples; allocates only if their number differs from the size of the buffer.
template <class T, class Buffer>
void gather_samples(const T& from, std::span<const Eigen::Index> samples, Buffer& into) {
  const auto count = static_cast<Eigen::Index>(samples.size());
  if constexpr (!DenseSamples<T>) {
    into.resize(samples.size());
    for (std::size_t k = 0; k < samples.size(); ++k) into[k] = from[static_cast<std::size_t>(samples[k])];
  } else if constexpr (T::IsVectorAtCompileTime) {
    into.resize(count);
    for (Eigen::Index k = 0; k < count; ++k) into(k) = from(samples[static_cast<std::size_t>(k)]);
  } else {
    into.resize(from.rows(), count);
    for (Eigen::Index k = 0; k < count; ++k) into.col(k) = from.col(samples[static_cast<std::size_t>(k)]);
  }
}

template <class T>
std::string sample_shape(const T& values) {
  if constexpr (DenseSamples<T>) {
    if (!T::IsVectorAtCompileTime) return std::to_string(values.rows()) + "x" + std::to_string(values.cols());
  }
  return "a vector of " + std::to_string(values.size());
}

[[noreturn]] DESCENT_COLD inline void fail_sample_counts(const std::string& inputs,
                                                         const std::string& targets, bool transposed) {
  fail_invalid_argument(
      "Samples: inputs is " + inputs + ", targets is " + targets +
      "; both need the same number of samples, which are columns of a matrix and entries of a vector" +
      (transposed ? " (transposed?)" : ""));
}

/// Whether the numbers of samples would match if one argument were transposed.
template <class I, class T>
bool fits_transposed(const I& inputs, const T& targets) {
  bool fits = false;
  if constexpr (DenseSamples<I>)
    fits = fits || (!I::IsVectorAtCompileTime && inputs.rows() == sample_count(targets));
  if constexpr (DenseSamples<T>)
    fits = fits || (!T::IsVectorAtCompileTime && targets.rows() == sample_count(inputs));
  return fits;
}
}  // namespace detail

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
