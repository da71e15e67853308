// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/errors.hpp>

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

}  // namespace descent
