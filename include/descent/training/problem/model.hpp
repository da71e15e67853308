// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/parameters.hpp>
#include <descent/training/problem/objective.hpp>

#include <concepts>
#include <type_traits>
#include <utility>

namespace descent {

/// Parameters together with a loss for mini-batches; made by `with_loss`.
template <class Tree, class F>
struct ModelWithLoss {
  Tree tree;
  F function;

  template <class Batch, class Gradient>
  decltype(auto) loss(const Batch& batch, Gradient& gradient)
    requires std::invocable<F&, const std::remove_cvref_t<Tree>&, const Batch&, Gradient&>
  {
    return function(std::as_const(tree), batch, gradient);
  }

  template <class Batch>
  decltype(auto) loss(const Batch& batch)
    requires std::invocable<F&, const std::remove_cvref_t<Tree>&, const Batch&>
  {
    return function(std::as_const(tree), batch);
  }
};

/// Makes a model for `fit` from parameters and `double loss(parameters, batch, gradient)`.
///
///   auto model = with_loss(std::tie(weights, bias), [](auto& tree, const auto& batch, auto& gradient) {
///     const auto& [w, b] = tree;
///     auto& [dw, db] = gradient;
///     ...
///   });
///   fit(model, Samples{inputs, targets}, Sgd{});
///
/// Stores a reference to an lvalue, which must outlive the model; stores a temporary (a tuple of references)
/// by value.
template <class Tree, class F>
auto with_loss(Tree&& tree, F&& loss) {
  return ModelWithLoss<Tree, std::remove_cvref_t<F>>{std::forward<Tree>(tree), std::forward<F>(loss)};
}

namespace detail {
template <class T>
inline constexpr bool is_model_with_loss = false;
template <class Tree, class F>
inline constexpr bool is_model_with_loss<ModelWithLoss<Tree, F>> = true;

/// The parameters of a model: the model itself, unless with_loss made it.
template <class Model>
auto& tree_of(Model& model) {
  if constexpr (is_model_with_loss<std::remove_const_t<Model>>) {
    return model.tree;
  } else {
    return model;
  }
}

template <class Model>
using TreeOf = std::remove_cvref_t<decltype(tree_of(std::declval<std::remove_cvref_t<Model>&>()))>;
template <class Model>
using ModelGradient = GradientOf<TreeOf<Model>>;

template <class Model, class Batch>
concept HasLossAlone = requires(Model& model, const Batch& batch) {
  { model.loss(batch) } -> std::convertible_to<double>;
};
template <class Model, class Batch>
concept HasLoss = requires(Model& model, const Batch& batch, ModelGradient<Model>& gradient) {
  model.loss(batch, gradient);
};
}  // namespace detail

/// A concept that matches models that `fit` can train on batches of type Batch.
///
/// Satisfied by a parameter tree with `double loss(const Batch& batch, Gradient& gradient) const`, which
/// returns the mean loss of the batch and writes its gradient (zero on entry). Gradient is the return type of
/// `zeros_like(model)`, usually the model's own type. Also satisfied by the result of `with_loss`. If there
/// is a second `double loss(const Batch& batch) const`, validation uses it. `loss` need not be const: a model
/// may store its activations.
template <class Model, class Batch>
concept BatchModel = detail::HasLoss<Model, Batch> &&
                     requires(Model& model, const Batch& batch, detail::ModelGradient<Model>& gradient) {
                       { model.loss(batch, gradient) } -> std::convertible_to<double>;
                     };

namespace detail {
enum class ModelFault { none, no_number, gradient_first, no_loss };

/// The fault of a model; tests the later conditions only if necessary.
template <class Model, class Batch>
constexpr ModelFault model_fault() {
  if constexpr (BatchModel<Model, Batch>) {
    return ModelFault::none;
  } else if constexpr (HasLoss<Model, Batch>) {
    return ModelFault::no_number;
  } else if constexpr (requires(Model& model, const Batch& batch, ModelGradient<Model>& gradient) {
                         model.loss(gradient, batch);
                       }) {
    return ModelFault::gradient_first;
  } else {
    return ModelFault::no_loss;
  }
}

/// Compiles for a model of these batches; otherwise reports what is missing.
template <class Model, class Batch>
constexpr bool require_batch_model() {
  constexpr ModelFault fault = model_fault<Model, Batch>();
  static_assert(fault != ModelFault::no_number,
                "descent: loss() of the model does not return a number; it must return the loss");
  static_assert(
      fault != ModelFault::gradient_first,
      "descent: loss() of the model takes the gradient first; expected double loss(const Batch& batch, "
      "Gradient& gradient) const");
  static_assert(
      fault != ModelFault::no_loss,
      "descent: the model has no loss for the batches of this data set: expected double loss(const Batch& "
      "batch, Gradient& gradient) const, where Batch is what batch(samples) of the data returns and Gradient "
      "what zeros_like(model) returns; for bare parameters write with_loss(parameters, function)");
  return fault == ModelFault::none;
}

/// The mean loss of a batch and its gradient; clears the gradient first.
template <class Model, class Batch, class Gradient>
double batch_loss(Model& model, const Batch& batch, Gradient& gradient) {
  clear(gradient);
  return static_cast<double>(model.loss(batch, gradient));
}

/// The mean loss of a batch, without its gradient if the model has such a function.
template <class Model, class Batch, class Gradient>
double validation_loss(Model& model, const Batch& batch, Gradient& scratch) {
  if constexpr (HasLossAlone<Model, Batch>) {
    return static_cast<double>(model.loss(batch));
  } else {
    return batch_loss(model, batch, scratch);
  }
}
}  // namespace detail

}  // namespace descent
