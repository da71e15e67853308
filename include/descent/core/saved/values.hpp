// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/base/members.hpp>
#include <descent/core/base/type_name.hpp>
#include <descent/core/saved/tensor_copy.hpp>
#include <descent/core/saved/tensor_index.hpp>
#include <descent/core/saved/tensor_of.hpp>

#include <Eigen/Core>

#include <array>
#include <cstddef>
#include <cstring>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

// What an object remembers, as a list of tensors: out of it and into it.

namespace descent::detail {

struct AnyVisitor {
  template <class T>
  void operator()(const char*, T&) const {}
};
/// An object that lists what it remembers itself: f(name, value) for each, by reference.
template <class T>
concept ListsStateValues = requires(T& object, AnyVisitor f) { object.for_each_state_value(f); };

/// f.number, f.list or f.block (name, value) for all numbers that a value is made of. The members of an aggregate have
/// numbers for names.
template <class T, class F>
void visit_value(const std::string& name, T& value, F& f) {
  if constexpr (SavedNumber<T>) {
    f.number(name, value);
  } else if constexpr (is_list_of_numbers<T>) {
    f.list(name, value);
  } else if constexpr (SavedBlock<T>) {
    f.block(name, value);
  } else if constexpr (requires { visit_engine_state(name, value, f); }) {  // saved/state_access.hpp
    visit_engine_state(name, value, f);
  } else if constexpr (ListsStateValues<T>) {
    value.for_each_state_value([&](const auto& part, auto& each) {
      visit_value(joined({name, "/", part}), each, f);
    });
  } else if constexpr (!std::is_empty_v<T>) {
    static_assert(
        has_countable_members<T>(),
        "descent: what a rule remembers must be an aggregate of at most 24 numbers, arrays or vectors of "
        "numbers, or have a member for_each_state_value(f) that calls f(name, value) for each of them, so "
        "that it can be saved");
    std::size_t place = 0;
    visit_members(value, [&](auto&... members) {
      (visit_value(joined({name, "/", std::to_string(place++)}), members, f), ...);
    });
  }
}

/// Lists tensors that lie in what is visited.
struct TensorCollector {
  std::vector<Tensor> tensors;

  template <class Number>
  void number(const std::string& name, Number& value) {
    tensors.push_back(tensor_of_number(name, value));
  }
  template <class List>
  void list(const std::string& name, List& value) {
    tensors.push_back(tensor_of_list(name, value));
  }
  template <class B>
  void block(const std::string& name, B& value) {
    tensors.push_back(tensor_of_block(name, value));
  }
};

[[noreturn]] DESCENT_COLD inline void fail_tensor(const TensorIndex& index, const Tensor& found,
                                                  const Tensor& place) {
  index.fail({"'", place.name, "' is ", shape_text(found), ", must be ", shape_text(place)});
}

/// The tensor for a place. Errors: std::invalid_argument for one that is missing or of another type or shape.
DESCENT_COLD inline const Tensor& tensor_for(TensorIndex& index, const Tensor& place) {
  const Tensor& found = index.at(place.name);
  if (found.type != place.type || !same_shape(found, place)) fail_tensor(index, found, place);
  if (found.type == NumberType::boolean)
    for (std::size_t k = 0; k < found.bytes(); ++k)
      if (static_cast<const unsigned char*>(found.data)[k] > 1)
        index.fail({"'", place.name, "' is neither true nor false"});
  return found;
}

/// Copies the tensors of a list into what is visited, whose lists take their lengths.
class TensorFiller {
 public:
  explicit TensorFiller(TensorIndex& index) : index_(index) {}
  TensorIndex& index() { return index_; }

  template <class Number>
  void number(const std::string& name, Number& value) {
    fill(tensor_of_number(name, value));
  }
  template <class Number>
  void list(const std::string& name, std::vector<Number>& value) {
    const Tensor& found = index_.at(name);
    if (found.dimensions == 1) value.resize(found.size());
    fill(tensor_of_list(name, value));
  }
  template <class Number, std::size_t size>
  void list(const std::string& name, std::array<Number, size>& value) {
    fill(tensor_of_list(name, value));
  }
  template <class B>
  void block(const std::string& name, B& value) {
    fill(tensor_of_block(name, value));
  }

 private:
  void fill(const Tensor& place) { copy_tensor(tensor_for(index_, place), place); }

  TensorIndex& index_;
};

/// An object that can tell whether what it remembers is possible: a place in a ring is one of the ring.
template <class T>
concept JudgesState = requires(const T& object) {
  { object.has_valid_state() } -> std::convertible_to<bool>;
};
/// An object that says what is wrong with what it remembers; an empty text stands for nothing.
template <class T>
concept ExplainsState = requires(const T& object) {
  { object.state_fault() } -> std::convertible_to<std::string>;
};
template <class T>
void refuse_invalid_state(const TensorIndex& index, const std::string& name, const T& value) {
  if constexpr (ExplainsState<T>) {
    const std::string fault = value.state_fault();
    if (!fault.empty()) index.fail({fault});
  }
  if constexpr (JudgesState<T>) {
    if (!value.has_valid_state()) index.fail({"what is given for '", name, "' is not possible"});
  }
}

/// Fills a copy of what an object remembers.
template <class T>
void fill_value(TensorIndex& index, const std::string& name, T& copy) {
  TensorFiller filler(index);
  visit_value(name, copy, filler);
  refuse_invalid_state(index, name, copy);
}

}  // namespace descent::detail
