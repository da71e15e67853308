// SPDX-License-Identifier: MIT
#pragma once

#include <descent/training/fit/run.hpp>

#include <cstdint>
#include <string>
#include <type_traits>
#include <utility>

namespace descent {
namespace detail {

/// Compiles if training the model changes an object that outlives the call.
template <class Model>
constexpr bool require_lasting_model() {
  if constexpr (is_model_with_loss<std::remove_cvref_t<Model>>) {
    using Tree = decltype(std::remove_cvref_t<Model>::tree);
    if constexpr (std::is_lvalue_reference_v<Model> || std::is_lvalue_reference_v<Tree>) {
      return require_parameters<Tree&>();
    } else {
      return require_step_parameters<Tree, Tree>();
    }
  } else {
    return require_step_parameters<Model, std::remove_cvref_t<Model>>();
  }
}

[[noreturn]] DESCENT_COLD inline void fail_no_batches(std::int64_t samples, std::int64_t batch_size) {
  if (samples == 0) fail_invalid_argument("fit: the data set is empty");
  fail_invalid_argument("fit: batch_size is " + std::to_string(batch_size) + ", but there are only " +
                        std::to_string(samples) + " samples and partial batches are dropped");
}

}  // namespace detail

/// Trains a model on mini-batches; changes it in place.
///
///   const auto result = fit(model, Samples{inputs, targets}, AdamW{.learning_rate = 1e-3},
///                           {.epochs = 20, .batch_size = 64,
///                            .validation = Samples{test_inputs, test_targets}, .patience = 3});
///   for (const EpochReport& epoch : result.history) std::printf("%g\n", epoch.validation);
///
/// * `model`: a parameter tree with `double loss(batch, gradient) const`, or
///   `with_loss(parameters, function)`; see `BatchModel`.
/// * `data`: a `Dataset`, such as `Samples{inputs, targets}` whose columns are samples.
/// * `rule`: any rule, including Sam, which evaluates the loss of each batch twice; or an `Optimizer` of
///   yours, which continues from its state. Then the count of epochs continues as well, steps that a rule
///   refused included, so that two calls of n epochs give the same bits as one of 2n; see
///   `use_evaluation_point` for rules that average.
/// * `options`: see `FitOptions`.
///
/// A learning rate that changes by epochs: `per_epoch(schedule, steps_per_epoch(data.size(), batch_size))`.
/// Rules with an evaluation point (Ema, Swa, Asgd, schedule-free rules, Lookahead) are validated there:
/// `validation`, early stopping, `on_epoch` and the final parameters use
/// `optimizer.evaluation_point(parameters)`, unless `use_evaluation_point` is false.
/// The order of the samples depends on seed and epoch alone, on every platform. The gradient is zero on
/// entry; batches of `Samples` are gathered into a buffer that is reused.
/// A loss that is not finite is a status: no step is taken, and the parameters return to the best epoch (with
/// `patience`), else to the end of the last epoch without a fault, or to their initial values; the
/// optimizer's state does not. An exception of the model, the data or a callback propagates between two
/// steps: the parameters are those after the last step taken.
/// Errors: std::invalid_argument for options of `fit` or the rule out of range, and for an empty data set,
/// before anything changes.
template <class Model, class Data, class R>
FitResult fit(Model&& model, Data&& data, R&& rule,
              const FitOptions<std::remove_cvref_t<Model>>& options = {}) {
  using Plain = std::remove_cvref_t<Model>;
  using Source = std::remove_reference_t<Data>;
  if constexpr (detail::require_lasting_model<Model>() && detail::require_dataset<Source>()) {
    if constexpr (detail::require_batch_model<Plain, detail::BatchOf<Source>>()) {
      options.check(Check("fit"));
      const auto samples = static_cast<std::int64_t>(data.size());
      if (steps_per_epoch(samples, options.batch_size, options.keep_partial_batch) == 0)
        detail::fail_no_batches(samples, options.batch_size);
      auto&& optimizer =
          detail::optimizer_for<detail::TreeOf<Plain>>(detail::tree_of(model), std::forward<R>(rule));
      detail::Training training(model, data, optimizer, options);
      return training.run();
    }
  }
}

}  // namespace descent
