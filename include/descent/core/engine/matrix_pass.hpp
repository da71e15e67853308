// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/engine/preparation.hpp>
#include <descent/core/engine/walk.hpp>
#include <descent/core/simd/build.hpp>

#include <cstddef>
#include <type_traits>
#include <utility>

// The writing pass over a block with a rule of whole matrices: its rules run in segments, each of which ends
// at such a rule.

namespace descent::detail::inline DESCENT_BUILD {

template <class X, std::size_t s, bool row_major_matrices>
class MatrixPass {
  using P = typename X::Plan;
  using B = std::remove_cvref_t<decltype(std::declval<X&>().blocks)>;
  using Scalar = typename B::template ScalarAt<s>;
  using S = ComputeType<Scalar>;
  using Element = StateElement<P, S>;
  using Own = Constants<P, S>;
  template <std::size_t I>
  using Leaf = typename P::template Leaf<I>;

 public:
  template <class Variant>
  static void write(const X& x, std::size_t k) {
    Own own = x.template constants_of<s>(k);
    write_from<Variant, 0>(x, x.blocks.records[k], k, own);
  }

 private:
  static auto& scratch_of(const X& x, std::size_t k) { return get<s>(x.blocks.extras[k].scratch); }
  static void run(const X& x, const BlockRecord& record, std::size_t k, Kernel<S, Element> kernel,
                  bool writes, const PassContext& context, S* result) {
    const Walk<Scalar, Element> walk{
        x.blocks, static_cast<Element*>(x.blocks.slots[s]), x.blocks.masters[s], kernel, writes, 0, true, 0};
    walk.block(context, record, x.blocks.layouts[k], {0, record.size}, result);
  }

  template <class Variant, std::size_t begin>
  static void write_from(const X& x, const BlockRecord& record, std::size_t k, Own& own) {
    constexpr std::size_t end = next_matrix_rule<P>(Variant{}, begin);
    using Segment = leaves_between<Variant, begin, end>;
    using Before = leaves_between<Variant, 0, end>;
    if constexpr (begin > 0) measure_segment<Variant, begin>(Segment{}, x, record, k, own);
    const PassContext context(&own);
    if constexpr (end == P::leaves) {
      run(x, record, k, &write_kernel<P, Variant, Segment, true, S>, true, context, nullptr);
    } else {
      auto& scratch = scratch_of(x, k);
      run(x, record, k, &write_kernel<P, Before, Segment, false, S>, false, context, scratch.update.data());
      transform_block<end>(x, record, k);
      BlockLayout& layout = x.blocks.layouts[k];
      layout.read = nullptr;  // the next segment reads the update, in the parameters' order
      layout.gradient_inner = 1;
      layout.gradient_outer = static_cast<Eigen::Index>(record.inner_size());
      BlockRecord next = record;
      next.gradient = scratch.update.data();
      write_from<Variant, end + 1>(x, next, k, own);
    }
  }

  // Rules after a rule of whole matrices measure its result; those before it were measured before any write.
  template <class Variant, std::size_t begin, std::size_t... I>
  static void measure_segment(std::index_sequence<I...>, const X& x, const BlockRecord& record,
                              [[maybe_unused]] std::size_t k, Own& own) {
    (measure_rule<I, Variant, begin>(x, record, k, own), ...);
  }
  template <std::size_t I, class Variant, std::size_t begin>
  static void measure_rule([[maybe_unused]] const X& x, [[maybe_unused]] const BlockRecord& record,
                           [[maybe_unused]] std::size_t k, [[maybe_unused]] Own& own) {
    using R = Leaf<I>;
    if constexpr (measures_block<R> && !InspectsBlocks<R>) {
      const R& rule = x.template rule<I>();
      const auto& memory = get<I>(x.after_of(k));
      const auto measuring = measuring_constants(rule, memory, x.step_of(k));
      ChunkSums<R> sums;
      using Slots = MeasuredSlots<Variant, I>;
      run(x, record, k, &measure_kernel<I, P, Slots, leaves_between<Variant, begin, I>, S>, false,
          {&own, &measuring, &sums}, nullptr);
      sums.close();
      own.template set<I>(block_coefficients(rule, memory, get<I>(x.blocks.extras[k].memories), x.step_of(k),
                                             sums.total.measured()));
    }
  }

  template <std::size_t I>
  static void transform_block(const X& x, const BlockRecord& record, std::size_t k) {
    if constexpr (row_major_matrices) {
      if (record.row_major && !record.is_vector) return transform_in_order<I, Eigen::RowMajor>(x, record, k);
    }
    transform_in_order<I, Eigen::ColMajor>(x, record, k);
  }
  template <std::size_t I, int order>
  static void transform_in_order(const X& x, const BlockRecord& record, std::size_t k) {
    using Matrix = Eigen::Matrix<S, Eigen::Dynamic, Eigen::Dynamic, order>;
    auto& scratch = scratch_of(x, k);
    Eigen::Map<Matrix> update(scratch.update.data(), record.rows, record.columns);
    const S* elements = nullptr;
    if constexpr (TransformsWithParameters<Leaf<I>, Matrix>) elements = parameters_of(x, record, k);
    const Eigen::Map<const Matrix> parameters(elements, elements == nullptr ? 0 : record.rows,
                                              elements == nullptr ? 0 : record.columns);
    transform(x.template rule<I>(), update, parameters, get<I>(scratch.workspaces), x.step_of(k),
              get<I>(x.after_of(k)));
  }

  /// The parameters as one contiguous run.
  static const S* parameters_of(const X& x, const BlockRecord& record, std::size_t k) {
    const BlockLayout& layout = x.blocks.layouts[k];
    if constexpr (!is_narrow<Scalar>) {
      if (record.layout == Layout::contiguous ||
          (layout.inner == 1 && static_cast<std::size_t>(layout.outer) == record.inner_size()))
        return static_cast<const S*>(record.parameters);
    }
    auto& copy = scratch_of(x, k).parameters;
    if constexpr (is_narrow<Scalar>) {
      widen_parameters<Scalar>(record, layout, x.blocks.masters[s] + layout.masters, 0, record.size,
                               copy.data());
    } else {
      gather<S>({static_cast<const S*>(record.parameters), layout.inner, layout.outer}, record.inner_size(),
                0, record.size, copy.data());
    }
    return copy.data();
  }
};

}  // namespace descent::detail::inline DESCENT_BUILD
