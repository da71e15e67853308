// SPDX-License-Identifier: MIT
// Optimizers go on from files with the names and types that PyTorch's state has.
#include <descent/core/chain.hpp>
#include <descent/core/optimizer.hpp>
#include <descent/core/saved_state.hpp>
#include <descent/io/pytorch.hpp>
#include <descent/optimizers/adagrad.hpp>
#include <descent/optimizers/adam.hpp>
#include <descent/optimizers/adamw.hpp>
#include <descent/optimizers/rmsprop.hpp>
#include <descent/optimizers/sgd.hpp>
#include <descent/schedules/cosine_decay.hpp>
#include <descent/wrappers/skip_non_finite.hpp>

#include <Eigen/Core>

#include "io/support.hpp"
#include "support/bits.hpp"
#include "support/catch.hpp"
#include "support/saved.hpp"

#include <cstdint>
#include <string>
#include <vector>

using namespace descent;
using Catch::Matchers::ContainsSubstring;
using test::error_of;
using test::Saved;
using test::TemporaryFolder;

namespace {

struct Model {
  Eigen::MatrixXd weight;
  Eigen::VectorXf bias;
  DESCENT_PARAMETERS(weight, bias)
};

Model numbers(unsigned seed) {
  test::Numbers<double> from(seed);
  return {from.plain_matrix(3, 2), from.plain_matrix(4, 1).cast<float>()};
}

template <class O>
void take_steps(O& optimizer, Model& model, unsigned first, unsigned last) {
  for (unsigned step = first; step < last; ++step) optimizer.step(model, numbers(100 + step));
}

std::string different(const Model& a, const Model& b) {
  const std::string found = test::difference(a.weight, b.weight);
  return found.empty() ? test::difference(a.bias, b.bias) : found;
}

/// Steps, saves, loads into a new optimizer, and goes on.
template <class R>
void check_going_on(const R& rule) {
  const TemporaryFolder folder;
  for (unsigned stop = 0; stop < 5; ++stop) {
    INFO("after " << stop << " steps");
    Model model = numbers(1);
    Optimizer optimizer(model, rule);
    take_steps(optimizer, model, 0, stop);
    save_pytorch_state(folder / "state.safetensors", optimizer);
    Model other = model;
    Optimizer resumed(numbers(2), rule);
    take_steps(resumed, other, 50, 53);
    other = model;
    load_pytorch_state(folder / "state.safetensors", resumed);
    CHECK(resumed.steps() == optimizer.steps());
    CHECK(Saved(saved_state(resumed)).different(Saved(saved_state(optimizer))) == "");
    take_steps(optimizer, model, stop, stop + 3);
    take_steps(resumed, other, stop, stop + 3);
    CHECK(different(model, other) == "");
  }
}

/// The message without the path.
std::string message(const std::string& error, const std::string& path) {
  const std::string begin = "descent: " + path + ": ";
  return error.starts_with(begin) ? error.substr(begin.size()) : error;
}

const auto adam = Adam{.learning_rate = CosineDecay{.initial = 0.1, .steps = 20}};

/// A file that `change` has changed, and the message with which it is refused; then nothing has changed.
struct Refusals {
  TemporaryFolder folder;
  std::string path = folder / "state.safetensors";
  Model model = numbers(1);
  Optimizer<Model, Adam> optimizer{model, adam};
  Saved file;

  Refusals() {
    take_steps(optimizer, model, 0, 3);
    save_pytorch_state(path, optimizer);
    file = Saved(saved_tensors());
    take_steps(optimizer, model, 3, 5);
  }
  static SavedTensor tensor(const char* name, NumberType type, int dimensions, std::ptrdiff_t rows,
                            std::ptrdiff_t columns, void* data) {
    SavedTensor made{.name = name, .type = type, .dimensions = dimensions};
    made.rows = rows;
    made.columns = columns;
    made.row_stride = columns;
    made.data = data;
    return made;
  }
  Eigen::Matrix<double, 3, 2, Eigen::RowMajor> first, second;
  Eigen::VectorXf bias_first = Eigen::VectorXf::Ones(4), bias_second = bias_first;
  float weight_step = 3, bias_step = 3;
  std::vector<SavedTensor> saved_tensors() {
    first.setOnes();
    second.setOnes();
    return {tensor("weight.exp_avg", NumberType::float64, 2, 3, 2, first.data()),
            tensor("weight.exp_avg_sq", NumberType::float64, 2, 3, 2, second.data()),
            tensor("bias.exp_avg", NumberType::float32, 1, 4, 1, bias_first.data()),
            tensor("bias.exp_avg_sq", NumberType::float32, 1, 4, 1, bias_second.data()),
            tensor("weight.step", NumberType::float32, 0, 1, 1, &weight_step),
            tensor("bias.step", NumberType::float32, 0, 1, 1, &bias_step)};
  }

  std::string load(const std::vector<SavedTensor>& tensors, const LoadOptions& options = {},
                   std::optional<std::int64_t> steps = {}) {
    detail::write_tensors(path, tensors);
    const Saved before(saved_state(optimizer));
    const std::string error = error_of([&] { load_pytorch_state(path, optimizer, options, steps); });
    if (!error.empty()) CHECK(Saved(saved_state(optimizer)).different(before) == "");
    return message(error, path);
  }
};

}  // namespace

TEST_CASE("PyTorch's state: optimizers go on with the same bits") {
  check_going_on(Sgd{.learning_rate = 0.1});
  check_going_on(Sgd{.learning_rate = 0.1, .momentum = 0.9});
  check_going_on(Sgd{.learning_rate = 0.1, .momentum = 0.9, .dampening = 0.3, .weight_decay = 0.01});
  check_going_on(Sgd{.learning_rate = 0.1, .momentum = 0.9, .nesterov = true});
  check_going_on(adam);
  check_going_on(Adam{.learning_rate = 0.1, .weight_decay = 0.01, .amsgrad = true});
  check_going_on(AdamW{.learning_rate = 0.1, .weight_decay = 0.01});
  check_going_on(SkipNonFinite{} | AdamW{.learning_rate = 0.1, .amsgrad = true});
  check_going_on(RmsProp{.learning_rate = 0.01});
  check_going_on(RmsProp{.learning_rate = 0.01, .momentum = 0.5, .centered = true});
  check_going_on(Adagrad{.learning_rate = 0.1, .learning_rate_decay = 0.01, .initial_sum = 0.1});
}

TEST_CASE("PyTorch's state: the names and types in the file") {
  const TemporaryFolder folder;
  Model model = numbers(1);
  const auto names_with = [&](const auto& rule) {
    Optimizer optimizer(model, rule);
    save_pytorch_state(folder / "a", optimizer);
    std::string names;
    const auto file = detail::TensorFile::read(folder / "a");
    for (const auto& entry : file.entries())
      if (entry.name.starts_with("bias")) names += entry.name + " " + std::string(entry.type->name) + " ";
    return names;
  };
  CHECK(names_with(Sgd{.learning_rate = 0.1, .momentum = 0.9}) == "bias.momentum_buffer F32 bias.step F32 ");
  CHECK(names_with(Adam{.amsgrad = true}) ==
        "bias.exp_avg F32 bias.exp_avg_sq F32 bias.max_exp_avg_sq F32 bias.step F32 ");
  CHECK(names_with(RmsProp{.momentum = 0.5, .centered = true}) ==
        "bias.square_avg F32 bias.grad_avg F32 bias.momentum_buffer F32 bias.step F32 ");
  CHECK(names_with(Adagrad{}) == "bias.sum F32 bias.step F32 ");
}

TEST_CASE("PyTorch's state: files that do not fit are refused, and nothing has changed") {
  Refusals given;
  auto tensors = given.saved_tensors();
  CHECK(given.load(tensors) == "");
  CHECK(given.optimizer.steps() == 3);

  SECTION("a slot is missing") {
    tensors.erase(tensors.begin() + 1);
    CHECK(given.load(tensors) ==
          "has no tensor 'weight.exp_avg_sq' (3x2 of float64); LoadOptions::renamed maps names");
  }
  SECTION("a tensor that has no place") {
    tensors.push_back(
        given.tensor("bias.max_exp_avg_sq", NumberType::float32, 1, 4, 1, given.bias_first.data()));
    CHECK(given.load(tensors) ==
          "has a tensor 'bias.max_exp_avg_sq', for which the optimizer has no place; "
          "LoadOptions{.allow_unused = true} ignores it");
    CHECK(given.load(tensors, {.allow_unused = true}) == "");
  }
  SECTION("different numbers of steps") {
    given.bias_step = 4;
    CHECK(given.load(tensors) == "has blocks after 3 and after 4 steps; all must have taken the same number");
  }
  SECTION("no steps") {
    tensors.resize(4);
    CHECK(given.load(tensors) == "has no numbers of steps; give load_pytorch_state steps_if_missing");
    CHECK(given.load(tensors, {}, 7) == "");
    CHECK(given.optimizer.steps() == 7);
    CHECK_THROWS_AS(load_pytorch_state(given.path, given.optimizer, {}, -1), std::invalid_argument);
    CHECK(given.optimizer.steps() == 7);
  }
  SECTION("steps that are no count") {
    for (const float steps : {2.5f, -1.0f, std::numeric_limits<float>::infinity(),
                              std::numeric_limits<float>::quiet_NaN(), 0x1p53f}) {
      given.weight_step = given.bias_step = steps;
      CHECK(given.load(tensors) == "has a tensor 'weight.step' that is not a count of steps");
    }
    given.weight_step = given.bias_step = 3;
    tensors[4] = given.tensor("weight.step", NumberType::float32, 1, 4, 1, given.bias_first.data());
    CHECK(given.load(tensors) == "has a tensor 'weight.step' that is not a count of steps");
  }
  SECTION("steps of another type, or in a list of one") {
    std::int64_t count = 9;
    double number = 9;
    tensors[4] = given.tensor("weight.step", NumberType::int64, 0, 1, 1, &count);
    tensors[5] = given.tensor("bias.step", NumberType::float64, 1, 1, 1, &number);
    CHECK(given.load(tensors) == "");
    CHECK(given.optimizer.steps() == 9);
  }
  SECTION("another shape or type") {
    tensors[0].rows = 2;
    CHECK(given.load(tensors) == "'weight.exp_avg' is F64 [2, 2], must be F64 [3, 2]");
    tensors = given.saved_tensors();
    Eigen::Matrix<float, 3, 2, Eigen::RowMajor> narrow;
    narrow.setConstant(0.25f);
    tensors[0] = given.tensor("weight.exp_avg", NumberType::float32, 2, 3, 2, narrow.data());
    CHECK(given.load(tensors) == "'weight.exp_avg' is F32 [3, 2], must be F64 [3, 2]");
    CHECK(given.load(tensors, {.convert = true}) == "");
    given.optimizer.for_each_state([](const std::string& path, const std::string& name, const auto& values) {
      if (path == "weight" && name == "exp_avg") CHECK(static_cast<double>(values(2, 1)) == 0.25);
    });
  }
  SECTION("a number that is too large for the type here") {
    Eigen::Vector4d large(1e300, 1, 1, 1);
    tensors[2] = given.tensor("bias.exp_avg", NumberType::float64, 1, 4, 1, large.data());
    CHECK(given.load(tensors, {.convert = true}) ==
          "has the number 1e+300 in 'bias.exp_avg', which is too large for float32");
  }
  SECTION("renamed blocks") {
    for (SavedTensor& tensor : tensors)
      if (tensor.name.starts_with("weight")) tensor.name = "net.0." + tensor.name;
    CHECK_THAT(given.load(tensors), ContainsSubstring("has no tensor 'weight.exp_avg'"));
    CHECK(given.load(tensors, {.renamed = {{"net.0.weight", "weight"}}}) == "");
  }
  SECTION("not a file") {
    test::put_bytes(given.path, "something");
    CHECK(error_of([&] { load_pytorch_state(given.path, given.optimizer); }) != "");
  }
}

TEST_CASE("PyTorch's state: numbers of steps that no float has are exact") {
  const TemporaryFolder folder;
  Model model = numbers(1);
  const Sgd rule{.learning_rate = 0.1, .momentum = 0.9};
  Optimizer optimizer(model, rule), resumed(model, rule);
  Saved state(saved_state(optimizer));
  std::int64_t steps = (std::int64_t{1} << 24) + 1;
  state.at("steps").data = &steps;
  for (const std::int64_t count : {(std::int64_t{1} << 24) + 1, (std::int64_t{1} << 53) - 1}) {
    steps = count;
    restore_state(optimizer, state.tensors);
    save_pytorch_state(folder / "a", optimizer);
    load_pytorch_state(folder / "a", resumed);
    CHECK(resumed.steps() == count);
  }
  Optimizer many(model, Adam{}), found(model, Adam{});
  Saved state_of_many(saved_state(many));
  state_of_many.at("steps").data = &steps;
  restore_state(many, state_of_many.tensors);
  save_pytorch_state(folder / "a", many);
  load_pytorch_state(folder / "a", found);  // without taking them all
  CHECK(found.steps() == steps);

  steps = std::int64_t{1} << 53;
  restore_state(optimizer, state.tensors);
  CHECK(error_of([&] { save_pytorch_state(folder / "a", optimizer); }) ==
        "descent: " + (folder / "a") + ": cannot be written: PyTorch counts fewer than 2^53 steps");
}
