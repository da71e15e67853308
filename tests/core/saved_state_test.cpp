// SPDX-License-Identifier: MIT
#include "support/bits.hpp"
#include "support/catch.hpp"
#include "support/refusals.hpp"
#include "support/saved.hpp"

#include <descent/core/optimizer.hpp>
#include <descent/core/partial_gradients.hpp>
#include <descent/core/saved_state.hpp>
#include <descent/optimizers/adamw.hpp>
#include <descent/optimizers/novograd.hpp>
#include <descent/optimizers/sgd.hpp>
#include <descent/optimizers/soap.hpp>
#include <descent/schedules/compose/sequence.hpp>
#include <descent/schedules/warmup.hpp>
#include <descent/transforms/clip/clip_by_percentile.hpp>
#include <descent/transforms/whole_step/freeze.hpp>
#include <descent/wrappers/ema.hpp>
#include <descent/wrappers/partition.hpp>
#include <descent/wrappers/selectors.hpp>
#include <descent/wrappers/skip_non_finite.hpp>

#include <array>
#include <cstdint>
#include <limits>
#include <string>
#include <tuple>
#include <vector>

// saved_state and restore_state of optimizers.

using namespace descent;
using test::refusal_of;
using test::Saved;

namespace {

struct Layer {
  Eigen::MatrixXd weights;
  Eigen::VectorXd bias;
  DESCENT_PARAMETERS(weights, bias)
};
struct Net {
  Layer first, second;
  DESCENT_PARAMETERS(first, second)
};

Layer layer(unsigned seed, Eigen::Index rows, Eigen::Index columns) {
  test::Numbers<double> numbers(seed);
  return {numbers.plain_matrix(rows, columns), numbers.plain_matrix(rows, 1)};
}
Net net(unsigned seed) { return {layer(seed, 3, 2), layer(seed + 100, 2, 3)}; }

/// A tree filled with numbers that depend on the step.
template <class Tree>
void fill(Tree& tree, unsigned seed) {
  test::Numbers<double> numbers(seed);
  for_each_block(
      [&](auto& block, const std::string&) {
        using S = typename std::remove_cvref_t<decltype(block)>::Scalar;
        for (Eigen::Index j = 0; j < block.cols(); ++j)
          for (Eigen::Index i = 0; i < block.rows(); ++i) block(i, j) = static_cast<S>(numbers.plain());
      },
      tree);
}

template <class Tree>
std::string different_block(const Tree& a, const Tree& b) {
  std::string found;
  auto compare = [&](const auto& x, const auto& y) {
    const std::string here = test::difference(x.template cast<double>(), y.template cast<double>());
    if (found.empty()) found = here;
  };
  detail::walk(compare, a, b);
  return found;
}

/// Steps of `tree` by an optimizer that is replaced before each step by a new one with its state.
/// `copy_of(tree)` returns an independent copy.
template <class Tree, class R, class CopyOf, class Storage = StateLikeParameters>
void check_resuming(Tree& tree, const R& rule, CopyOf copy_of, Storage storage = {}) {
  using O = Optimizer<Tree, R, Storage>;
  auto&& other = copy_of(tree);
  auto gradient = zeros_like(tree);
  O never_stopped(tree, rule, storage);
  Saved saved(saved_state(never_stopped));
  for (unsigned k = 0; k < 9; ++k) {
    INFO("step " << k);
    fill(gradient, k);
    O resumed(other, rule, storage);
    restore_state(resumed, saved.tensors);
    CHECK(Saved(saved_state(resumed)) == saved);
    never_stopped.step(tree, gradient);
    resumed.step(other, gradient);
    CHECK(different_block(tree, other) == "");
    saved = Saved(saved_state(resumed));
    CHECK(saved == Saved(saved_state(never_stopped)));
  }
}

const auto same_type = [](const auto& tree) { return tree; };

std::string names_of(auto& object) {
  std::string text;
  for (const SavedTensor& tensor : saved_state(object))
    text += tensor.name + " " + detail::shape_text(tensor) + "\n";
  return text;
}

}  // namespace

TEST_CASE("the state of an optimizer as tensors: names, types and shapes") {
  Net model = net(1);
  Optimizer optimizer(model, SkipNonFinite{} | AdamW{.learning_rate = 0.1} | Ema{.decay = 0.9});
  CHECK(names_of(optimizer) ==
        "steps one number of int64\n"
        "skipped_steps one number of int64\n"
        "learning_rate_factor one number of float64\n"
        "memory/SkipNonFinite/0 one number of int64\n"
        "memory/SkipNonFinite/1 one number of int64\n"
        "memory/ScaleByAdam/0 one number of float64\n"
        "memory/ScaleByAdam/1 one number of float64\n"
        "memory/Ema/0 one number of int64\n"
        "memory/Ema/1 one number of float64\n"
        "state/first.weights/exp_avg 3x2 of float64\n"
        "state/first.weights/exp_avg_sq 3x2 of float64\n"
        "state/first.weights/average 3x2 of float64\n"
        "state/first.bias/exp_avg a vector of 3 of float64\n"
        "state/first.bias/exp_avg_sq a vector of 3 of float64\n"
        "state/first.bias/average a vector of 3 of float64\n"
        "state/second.weights/exp_avg 2x3 of float64\n"
        "state/second.weights/exp_avg_sq 2x3 of float64\n"
        "state/second.weights/average 2x3 of float64\n"
        "state/second.bias/exp_avg a vector of 2 of float64\n"
        "state/second.bias/exp_avg_sq a vector of 2 of float64\n"
        "state/second.bias/average a vector of 2 of float64\n");
}

TEST_CASE("the state of rules that remember blocks, that let them rest, and of a name that is there twice") {
  std::tuple<Eigen::Matrix2f, Eigen::MatrixXf> model(Eigen::Matrix2f::Ones(), Eigen::MatrixXf::Ones(1, 3));
  Optimizer optimizer(model, RestAbsentBlocks{} | ScaleByNovoGrad{} | AddDecayedWeights{.weight_decay = 0.1} |
                                 Ema{.decay = 0.9} | Ema{.decay = 0.5});
  CHECK(names_of(optimizer) ==
        "steps one number of int64\n"
        "skipped_steps one number of int64\n"
        "learning_rate_factor one number of float64\n"
        "memory/Ema/0 one number of int64\n"
        "memory/Ema/1 one number of float64\n"
        "memory/Ema.2/0 one number of int64\n"
        "memory/Ema.2/1 one number of float64\n"
        "block_memory/[0]/ScaleByNovoGrad/0 one number of float64\n"
        "block_memory/[0]/ScaleByNovoGrad/1 one number of float64\n"
        "clock/[0]/rested one number of int64\n"
        "clock/[0]/Ema/0 one number of int64\n"
        "clock/[0]/Ema/1 one number of float64\n"
        "clock/[0]/Ema.2/0 one number of int64\n"
        "clock/[0]/Ema.2/1 one number of float64\n"
        "block_memory/[1]/ScaleByNovoGrad/0 one number of float64\n"
        "block_memory/[1]/ScaleByNovoGrad/1 one number of float64\n"
        "clock/[1]/rested one number of int64\n"
        "clock/[1]/Ema/0 one number of int64\n"
        "clock/[1]/Ema/1 one number of float64\n"
        "clock/[1]/Ema.2/0 one number of int64\n"
        "clock/[1]/Ema.2/1 one number of float64\n"
        "state/[0]/exp_avg 2x2 of float32\n"
        "state/[0]/average 2x2 of float32\n"
        "state/[0]/average.2 2x2 of float32\n"
        "state/[1]/exp_avg 1x3 of float32\n"
        "state/[1]/average 1x3 of float32\n"
        "state/[1]/average.2 1x3 of float32\n");
}

TEST_CASE("an optimizer is read and written through its tensors") {
  Eigen::MatrixXd model = Eigen::MatrixXd::Ones(2, 3);
  const Eigen::MatrixXd gradient = Eigen::MatrixXd::Constant(2, 3, 0.5);
  Optimizer optimizer(model, AdamW{.learning_rate = 0.1});
  optimizer.step(model, gradient);
  for (const SavedTensor& tensor : saved_state(optimizer)) {
    if (tensor.name == "steps") {
      CHECK(*static_cast<std::int64_t*>(tensor.data) == 1);
      *static_cast<std::int64_t*>(tensor.data) = 5;
    }
    if (tensor.name.ends_with("/exp_avg")) {
      CHECK(static_cast<double*>(tensor.data)[3] == Approx(0.05));
      static_cast<double*>(tensor.data)[3] = 7;
    }
  }
  CHECK(optimizer.steps() == 5);
  optimizer.for_each_state([](const std::string&, const std::string& name, const auto& values) {
    if (name == "exp_avg") CHECK(values(1, 1) == 7);
  });
}

TEST_CASE("restore_state: an optimizer continues like the one that the state comes from") {
  const auto rule = SkipNonFinite{} | ClipByPercentile{.window = 3} |
                    AdamW{.learning_rate = warmup(5) >> Schedule(0.1)} | Ema{.decay = 0.9, .every = 2};
  SECTION("blocks of dynamic size") {
    Net model = net(1);
    check_resuming(model, rule, same_type);
    check_resuming(model, NovoGrad{.learning_rate = 0.1}, same_type);
    check_resuming(model, Soap{.learning_rate = 0.1, .refresh_every = 3}, same_type);
  }
  SECTION("an empty block") {
    std::tuple<Eigen::MatrixXd, Eigen::MatrixXd> model(Eigen::MatrixXd(0, 3), Eigen::MatrixXd::Ones(2, 2));
    check_resuming(model, rule, same_type);
  }
  SECTION("blocks of fixed size, by columns and by rows") {
    std::tuple<Eigen::Matrix<float, 3, 2>, Eigen::Matrix<double, 2, 5, Eigen::RowMajor>, Eigen::RowVector3d>
        model;
    fill(model, 4);
    check_resuming(model, rule, same_type);
    check_resuming(model, RestAbsentBlocks{} | rule, same_type);
  }
  SECTION("by rows, of dynamic size") {
    std::vector<Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>> model(2);
    model[0].resize(3, 5);
    model[1].resize(1, 4);
    fill(model, 4);
    check_resuming(model, rule, same_type);
    check_resuming(model, Soap{.learning_rate = 0.1, .refresh_every = 3}, same_type);
  }
  SECTION("one block alone") {
    Eigen::VectorXd model = Eigen::VectorXd::LinSpaced(5, -1, 1);
    check_resuming(model, rule, same_type);
  }
  SECTION("half precision, with masters") {
    std::tuple<Eigen::Matrix<Eigen::half, Eigen::Dynamic, Eigen::Dynamic>,
               Eigen::Matrix<Eigen::bfloat16, 3, 1>>
        model;
    std::get<0>(model).resize(3, 4);
    fill(model, 4);
    check_resuming(model, rule, same_type);
    Optimizer optimizer(model, Sgd{});
    CHECK(names_of(optimizer).find("state/[0]/master 3x4 of float32\n") != std::string::npos);
  }
  SECTION("state in bfloat16") {
    std::vector<Eigen::MatrixXf> model{Eigen::MatrixXf(3, 40), Eigen::MatrixXf(2, 2)};
    fill(model, 4);
    check_resuming(model, AdamW{.learning_rate = 0.1}, same_type, StateInBfloat16{});
    Optimizer optimizer(model, AdamW{}, StateInBfloat16{});
    CHECK(names_of(optimizer).find("state/[0]/exp_avg 3x40 of bfloat16\n") != std::string::npos);
  }
}

TEST_CASE("restore_state: parameters that are views of other memory") {
  using Strided = Eigen::Map<Eigen::MatrixXd, 0, Eigen::Stride<Eigen::Dynamic, Eigen::Dynamic>>;
  std::vector<double> memory(100), other(100);
  for (std::size_t k = 0; k < memory.size(); ++k) memory[k] = other[k] = 1 + 0.01 * static_cast<double>(k);
  const auto view = [](std::vector<double>& values) {
    return std::make_tuple(
        Strided(values.data(), 3, 4, Eigen::Stride<Eigen::Dynamic, Eigen::Dynamic>(20, 2)));
  };
  auto model = view(memory), copy = view(other);
  const auto rule = AdamW{.learning_rate = 0.1};
  Optimizer optimizer(model, rule);
  Saved saved(saved_state(optimizer));
  for (unsigned k = 0; k < 5; ++k) {
    const std::tuple gradient(test::Numbers<double>(k).plain_matrix(3, 4));
    Optimizer resumed(copy, rule);
    restore_state(resumed, saved.tensors);
    optimizer.step(model, gradient);
    resumed.step(copy, gradient);
    saved = Saved(saved_state(resumed));
    CHECK(memory == other);
  }
}

TEST_CASE("restore_state: tensors by rows, or with strides, whatever the optimizer has") {
  std::vector<Eigen::MatrixXf> model{Eigen::MatrixXf(37, 41)};
  fill(model, 1);
  auto gradient = model;
  Optimizer optimizer(model, AdamW{.learning_rate = 0.1}), resumed = optimizer;
  optimizer.step(model, gradient);
  const Saved saved(saved_state(optimizer));
  std::vector<SavedTensor> spread = saved.tensors;
  std::vector<std::vector<float>> memory;
  for (SavedTensor& tensor : spread) {
    if (tensor.dimensions != 2) continue;
    SavedTensor target = tensor;
    target.row_stride = 2 * 41;
    target.column_stride = 2;
    memory.emplace_back(2 * 41 * 37);
    target.data = memory.back().data();
    detail::copy_tensor(tensor, target);
    tensor = target;
  }
  restore_state(resumed, spread);
  CHECK(Saved(saved_state(resumed)) == saved);
  restore_state(resumed, saved_state(resumed));
  CHECK(Saved(saved_state(resumed)) == saved);
}

TEST_CASE("restore_state: blocks that rested go on with their clocks") {
  const auto rule = RestAbsentBlocks{} | AdamW{.learning_rate = 0.1} | Ema{.decay = 0.9};
  Net model = net(1), other = model;
  const std::vector<std::size_t> none, some{0, 3}, last{3};
  Optimizer never_stopped(model, rule);
  Saved saved(saved_state(never_stopped));
  for (unsigned k = 0; k < 8; ++k) {
    const AbsentBlocks absent(k % 3 == 0 ? some : k % 3 == 1 ? none : last);
    Optimizer resumed(other, rule);
    restore_state(resumed, saved.tensors);
    never_stopped.step(model, net(k), absent);
    resumed.step(other, net(k), absent);
    CHECK(different_block(model, other) == "");
    saved = Saved(saved_state(resumed));
    CHECK(saved == Saved(saved_state(never_stopped)));
  }
  CHECK(*static_cast<std::int64_t*>(saved.at("clock/second.bias/rested").data) == 5);
}

TEST_CASE("restore_state: groups, two of them with one rule, and a frozen one") {
  Net model = net(1);
  const auto rule =
      partition([](const BlockInfo& block) { return block.path == "first.weights" ? 2 : block.index % 2; },
                AdamW{.learning_rate = 0.1}, AdamW{.learning_rate = 0.01}, Freeze{});
  check_resuming(model, rule, same_type);
  Optimizer optimizer(model, rule);
  CHECK(names_of(optimizer).find("memory/ScaleByAdam.2/0 ") != std::string::npos);
  CHECK(names_of(optimizer).find("first.weights") == std::string::npos);
}

namespace {
/// Blocks of the first layer follow rule 0, or are frozen; others follow rule 1.
struct Halves {
  bool freezes = false;
  int operator()(const BlockInfo& block) const {
    return block.path.starts_with("first.") ? (freezes ? 2 : 0) : 1;
  }
};
}  // namespace

TEST_CASE("restore_state: a rule keeps its memory while all its blocks are frozen") {
  const auto rule = [](bool freezes, auto... first) {
    return descent::chain(first..., partition(Halves{freezes}, AdamW{.learning_rate = 0.1},
                                              AdamW{.learning_rate = 0.01}, Freeze{}));
  };
  const auto run = [&](auto... first) {
    Net model = net(1), other = model;
    Optimizer optimizer(model, rule(false, first...));
    for (unsigned k = 0; k < 2; ++k) optimizer.step(model, net(k));
    optimizer.set_rule(rule(true, first...));
    optimizer.step(model, net(2));
    for (const int steps : {0, 1, 2}) {
      other = model;
      Optimizer resumed(other, rule(false, first...));
      resumed.set_rule(rule(true, first...));
      restore_state(resumed, Saved(saved_state(optimizer)).tensors);
      for (int k = 0; k < steps; ++k) resumed.step(other, net(5)), optimizer.step(model, net(5));
      auto twin = optimizer;
      Net twins_model = model;
      twin.set_rule(rule(false, first...));
      resumed.set_rule(rule(false, first...));
      twin.step(twins_model, net(6));
      resumed.step(other, net(6));
      CHECK(different_block(twins_model, other) == "");
      CHECK(Saved(saved_state(resumed)).different(Saved(saved_state(twin))) == "");
    }
  };
  run();
  run(RestAbsentBlocks{});
}
