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

/// Makes a model for `fit` of bare parameters and `double loss(parameters, batch, gradient)`.
///
///   auto model = with_loss(std::tie(weights, bias), [](auto& tree, const auto& batch, auto& gradient) {
///     const auto& [w, b] = tree;
///     auto& [dw, db] = gradient;
///     ...
///   });
///   fit(model, Samples{inputs, targets}, Sgd{});
///
/// Refers to an lvalue, which must outlive the model; a temporary (a tuple of references) is kept.
template <class Tree, class F>
auto with_loss(Tree&& tree, F&& loss) {
  return ModelWithLoss<Tree, std::remove_cvref_t<F>>{std::forward<Tree>(tree), std::forward<F>(loss)};
}

namespace detail {
template <class T>
inline constexpr bool is_model_with_loss = false;
template <class Tree, class F>
inline constexpr bool is_model_with_loss<ModelWithLoss<Tree, F>> = true;

/// The parameters of a model: itself, unless it was made by with_loss.
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

/// A concept matching what `fit` can train on batches of type Batch.
///
/// Satisfied by a parameter tree with `double loss(const Batch& batch, Gradient& gradient) const`,
/// which returns the mean loss of the batch and writes its gradient (it arrives cleared), where
/// Gradient is what `zeros_like(model)` returns, mostly the model's own type; and by what `with_loss`
/// returns. A second `double loss(const Batch& batch) const` is used for validation where it exists.
/// `loss` need not be const: a model may keep its activations.
template <class Model, class Batch>
concept BatchModel = detail::HasLoss<Model, Batch> &&
                     requires(Model& model, const Batch& batch, detail::ModelGradient<Model>& gradient) {
                       { model.loss(batch, gradient) } -> std::convertible_to<double>;
                     };

namespace detail {
enum class ModelFault { none, no_number, gradient_first, no_loss };

/// What is wrong; the later questions are asked only if need be.
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

/// Compiles for a model of these batches; otherwise says what it lacks.
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

/// The mean loss of a batch and its gradient, which is cleared first.
template <class Model, class Batch, class Gradient>
double batch_loss(Model& model, const Batch& batch, Gradient& gradient) {
  clear(gradient);
  return static_cast<double>(model.loss(batch, gradient));
}

/// The mean loss of a batch without its gradient, where the model can tell it.
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
