// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/parameters.hpp>
#include <descent/core/tree/block_types.hpp>
#include <descent/training/problem/model.hpp>
#include <descent/training/support/parameter_copy.hpp>

#include <type_traits>

namespace descent::detail {

/// A model for experiments that leave the caller's model unchanged. If copying the model copies its
/// parameters, it is a copy. If the model refers to its parameters, it is the caller's own; the destructor
/// restores the parameters, also after an exception.
template <class Model>
class ModelCopy {
  /// How the parameters of a model are stored: as a value, or as a reference.
  template <class M>
  struct HeldTree {
    using type = std::remove_cvref_t<M>;
  };
  template <class Tree, class F>
  struct HeldTree<ModelWithLoss<Tree, F>> {
    using type = Tree;
  };

  using Plain = std::remove_cvref_t<Model>;
  static constexpr bool copies = owns_elements<typename HeldTree<Plain>::type>();
  static_assert(copies || !std::is_const_v<std::remove_reference_t<Model>>,
                "descent: this model refers to its parameters, which are changed and put back: it must not "
                "be constant");

 public:
  explicit ModelCopy(Model& model) : held_(model), kept_(tree_of(model)) {
    if constexpr (!copies) kept_.store(tree_of(held_));
  }
  ModelCopy(const ModelCopy&) = delete;
  ModelCopy& operator=(const ModelCopy&) = delete;
  ~ModelCopy() {
    if constexpr (!copies) kept_.restore(tree_of(held_));
  }

  Plain& model() { return held_; }

 private:
  struct NothingKept {
    explicit NothingKept(const TreeOf<Plain>&) {}
  };

  std::conditional_t<copies, Plain, Plain&> held_;
  [[no_unique_address]] std::conditional_t<copies, NothingKept, ParameterCopy<TreeOf<Plain>>> kept_;
};

}  // namespace descent::detail
