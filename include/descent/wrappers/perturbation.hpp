// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/memory/runs.hpp>
#include <descent/core/parameters.hpp>
#include <descent/core/rule.hpp>
#include <descent/core/tree/requirements.hpp>

#include <algorithm>
#include <cstddef>
#include <type_traits>
#include <utility>

// For rules that use the gradient at a nearby point: moves the parameters there, and back.

namespace descent::detail {

template <class R, class V, class C>
auto spread_perturbation(const C& in_double) {
  constexpr std::size_t count = field_count<C>;
  return [&]<std::size_t... F>(std::index_sequence<F...>) {
    const auto fields = tie_fields<count>(in_double);
    return
        typename R::template PerturbationCoefficients<V>{V(saturate<typename V::Scalar>(get<F>(fields)))...};
  }(std::make_index_sequence<count>());
}

/// Calls f(gradients, values) for a block, pack by pack; stores `values` in `result` if there is one.
template <class S, class B, class G, class F>
void for_each_pack_of_two(const B& block, const G& gradient, B* result, F&& f) {
  using V = simd::Pack<S>;
  constexpr bool row_major = B::IsRowMajor;
  constexpr auto lanes = static_cast<std::size_t>(V::size);
  const auto size = static_cast<std::size_t>(block.size());
  const auto inner_size = static_cast<std::size_t>(row_major ? block.cols() : block.rows());
  for (std::size_t i = 0; i < size; i += lanes) {
    S numbers[lanes] = {}, gradients[lanes] = {};
    const std::size_t count = std::min(lanes, size - i);
    gather_expression<row_major>(block, i, count, numbers);
    gather_expression<row_major>(gradient, i, count, gradients);
    V values = V::load(numbers);
    f(V::load(gradients), values);
    if (result == nullptr) continue;
    values.store(numbers);
    for (std::size_t k = 0; k < count; ++k) {
      const auto outer = static_cast<Eigen::Index>((i + k) / inner_size);
      const auto inner = static_cast<Eigen::Index>((i + k) % inner_size);
      auto& element = row_major ? result->coeffRef(outer, inner) : result->coeffRef(inner, outer);
      element = static_cast<typename B::Scalar>(numbers[k]);
    }
  }
}

/// The squared norm of the gradients as weighted by rule R, summed in double.
template <class R, class Tree, class Gradient, class C>
double squared_norm_to_perturb(Tree& parameters, const Gradient& gradient, const C& c) {
  double sum = 0;
  auto add = [&](const auto& block, const auto& block_gradient) {
    using B = std::remove_cvref_t<decltype(block)>;
    using S = ComputeType<typename B::Scalar>;
    using V = simd::Pack<S>;
    const auto coefficients = spread_perturbation<R, V>(c);
    for_each_pack_of_two<S>(block, block_gradient, static_cast<B*>(nullptr), [&](V g, V& p) {
      S numbers[static_cast<std::size_t>(V::size)];
      R::weighted_gradient(g, p, coefficients).store(numbers);
      for (const S number : numbers) sum += static_cast<double>(number) * static_cast<double>(number);
    });
  };
  walk(add, parameters, gradient);
  return sum;
}

/// Copies the parameters to `saved` and moves them.
template <class R, class Tree, class Gradient, class Saved>
void perturb(const R& rule, Tree& parameters, const Gradient& gradient, Saved& saved, Step step) {
  const double norm2 =
      squared_norm_to_perturb<R>(parameters, gradient, rule.perturbation_coefficients(step, 0));
  const auto c = rule.perturbation_coefficients(step, norm2);
  auto move = [&](auto& block, const auto& block_gradient, auto& kept) {
    using S = ComputeType<typename std::remove_cvref_t<decltype(block)>::Scalar>;
    using V = simd::Pack<S>;
    const auto coefficients = spread_perturbation<R, V>(c);
    kept = block;
    for_each_pack_of_two<S>(block, block_gradient, &block,
                            [&](V g, V& p) { p = p + R::perturbation(g, p, coefficients); });
  };
  walk(move, parameters, gradient, saved);
}

/// Restores saved values at the end of the scope.
template <class Tree, class Saved>
class Restorer {
 public:
  Restorer(Tree& parameters, const Saved& saved) : parameters_(parameters), saved_(saved) {}
  Restorer(const Restorer&) = delete;
  Restorer& operator=(const Restorer&) = delete;
  ~Restorer() {
    walk([](auto& block, const auto& kept) { block = kept; }, parameters_, saved_);
  }

 private:
  Tree& parameters_;
  const Saved& saved_;
};

/// Replaces a gradient by that at a nearby point.
template <class R, class Tree, class Gradient, class Saved, class Objective>
void evaluate_nearby(const R& rule, Step step, Tree& parameters, Gradient& gradient, Saved& saved,
                     Objective& objective) {
  perturb(rule, parameters, std::as_const(gradient), saved, step);
  const Restorer restorer(parameters, saved);
  walk([](auto& block) { block.setZero(); }, gradient);
  static_cast<void>(objective(std::as_const(parameters), gradient));
}

}  // namespace descent::detail
