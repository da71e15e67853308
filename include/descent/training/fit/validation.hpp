// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/errors.hpp>
#include <descent/training/adapt/metric.hpp>
#include <descent/training/problem/dataset.hpp>
#include <descent/training/problem/mini_batches.hpp>
#include <descent/training/problem/model.hpp>

#include <concepts>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

namespace descent {
namespace detail {

/// The mean over all samples of a data set, in order.
template <class Model, class Data, class Gradient>
double mean_loss(Model& model, Data& data, Gradient& scratch, std::int64_t batch_size) {
  const MiniBatches batches(static_cast<std::int64_t>(data.size()),
                            {.batch_size = batch_size, .shuffle = false});
  BatchReader<Data> read(data, batch_size);
  RunningMean mean;
  for (const auto samples : batches) {
    decltype(auto) batch = read(samples);
    mean.add(validation_loss(model, batch, scratch), static_cast<double>(samples.size()));
  }
  return mean.mean();
}

template <class Metric, class Model>
concept MetricOf = std::invocable<Metric&, const TreeOf<Model>&> &&
                   std::convertible_to<std::invoke_result_t<Metric&, const TreeOf<Model>&>, double>;
template <class Metric>
concept PlainMetric = std::invocable<Metric&> && std::convertible_to<std::invoke_result_t<Metric&>, double>;

}  // namespace detail

/// A measurement after each epoch: made from a data set or a metric.
///
///   .validation = Samples{test_inputs, test_labels}                  // the mean of the model's loss
///   .validation = [&](const Network& n) { return error_rate(n); }    // any number
///   .validation = [&] { return error_rate(network); }
///
/// Stores a reference to an lvalue data set, which must outlive the call; moves a temporary in.
/// Errors: std::invalid_argument for an empty data set.
template <class Model>
class Validation {
  using Gradient = detail::ModelGradient<Model>;

 public:
  /// Measures nothing.
  Validation() = default;

  template <class V>
    requires(!std::same_as<std::remove_cvref_t<V>, Validation>)
  Validation(V&& source) {  // NOLINT(bugprone-forwarding-reference-overload): constrained above
    using Source = std::remove_reference_t<V>;
    if constexpr (Dataset<Source>) {
      from_data(std::forward<V>(source));
    } else if constexpr (detail::MetricOf<Source, Model>) {
      measure_ = [metric = std::decay_t<V>(std::forward<V>(source))](Model& model, Gradient&,
                                                                     std::int64_t) mutable {
        return static_cast<double>(metric(std::as_const(detail::tree_of(model))));
      };
    } else {
      static_assert(detail::PlainMetric<Source>,
                    "descent: .validation takes a data set (size() and batch(samples)) or a metric: double "
                    "metric(const Model&), or double metric()");
      if constexpr (detail::PlainMetric<Source>)
        measure_ = [metric = std::decay_t<V>(std::forward<V>(source))](
                       Model&, Gradient&, std::int64_t) mutable { return static_cast<double>(metric()); };
    }
  }

  /// Whether it measures anything.
  explicit operator bool() const { return static_cast<bool>(measure_); }

  /// The mean loss or the metric; `scratch` is overwritten.
  double operator()(Model& model, Gradient& scratch, std::int64_t batch_size) const {
    return measure_(model, scratch, batch_size);
  }

 private:
  template <class V>
  void from_data(V&& source) {
    using Data = std::remove_reference_t<V>;
    if constexpr (detail::require_batch_model<Model, detail::BatchOf<Data>>()) {
      if (static_cast<std::int64_t>(source.size()) == 0)
        detail::fail_invalid_argument("validation: the data set is empty");
      std::shared_ptr<Data> data;
      if constexpr (std::is_lvalue_reference_v<V>) {
        data = std::shared_ptr<Data>(std::shared_ptr<Data>(), &source);
      } else {
        data = std::make_shared<Data>(std::forward<V>(source));
      }
      measure_ = [data](Model& model, Gradient& scratch, std::int64_t batch_size) {
        return detail::mean_loss(model, *data, scratch, batch_size);
      };
    }
  }

  std::function<double(Model&, Gradient&, std::int64_t)> measure_;
};

/// A measurement with its name in reports.
template <class Model>
struct NamedValidation {
  std::string name = {};           ///< not empty
  Validation<Model> measure = {};  ///< a data set or a function of the model
};

}  // namespace descent
