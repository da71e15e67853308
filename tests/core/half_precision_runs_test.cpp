// SPDX-License-Identifier: MIT
#include "support/bits.hpp"
#include "support/catch.hpp"

#include <descent/core/optimizer.hpp>
#include <descent/optimizers/adamw.hpp>
#include <descent/optimizers/muon.hpp>
#include <descent/optimizers/sgd.hpp>
#include <descent/transforms/clip/clip_by_global_norm.hpp>

#include <tuple>

// Parameters in half precision: rules work on masters in float that the optimizer keeps.

using descent::AdamW;
using descent::Optimizer;
using descent::Sgd;
using Eigen::bfloat16;
using Eigen::half;
using Eigen::MatrixXf;
using test::difference;
using test::Numbers;

namespace {

template <class Narrow>
using Matrix = Eigen::Matrix<Narrow, Eigen::Dynamic, Eigen::Dynamic>;

/// Numbers that both half types represent exactly.
MatrixXf coarse(Eigen::Index rows, Eigen::Index columns, unsigned seed) {
  Numbers<float> numbers(seed);
  return numbers.plain_matrix(rows, columns).cast<bfloat16>().cast<half>().cast<bfloat16>().cast<float>();
}

template <class Tree, class Gradient, class R, class... Storage>
Tree after_steps(Tree parameters, const Gradient& gradient, const R& rule, Storage... storage) {
  Optimizer optimizer(parameters, rule, storage...);
  for (int k = 0; k < 4; ++k) optimizer.step(parameters, gradient);
  return parameters;
}

const auto rule = descent::ClipByGlobalNorm{.max_norm = 0.5} | AdamW{.learning_rate = 0.03, .amsgrad = true};

}  // namespace

TEMPLATE_TEST_CASE("parameters in half precision are what float parameters are, rounded", "", bfloat16,
                   half) {
  for (Eigen::Index rows : {0, 1, 3, 15, 16, 17, 40, 513}) {
    const MatrixXf start = coarse(rows, 9, 1), gradient = coarse(rows, 9, 2);
    const MatrixXf expected = after_steps(start, gradient, rule);
    const Matrix<TestType> narrow = start.cast<TestType>();
    CAPTURE(rows);
    const MatrixXf rounded = expected.cast<TestType>().template cast<float>();
    CHECK(difference(after_steps(narrow, gradient, rule).template cast<float>(), rounded) == "");
    const Matrix<TestType> narrow_gradient = gradient.cast<TestType>();
    CHECK(difference(after_steps(narrow, narrow_gradient, rule).template cast<float>(), rounded) == "");
    const Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor> by_rows = gradient;
    CHECK(difference(after_steps(narrow, by_rows, rule).template cast<float>(), rounded) == "");
    CHECK(difference(after_steps(narrow, 0.5F * (gradient + gradient), rule).template cast<float>(),
                     rounded) == "");
  }
}

TEMPLATE_TEST_CASE("strided, row-major and fixed-size blocks of half precision are stepped alike", "",
                   bfloat16, half) {
  const MatrixXf start = coarse(5, 7, 3), gradient = coarse(5, 7, 4);
  const MatrixXf expected = after_steps(start, gradient, rule).cast<TestType>().template cast<float>();
  Matrix<TestType> buffer = Matrix<TestType>::Constant(20, 20, TestType(1.0F));
  auto part = buffer.block(3, 2, 5, 7);
  part = start.cast<TestType>();
  Optimizer optimizer(part, rule);
  for (int k = 0; k < 4; ++k) optimizer.step(part, gradient);
  CHECK(difference(part.template cast<float>(), expected) == "");
  using RowMajor = Eigen::Matrix<TestType, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  CHECK(difference(after_steps(RowMajor(start.cast<TestType>()), gradient, rule).template cast<float>(),
                   expected) == "");
  using Fixed = Eigen::Matrix<TestType, 5, 7>;
  CHECK(difference(after_steps(Fixed(start.cast<TestType>()), gradient, rule).template cast<float>(),
                   expected) == "");
}

TEMPLATE_TEST_CASE("changes too small for half precision add up in the masters", "", bfloat16, half) {
  Matrix<TestType> p = Matrix<TestType>::Constant(3, 3, TestType(1.0F));
  const MatrixXf gradient = MatrixXf::Constant(3, 3, 1);
  Optimizer optimizer(p, Sgd{.learning_rate = 1e-4});  // half a unit is 2e-3 or 2.4e-4
  optimizer.step(p, gradient);
  CHECK(static_cast<float>(p(0, 0)) == 1);
  for (int k = 1; k < 1000; ++k) optimizer.step(p, gradient);
  CHECK(static_cast<float>(p(2, 2)) == Approx(0.9).epsilon(0.004));
  int masters = 0;
  optimizer.for_each_state([&](const std::string&, const std::string& name, const auto& values) {
    if (name != "master") return;
    ++masters;
    CHECK(static_cast<float>(values(1, 1)) == Approx(0.9).epsilon(1e-4));
    static_assert(sizeof(values(0, 0)) == 4);
  });
  CHECK(masters == 1);
}

TEMPLATE_TEST_CASE("a parameter that is changed from outside is where the next step starts", "", bfloat16,
                   half) {
  Matrix<TestType> p = Matrix<TestType>::Constant(3, 11, TestType(1.0F));
  const MatrixXf gradient = MatrixXf::Constant(3, 11, 1);
  Optimizer optimizer(p, Sgd{.learning_rate = 0.25});
  optimizer.step(p, gradient);
  p(2, 10) = TestType(3.0F);
  optimizer.step(p, gradient);
  CHECK(static_cast<float>(p(2, 10)) == 2.75F);
  CHECK(static_cast<float>(p(0, 0)) == 0.5F);
}

TEST_CASE("half precision goes with state in bfloat16, with other blocks in float, and with whole matrices") {
  const MatrixXf start = coarse(20, 30, 5), gradient = coarse(20, 30, 6);
  const MatrixXf in_float = after_steps(start, gradient, rule, descent::StateInBfloat16{.seed = 3});
  const Matrix<bfloat16> narrow = start.cast<bfloat16>();
  CHECK(difference(after_steps(narrow, gradient, rule, descent::StateInBfloat16{.seed = 3}).cast<float>(),
                   in_float.cast<bfloat16>().cast<float>()) == "");
  const auto mixed = after_steps(std::tuple(narrow, start), std::tie(gradient, gradient), AdamW{});
  const MatrixXf alone = after_steps(start, gradient, AdamW{});
  CHECK(difference(std::get<1>(mixed), alone) == "");
  CHECK(difference(std::get<0>(mixed).cast<float>(), alone.cast<bfloat16>().cast<float>()) == "");
  const MatrixXf turned = after_steps(start, gradient, descent::Muon{.weight_decay = 0.1});
  CHECK(difference(after_steps(narrow, gradient, descent::Muon{.weight_decay = 0.1}).cast<float>(),
                   turned.cast<bfloat16>().cast<float>()) == "");
}
