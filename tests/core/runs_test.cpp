// SPDX-License-Identifier: MIT
#include "support/bits.hpp"
#include "support/catch.hpp"

#include <descent/core/optimizer.hpp>
#include <descent/transforms/clip/clip_by_block_norm.hpp>
#include <descent/transforms/clip/clip_by_global_norm.hpp>
#include <descent/transforms/scale/scale_by_adam.hpp>
#include <descent/transforms/scale/scale_by_learning_rate.hpp>

#include <stdexcept>

// All kinds of blocks, and all kinds of gradients, with a few rules; properties/layout_test.cpp has all rules.

using Eigen::Dynamic;
using test::difference;
using test::Matrix;
using test::Numbers;

namespace {

template <class S>
using RowMajor = Eigen::Matrix<S, Dynamic, Dynamic, Eigen::RowMajor>;
template <class S>
using Vector = Eigen::Matrix<S, Dynamic, 1>;

/// A rule that measures block and tree before it has state, so that any dependence on the layout shows.
auto rule() {
  return descent::ClipByBlockNorm{.max_norm = 0.75} | descent::ClipByGlobalNorm{.max_norm = 0.5} |
         descent::ScaleByAdam{} | descent::ScaleByLearningRate{0.1};
}

/// Three steps, the second one with half the gradient.
template <class P, class G, class Half>
void take_steps(P& parameters, const G& gradient, const Half& half) {
  descent::Optimizer optimizer(parameters, rule());
  for (int k = 0; k < 3; ++k) {
    if (k != 1) optimizer.step(parameters, gradient);
    if (k == 1) optimizer.step(parameters, half);
  }
}
template <class P, class G>
void take_steps(P& parameters, const G& gradient) {
  descent::Optimizer optimizer(parameters, rule());
  for (int k = 0; k < 3; ++k) optimizer.step(parameters, gradient);
}

template <class S>
Matrix<S> plain_steps(Matrix<S> parameters, const Matrix<S>& gradient) {
  take_steps(parameters, gradient);
  return parameters;
}

}  // namespace

TEMPLATE_TEST_CASE("vectors of all kinds give the bits of a plain one", "", float, double) {
  using S = TestType;
  for (const Eigen::Index size : {1, 7, 16, 37, 515, 4099}) {
    CAPTURE(size);
    Numbers<S> numbers(1);
    const Matrix<S> p = numbers.matrix(size, 1), g = numbers.matrix(size, 1);
    const Matrix<S> expected = plain_steps<S>(p, g);

    Vector<S> plain = p;
    take_steps(plain, Vector<S>(g));
    CHECK(difference(plain, expected) == "");

    Matrix<S> buffer = Matrix<S>::Constant(3, size, 9);
    Eigen::Map<Vector<S>, 0, Eigen::InnerStride<>> strided(buffer.data() + 1, size, Eigen::InnerStride<>(3));
    strided = p;
    take_steps(strided, g.col(0));
    CHECK(difference(strided, expected) == "");
    CHECK((buffer.row(0).array() == S(9)).all());
    CHECK((buffer.row(2).array() == S(9)).all());

    auto row = buffer.row(2);
    row = p.transpose();
    take_steps(row, g.transpose());
    CHECK(difference(row.transpose(), expected) == "");

    auto column = buffer.transpose().col(0);
    column = p;
    take_steps(column, g.col(0));
    CHECK(difference(column, expected) == "");

    Eigen::Array<S, 1, Dynamic> array = p.transpose().array();
    take_steps(array, g.transpose().array());
    CHECK(difference(array.transpose(), expected) == "");

    auto head = plain.head(size);
    head = p;
    Eigen::Ref<Vector<S>> reference = head;
    take_steps(reference, g.col(0));
    CHECK(difference(reference, expected) == "");

    // A matrix that has one row, but not by its type.
    Matrix<S> one_row = p.transpose();
    take_steps(one_row, g.transpose());
    CHECK(difference(one_row.transpose(), expected) == "");

    Eigen::Map<Vector<S>, 0, Eigen::InnerStride<>> reversed(buffer.data() + 3 * size - 1, size,
                                                            Eigen::InnerStride<>(-3));
    reversed = p;
    take_steps(reversed, g.col(0));
    CHECK(difference(reversed, expected) == "");
  }
}

TEMPLATE_TEST_CASE("matrices of all kinds give the bits of a plain one", "", float, double) {
  using S = TestType;
  Numbers<S> numbers(2);
  const Matrix<S> p = numbers.matrix(29, 21), g = numbers.matrix(29, 21);
  const Matrix<S> expected = plain_steps<S>(p, g),
                  by_rows = plain_steps<S>(p.transpose(), g.transpose()).transpose();

  Matrix<S> buffer = Matrix<S>::Constant(60, 50, 9);
  auto block = buffer.block(3, 4, 29, 21);
  block = p;
  take_steps(block, g);
  CHECK(difference(block, expected) == "");
  auto columns = buffer.middleCols(1, 21).topRows(29);
  columns = p;
  take_steps(columns, g);
  CHECK(difference(columns, expected) == "");

  RowMajor<S> row_major = p;
  take_steps(row_major, RowMajor<S>(g));
  CHECK(difference(row_major, by_rows) == "");
  row_major = p;
  take_steps(row_major, g);  // the gradient by columns
  CHECK(difference(row_major, by_rows) == "");

  Matrix<S> nested = p.transpose();
  auto transposed = nested.transpose();
  take_steps(transposed, g);
  CHECK(difference(transposed, by_rows) == "");

  Eigen::Map<Matrix<S>, 0, Eigen::Stride<Dynamic, Dynamic>> flipped(nested.data(), 29, 21, {1, 21});
  flipped = p;  // by columns for the type, by rows in memory
  take_steps(flipped, g);
  CHECK(difference(flipped, expected) == "");

  Eigen::Array<S, Dynamic, Dynamic> array = p.array();
  take_steps(array, g);  // a matrix for an array
  CHECK(difference(array, expected) == "");

  Eigen::Matrix<S, 29, 21> fixed = p;
  take_steps(fixed, g);
  CHECK(difference(fixed, expected) == "");
  Eigen::Matrix<S, Dynamic, Dynamic, Eigen::ColMajor, 40, 40> bounded = p;
  take_steps(bounded, g);
  CHECK(difference(bounded, expected) == "");
  Eigen::Matrix<S, 29, Dynamic> half_fixed = p;
  take_steps(half_fixed, g);
  CHECK(difference(half_fixed, expected) == "");
}

TEMPLATE_TEST_CASE("a gradient may be any expression", "", float, double) {
  using S = TestType;
  Numbers<S> numbers(3);
  const Matrix<S> p = numbers.matrix(19, 23), g = numbers.matrix(19, 23);
  Matrix<S> expected = p;
  take_steps(expected, Matrix<S>(S(2) * g), Matrix<S>(S(0.5) * g));
  auto check = [&](const auto& twice, const auto& half) {
    Matrix<S> parameters = p;
    take_steps(parameters, twice, half);
    CHECK(difference(parameters, expected) == "");
  };
  const Matrix<S> turned = g.transpose(), quarter = g / S(4);
  const RowMajor<S> by_rows = g;
  check(S(2) * g, g / S(2));
  check(g + g, quarter + quarter);
  check(S(2) * turned.transpose(), (turned * S(0.5)).transpose());
  check(S(2) * by_rows, S(0.5) * by_rows);
  check((g.array() * S(2)).matrix(), (g.array() / S(2)).matrix());
  check(g.unaryExpr([](S x) { return 2 * x; }), g.unaryExpr([](S x) { return x / 2; }));
  check(g.binaryExpr(g, [](S x, S y) { return x + y; }), quarter + quarter.unaryExpr([](S x) { return x; }));
  check(g.reverse().reverse() * S(2), (S(0.5) * g).eval());
  const Matrix<S> identity = Matrix<S>::Identity(23, 23);
  check(g * (S(2) * identity), g * identity * S(0.5));
  check((g.array() == g.array()).select(S(2) * g, S(0)), S(0.5) * g.block(0, 0, 19, 23));
  check(S(2) * Eigen::Map<const Matrix<S>>(g.data(), 19, 23),
        S(0.5) * g.template cast<long double>().template cast<S>());

  Matrix<S> constant = Matrix<S>::Ones(3, 3), same = constant;
  take_steps(constant, Matrix<S>::Constant(3, 3, S(2)));
  take_steps(same, Matrix<S>(Matrix<S>::Constant(3, 3, S(2))));
  CHECK(difference(constant, same) == "");
}

TEST_CASE("a gradient may depend on the parameters element by element") {
  Eigen::MatrixXd p = Eigen::MatrixXd::Constant(40, 30, 0.5), expected = p;
  take_steps(p, 2 * p);
  descent::Optimizer optimizer(expected, rule());
  for (int k = 0; k < 3; ++k) optimizer.step(expected, Eigen::MatrixXd(2 * expected));
  CHECK(difference(p, expected) == "");
}

TEST_CASE("a random gradient is drawn once for all passes") {
  Eigen::MatrixXd p = Eigen::MatrixXd::Zero(9, 9);
  descent::Optimizer optimizer(
      p, descent::ClipByGlobalNorm{.max_norm = 0.5, .epsilon = 0} | descent::ScaleByLearningRate{1});
  optimizer.step(p, Eigen::MatrixXd::Random(9, 9));
  CHECK(p.norm() == Approx(0.5));
}

TEST_CASE("a functor deep inside of an expression may throw") {
  Eigen::MatrixXd p = Eigen::MatrixXd::Ones(40, 30);
  descent::Optimizer optimizer(p, rule());
  auto thrown = [](double) -> double { throw std::runtime_error("no"); };
  CHECK_THROWS_AS(optimizer.step(p, 2 * (p + p.unaryExpr(thrown))), std::runtime_error);
  CHECK_THROWS_AS(
      optimizer.step(p, Eigen::MatrixXd::NullaryExpr(
                            40, 30, [](Eigen::Index) -> double { throw std::runtime_error("no"); })),
      std::runtime_error);
  CHECK(optimizer.steps() == 0);
  CHECK(p.isOnes(0));
}
