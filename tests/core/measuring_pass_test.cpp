// SPDX-License-Identifier: MIT
#include "support/bits.hpp"
#include "support/catch.hpp"

#include <descent/core/chain.hpp>
#include <descent/core/optimizer.hpp>
#include <descent/transforms/clip/clip_by_value.hpp>

#include <cmath>
#include <tuple>
#include <utility>
#include <vector>

using descent::Optimizer;
using descent::Scope;
using descent::Step;
using test::Matrix;
using test::Numbers;
using test::same_bits;

namespace {

double told_sum = 0, told_largest = 0, told_count = 0;

/// Returns the sum of squares of its input, and the number of elements.
template <Scope over>
struct TellSquares {
  static constexpr descent::RuleTraits traits{.measures = over};
  template <class V>
  struct Measured {
    V sum, count;
  };
  template <class V>
  static void measure(V u, V, Measured<V>& sums) {
    sums.sum = fma(u, u, sums.sum);
    sums.count += V(1);
  }
  template <class S>
  struct Coefficients {
    S one;
  };
  Coefficients<double> coefficients(Step, const Measured<double>& measured) const {
    told_sum = measured.sum;
    told_count = measured.count;
    return {1};
  }
  template <class V, class C>
  static V update(V u, V, const C& c) {
    return c.one * u;
  }
};

/// Returns the largest absolute value of the parameters.
struct TellLargest {
  static constexpr descent::RuleTraits traits{.measures = Scope::tree, .fold = descent::Fold::maximum};
  template <class V>
  struct Measured {
    V largest;
  };
  template <class V>
  static void measure(V, V p, Measured<V>& sums) {
    sums.largest = max(sums.largest, abs(p));
  }
  template <class S>
  struct Coefficients {
    S one;
  };
  Coefficients<double> coefficients(Step, const Measured<double>& measured) const {
    told_largest = measured.largest;
    return {1};
  }
  template <class V, class C>
  static V update(V u, V, const C& c) {
    return c.one * u;
  }
};

template <class R, class G>
double sum_told_by(const R& rule, const G& gradient) {
  auto parameters = descent::zeros_like(gradient);
  Optimizer optimizer(parameters, rule);
  optimizer.step(parameters, gradient);
  return told_sum;
}

}  // namespace

TEMPLATE_TEST_CASE("a sum of squares is exact to the last digits of double, for every length", "", float,
                   double) {
  using S = TestType;
  Numbers<S> numbers(4);
  for (Eigen::Index size : {0, 1, 2, 15, 16, 17, 31, 33, 100, 511, 513, 4095, 4096, 4097, 9000, 100'000}) {
    const Matrix<S> gradient = numbers.matrix(size, 1);
    long double exact = 0;
    for (const S x : gradient.reshaped()) exact += static_cast<long double>(x) * static_cast<long double>(x);
    for (const double told : {sum_told_by(TellSquares<Scope::block>{}, gradient),
                              sum_told_by(TellSquares<Scope::tree>{}, gradient)}) {
      CAPTURE(size, told, static_cast<double>(exact));
      CHECK(std::abs(static_cast<double>(static_cast<long double>(told) - exact)) <=
            1e-15 * static_cast<double>(exact));
      CHECK(told_count == static_cast<double>(size));
    }
  }
}

TEMPLATE_TEST_CASE("a measurement does not depend on the layout", "", float, double) {
  using S = TestType;
  Numbers<S> numbers(5);
  const Eigen::Index rows = 97, columns = 101;  // more than two chunks, and not a multiple of anything
  const Matrix<S> gradient = numbers.matrix(rows, columns);
  const double expected = sum_told_by(TellSquares<Scope::tree>{}, gradient);

  Matrix<S> buffer = Matrix<S>::Constant(3 * rows, 2 * columns, 1);
  auto told_with = [&](auto&& parameters, const auto& g) {
    Optimizer optimizer(parameters, TellSquares<Scope::tree>{});
    optimizer.step(parameters, g);
    return told_sum;
  };
  const Eigen::Matrix<S, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor> by_rows = gradient;
  CHECK(same_bits(told_with(buffer.block(1, 1, rows, columns), gradient), expected));
  CHECK(same_bits(told_with(buffer.block(1, 1, rows, columns), by_rows), expected));
  CHECK(same_bits(told_with(buffer.block(0, 0, rows, columns), S(1) * gradient), expected));
  using Strided = Eigen::Map<Matrix<S>, 0, Eigen::Stride<Eigen::Dynamic, Eigen::Dynamic>>;
  CHECK(same_bits(told_with(Strided(buffer.data(), rows, columns, {3 * rows, 3}), gradient), expected));
  for (Eigen::Index offset : {1, 2, 3, 7})
    CHECK(same_bits(told_with(Eigen::Map<Matrix<S>>(buffer.data() + offset, rows, columns), gradient),
                    expected));
  std::vector<Matrix<S>> in_a_tree = {gradient};
  CHECK(same_bits(sum_told_by(TellSquares<Scope::tree>{}, in_a_tree), expected));
}

template <class S, int size>
void check_fixed_size() {
  Numbers<S> numbers(size);
  const Matrix<S> gradient = numbers.matrix(size, 1), after = numbers.matrix(5, 1);
  const Eigen::Matrix<S, size, 1> fixed = gradient;
  const Eigen::Matrix<S, 5, 1> fixed_after = after;
  const auto rule = descent::ClipByValue{.max_value = 0.5} | TellSquares<Scope::tree>{};
  CAPTURE(size);
  CHECK(same_bits(sum_told_by(TellSquares<Scope::tree>{}, fixed),
                  sum_told_by(TellSquares<Scope::tree>{}, gradient)));
  CHECK(told_count == size);
  CHECK(same_bits(sum_told_by(rule, std::tuple(fixed, fixed_after)),
                  sum_told_by(rule, std::tuple(gradient, after))));
  CHECK(told_count == size + 5);
}

TEMPLATE_TEST_CASE("a measurement of a block of fixed size is that of a dynamic one", "", float, double) {
  []<int... size>(std::integer_sequence<int, size...>) {
    (check_fixed_size<TestType, size>(), ...);
  }(std::integer_sequence<int, 1, 3, 8, 15, 16, 17, 31, 32, 33, 50, 63, 64, 65>());
}

TEST_CASE("float and double give one sum for the same numbers") {
  Numbers<float> numbers(6);
  const Matrix<float> gradient = numbers.matrix(70, 71);
  const Matrix<double> wide = gradient.cast<double>();
  CHECK(same_bits(sum_told_by(TellSquares<Scope::tree>{}, gradient),
                  sum_told_by(TellSquares<Scope::tree>{}, wide)));
}

TEST_CASE(
    "a measurement over the tree adds up the blocks, a measurement over a block is of that block alone") {
  const std::tuple gradient(Eigen::MatrixXf(Eigen::MatrixXf::Constant(2, 3, 2)), Eigen::Vector3d(1, 2, 3));
  CHECK(sum_told_by(TellSquares<Scope::tree>{}, gradient) == 24 + 14);
  CHECK(told_count == 9);
  CHECK(sum_told_by(TellSquares<Scope::block>{}, gradient) == 14);  // the last one
  CHECK(told_count == 3);
}

TEST_CASE("a measurement sees what the rules before it make of the gradient") {
  const Eigen::VectorXd gradient = Eigen::VectorXd::LinSpaced(5, -2, 2);
  CHECK(sum_told_by(descent::ClipByValue{.max_value = 1.5} | TellSquares<Scope::tree>{}, gradient) ==
        2 * (2.25 + 1));
  CHECK(sum_told_by(descent::ClipByValue{.max_value = 1.5} | TellSquares<Scope::block>{}, gradient) ==
        2 * (2.25 + 1));
  CHECK(sum_told_by(descent::chain(TellSquares<Scope::tree>{}, descent::ClipByValue{.max_value = 1.5}),
                    gradient) == 10);
}

TEST_CASE("a measurement may be a maximum") {
  std::tuple parameters(Eigen::MatrixXf(Eigen::MatrixXf::Constant(70, 3, 2)), Eigen::Vector3d(1, -7.5, 3),
                        Eigen::VectorXd(0));
  std::get<0>(parameters)(69, 2) = -6;
  const auto gradient = descent::zeros_like(parameters);
  Optimizer optimizer(parameters, TellLargest{});
  optimizer.step(parameters, gradient);
  CHECK(told_largest == 7.5);
  std::get<1>(parameters).setZero();
  optimizer.step(parameters, gradient);
  CHECK(told_largest == 6);
}
