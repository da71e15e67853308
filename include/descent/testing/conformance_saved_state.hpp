// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/saved/tensor_copy.hpp>
#include <descent/testing/conformance_repetition.hpp>
#include <descent/testing/conformance_subject.hpp>

#include <cstddef>
#include <string>
#include <vector>

// An optimizer that is saved after any number of steps must continue as if it had never stopped.

namespace descent::testing::conformance {

/// Tensors copied to their own memory, like the contents of a file.
class SavedTensors {
 public:
  SavedTensors() = default;
  explicit SavedTensors(const std::vector<SavedTensor>& tensors) : tensors_(tensors) {
    for (SavedTensor& tensor : tensors_) {
      const SavedTensor from = tensor;
      memory_.emplace_back(from.bytes());
      tensor.data = memory_.back().data();
      tensor.row_stride = 1;
      tensor.column_stride = from.rows;
      descent::detail::copy_tensor(from, tensor);
    }
  }
  const std::vector<SavedTensor>& tensors() const { return tensors_; }

  /// The first of them that differs in a bit; empty if there is none.
  std::string difference(const SavedTensors& other) const {
    if (tensors_.size() != other.tensors_.size()) return "the number of tensors";
    for (std::size_t k = 0; k < tensors_.size(); ++k) {
      const SavedTensor &a = tensors_[k], &b = other.tensors_[k];
      const bool fits = a.name == b.name && a.type == b.type && descent::detail::same_shape(a, b);
      if (!fits || memory_[k] != other.memory_[k]) return a.name;
    }
    return "";
  }

 private:
  std::vector<SavedTensor> tensors_;
  std::vector<std::vector<unsigned char>> memory_;
};

/// An optimizer, including its parameters, after some steps.
template <class S>
struct Moment {
  explicit Moment(Run<S>& run) : parameters(run.data.values()), state(run.optimizer->tensors()) {}
  Matrices<S> parameters;
  SavedTensors state;
};
template <class S>
std::string difference(const Moment<S>& found, const Moment<S>& expected) {
  const std::string here = difference(found.parameters, expected.parameters);
  if (!here.empty()) return here;
  const std::string name = found.state.difference(expected.state);
  return name.empty() ? "" : "what is saved as '" + name + "'";
}

/// After each of the first 20 steps: save, restore into a new optimizer, and take a few more steps.
template <class S>
std::string find_fault_in_saved_state(const Subject& subject) {
  constexpr std::size_t stops = 20, more = 3;
  const Trajectory<S> way(some_shapes(), stops + more);
  std::vector<Moment<S>> never_stopped;
  {
    Run<S> run(subject.of<S>(), way.start);
    never_stopped.emplace_back(run);
    for (const auto& gradient : way.gradients) {
      run.step(gradient);
      never_stopped.emplace_back(run);
    }
  }  // nothing may point to it any more
  for (std::size_t stop = 0; stop < stops; ++stop) {
    Run<S> resumed(subject.of<S>(), never_stopped[stop].parameters);
    resumed.optimizer->set_tensors(never_stopped[stop].state.tensors());
    for (std::size_t k = stop;; ++k) {
      const std::string found = difference(Moment<S>(resumed), never_stopped[k]);
      if (!found.empty())
        return "saved after " + std::to_string(stop) + " steps and set into a new optimizer, after " +
               std::to_string(k) + " steps " + found +
               " differs from a run that never stopped: something is remembered outside of state and Memory";
      if (k == stop + more) break;
      resumed.step(way.gradients[k]);
    }
  }
  return "";
}

template <class S>
std::string find_fault_in_resuming(const Subject& subject) {
  std::string found = find_fault_in_copies<S>(subject);
  if (found.empty()) found = find_fault_in_reset<S>(subject);
  return found.empty() ? find_fault_in_saved_state<S>(subject) : found;
}

}  // namespace descent::testing::conformance
