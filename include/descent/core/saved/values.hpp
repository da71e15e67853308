// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/base/members.hpp>
#include <descent/core/base/names.hpp>
#include <descent/core/saved/tensor_copy.hpp>
#include <descent/core/saved/tensor_index.hpp>
#include <descent/core/saved/tensor_of.hpp>
#include <descent/core/simd/build.hpp>

#include <Eigen/Core>

#include <array>
#include <concepts>
#include <cstddef>
#include <cstring>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

// Converts what an object remembers to and from a list of tensors.

namespace descent::detail::inline DESCENT_BUILD {

struct AnyVisitor {
  template <class T>
  void operator()(const char*, T&) const {}
};
/// An object that lists its own memory: calls f(name, value) for each value, by reference.
template <class T>
concept ListsStateValues = requires(T& object, AnyVisitor f) { object.for_each_state_value(f); };

template <class T>
inline constexpr bool is_array_of_objects = false;
template <class T, std::size_t size>
inline constexpr bool is_array_of_objects<std::array<T, size>> = !SavedNumber<T>;

/// Calls f.number, f.list or f.block (name, value) for all parts of a value, and f.whole(name, value) after
/// the members of an object. The members of an aggregate are named by number.
template <class T, class F>
void visit_value(const std::string& name, T& value, F& f) {
  if constexpr (SavedNumber<T>) {
    f.number(name, value);
  } else if constexpr (is_list_of_numbers<T>) {
    f.list(name, value);
  } else if constexpr (SavedBlock<T>) {
    f.block(name, value);
  } else if constexpr (is_array_of_objects<T>) {
    for (std::size_t k = 0; k < value.size(); ++k)
      visit_value(joined({name, "/", std::to_string(k)}), value[k], f);
  } else if constexpr (requires { visit_engine_state(name, value, f); }) {  // saved/state_access.hpp
    visit_engine_state(name, value, f);
  } else if constexpr (ListsStateValues<T>) {
    value.for_each_state_value([&](const auto& part, auto& each) {
      visit_value(joined({name, "/", part}), each, f);
    });
    f.whole(name, value);
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
    f.whole(name, value);
  }
}

/// Collects tensors that point into the visited values.
struct TensorCollector {
  std::vector<SavedTensor> tensors;

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
  template <class T>
  void whole(const std::string&, const T&) {}
};

[[noreturn]] DESCENT_COLD inline void fail_tensor(const TensorIndex& index, const SavedTensor& found,
                                                  const SavedTensor& place) {
  index.fail({"'", place.name, "' is ", shape_text(found), ", must be ", shape_text(place)});
}

/// Whether each byte is 0 or 1: any other value of a bool is undefined behaviour.
inline bool holds_booleans(const SavedTensor& tensor) {
  for (std::ptrdiff_t row = 0; row < tensor.rows; ++row)  // only numbers and lists are booleans
    if (static_cast<const unsigned char*>(tensor.data)[row * tensor.row_stride] > 1) return false;
  return true;
}

/// The tensor for a value. Errors: std::invalid_argument if it is missing or has a different type or shape.
DESCENT_COLD inline const SavedTensor& tensor_for(TensorIndex& index, const SavedTensor& place) {
  const SavedTensor& found = index.at(place.name);
  if (found.type != place.type || !same_shape(found, place)) fail_tensor(index, found, place);
  if (found.data == nullptr && found.size() > 0) index.fail({"'", place.name, "' has no data"});
  if (found.type == NumberType::boolean && !holds_booleans(found))
    index.fail({"'", place.name, "' is neither true nor false"});
  return found;
}

/// An object that can check whether its memory is valid: a position in a ring must be inside the ring.
template <class T>
concept JudgesState = requires(const T& object) {
  { object.has_valid_state() } -> std::convertible_to<bool>;
};
/// An object that explains why its memory is invalid; an empty text means that it is valid.
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
    if (!value.has_valid_state()) index.fail({"the value of '", name, "' is not possible"});
  }
}

/// Copies the tensors of a list into the visited values; resizes lists.
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
    const SavedTensor& found = index_.at(name);
    SavedTensor place = tensor_of_list(name, value);
    if (found.dimensions == 1 && found.columns == 1 && found.rows >= 0) place.rows = found.rows;
    tensor_for(index_, place);
    value.resize(place.size());
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
  template <class T>
  void whole(const std::string& name, const T& value) {
    refuse_invalid_state(index_, name, value);
  }

 private:
  void fill(const SavedTensor& place) { copy_tensor(tensor_for(index_, place), place); }

  TensorIndex& index_;
};

/// Fills a copy of an object's memory.
template <class T>
void fill_value(TensorIndex& index, const std::string& name, T& copy) {
  TensorFiller filler(index);
  visit_value(name, copy, filler);
}

}  // namespace descent::detail::inline DESCENT_BUILD
