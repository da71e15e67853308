// SPDX-License-Identifier: MIT
#pragma once

#include <Eigen/Core>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>
#include <utility>

namespace descent {

/// A concept that matches data sets from which `fit` takes mini-batches.
///
/// Satisfied by `size()`, the number of samples, and `batch(std::span<const Eigen::Index> samples)`, which
/// returns the argument of the model's loss: copied columns, images read from files, or just the numbers of
/// the samples. If there is also `batch(samples, Batch& buffer)`, which fills a buffer of the caller, `fit`
/// uses it and reuses the buffer. `Samples` is a data set of Eigen matrices.
///
///   struct Pictures {
///     std::int64_t size() const;
///     MyBatch batch(std::span<const Eigen::Index> samples) const;
///   };
template <class D>
concept Dataset = requires(D& data, std::span<const Eigen::Index> samples) {
  { data.size() } -> std::convertible_to<std::int64_t>;
  data.batch(samples);
};

namespace detail {
template <class D>
using BatchOf = std::remove_cvref_t<decltype(std::declval<D&>().batch(std::span<const Eigen::Index>()))>;

template <class D>
concept FillsBuffers = Dataset<D> && std::default_initializable<BatchOf<D>> &&
                       requires(D& data, std::span<const Eigen::Index> samples, BatchOf<D>& buffer) {
                         data.batch(samples, buffer);
                       };

/// Compiles for a data set; otherwise reports what is missing.
template <class D>
constexpr bool require_dataset() {
  using Writable = std::remove_const_t<D>;
  constexpr bool has_size = requires(D& data) {
    { data.size() } -> std::convertible_to<std::int64_t>;
  };
  constexpr bool constant_only = !Dataset<D> && Dataset<Writable>;
  static_assert(!constant_only,
                "descent: this data set is constant, but its size() or batch() is not a const function");
  static_assert(constant_only || has_size,
                "descent: not a data set: it has no size(); for matrices write Samples{inputs, targets}");
  static_assert(
      constant_only || !has_size || Dataset<D>,
      "descent: not a data set: it has no batch(std::span<const Eigen::Index> samples); for matrices write "
      "Samples{inputs, targets}");
  return Dataset<D>;
}

/// Reads batches from a data set, through its own buffers if the data set can fill them: one for full batches
/// and one for others, so that neither is resized repeatedly.
template <class D>
class BatchReader {
 public:
  BatchReader(D& data, std::int64_t batch_size) : data_(&data), full_(static_cast<std::size_t>(batch_size)) {}

  decltype(auto) operator()(std::span<const Eigen::Index> samples) {
    if constexpr (FillsBuffers<D>) {
      BatchOf<D>& buffer = buffers_[samples.size() == full_ ? 0 : 1];
      data_->batch(samples, buffer);
      return std::as_const(buffer);
    } else {
      return data_->batch(samples);
    }
  }

 private:
  struct Nothing {};
  template <class T>
  struct BufferFor {
    using type = Nothing;
  };
  template <FillsBuffers T>
  struct BufferFor<T> {
    using type = BatchOf<T>;
  };

  D* data_;
  std::size_t full_;
  typename BufferFor<D>::type buffers_[2];
};
}  // namespace detail

}  // namespace descent
