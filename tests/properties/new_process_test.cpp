// SPDX-License-Identifier: MIT
#include "support/trajectories.hpp"

#include "io/support.hpp"
#include "support/catch.hpp"
#include "support/new_process.hpp"

#include <descent/core/saved/tensor_of.hpp>
#include <descent/io/safetensors.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

// Every rule, saved after each of its first 20 steps: a new process reads the file and goes on with the same bytes as a
// run that was never stopped.

#if defined(__linux__)
namespace {

using namespace test;
using descent::SavedTensor;

constexpr std::size_t stops = 20, all_steps = 23;
const Shapes shapes = {{4, 3}, {6, 1}, {2, 5}};

/// A run whose steps follow from their number alone, so that two processes take the same.
template <class S>
class Run {
 public:
  explicit Run(const RuleUnderTest& rule, unsigned seed = 1)
      : data_(random_blocks<S>(shapes, seed)), optimizer_(rule.of<S>().blocks(data_.blocks)) {}

  void take_steps(std::size_t begin, std::size_t end) {
    static const auto gradients = random_gradients<S>(shapes, all_steps, 2);
    for (; begin < end; ++begin) optimizer_->step(data_.blocks, gradients[begin]);
  }

  /// The parameters, and all that the optimizer holds.
  std::vector<SavedTensor> tensors() {
    std::vector<SavedTensor> tensors = parameters();
    for (SavedTensor& tensor : optimizer_->tensors()) tensors.push_back(std::move(tensor));
    return tensors;
  }

  void load(const std::string& path) {
    const auto file = descent::detail::TensorFile::read(path, descent::Checksums::required);
    const std::vector<SavedTensor> places = parameters();
    for (const SavedTensor& place : places) file.copy_to(*file.find(place.name), place);
    std::vector<SavedTensor> state;
    for (const auto& entry : file.entries())
      if (entry.name.find("parameters/") != 0) state.push_back(view_of(file, entry));
    optimizer_->set_tensors(state);
  }

 private:
  std::vector<SavedTensor> parameters() {
    std::vector<SavedTensor> tensors;
    for (auto& block : data_.blocks)
      tensors.push_back(
          descent::detail::tensor_of_block("parameters/" + std::to_string(tensors.size()), block));
    return tensors;
  }
  static SavedTensor view_of(const descent::detail::TensorFile& file,
                             const descent::detail::TensorEntry& entry) {
    SavedTensor tensor{.name = entry.name, .type = *entry.type->number_type};
    tensor.dimensions = static_cast<int>(entry.shape.size());
    if (tensor.dimensions > 0) tensor.rows = static_cast<std::ptrdiff_t>(entry.shape[0]);
    if (tensor.dimensions > 1) tensor.columns = static_cast<std::ptrdiff_t>(entry.shape[1]);
    tensor.row_stride = tensor.columns;
    tensor.data = const_cast<std::byte*>(file.bytes_of(entry).data());  // only read
    return tensor;
  }

  BlockData<S> data_;
  std::unique_ptr<BlocksOptimizer<S>> optimizer_;
};

template <class S>
std::string path_of(const std::string& folder, std::size_t rule, std::size_t step) {
  const std::string type = sizeof(S) == sizeof(float) ? "-float-" : "-double-";
  return folder + "/" + std::to_string(rule) + type + std::to_string(step);
}

/// Saves a run of rule number `rule` after each step from which it is resumed, and at its end.
template <class S>
void save_run(const std::string& folder, std::size_t rule) {
  Run<S> run(rules_under_test()[rule]);
  for (std::size_t step = 0; step <= all_steps; ++step) {
    if (step < stops || step == all_steps)
      descent::detail::write_tensors(path_of<S>(folder, rule, step), run.tensors(), {}, {.durable = false});
    if (step < all_steps) run.take_steps(step, step + 1);
  }
}

/// Resumes a run from each of its files. Returns how many there were.
template <class S>
std::size_t resume_run(const std::string& folder, std::size_t rule) {
  const std::string right = bytes_in(path_of<S>(folder, rule, all_steps));
  for (std::size_t stop = 0; stop < stops; ++stop) {
    Run<S> run(rules_under_test()[rule], 99);  // from other parameters
    run.load(path_of<S>(folder, rule, stop));
    run.take_steps(stop, all_steps);
    INFO(rules_under_test()[rule].name << " of numbers of " << sizeof(S) << " bytes, stopped after " << stop
                                       << " steps");
    CHECK(as_text(descent::detail::tensors_in_memory(run.tensors())) == right);
  }
  return stops;
}

}  // namespace

/// What the new process does.
TEST_CASE("every rule goes on from the files in a folder", "[.new_process]") {
  const std::string folder = folder_of_new_process();
  if (folder.empty()) return;
  std::size_t resumed = 0;
  for (std::size_t rule = 0; rule < rules_under_test().size(); ++rule)
    resumed += resume_run<float>(folder, rule) + resume_run<double>(folder, rule);
  put_bytes(folder + "/resumed", std::to_string(resumed));
}

TEST_CASE(
    "every rule that is stopped after any number of steps goes on in a new process with the same bytes") {
  const FastFolder folder;
  for (std::size_t rule = 0; rule < rules_under_test().size(); ++rule) {
    save_run<float>(folder.path(), rule);
    save_run<double>(folder.path(), rule);
  }
  CHECK(status_of_new_process("[.new_process]", folder.path()) == 0);
  CHECK(bytes_in(folder / "resumed") == std::to_string(2 * stops * rules_under_test().size()));
}
#endif
