// SPDX-License-Identifier: MIT
#include "support/bits.hpp"
#include "support/catch.hpp"

#include <descent/linalg/pack_product.hpp>

using descent::simd::Product;

namespace {

template <class S>
void check_products(Eigen::Index rows, Eigen::Index columns, Eigen::Index depth) {
  INFO(rows << " x " << depth << " x " << columns << " of " << sizeof(S) << " bytes");
  using Matrix = test::Matrix<S>;
  test::Numbers<S> numbers(1);
  const Matrix a = numbers.plain_matrix(rows, depth), b = numbers.plain_matrix(depth, columns),
               c = numbers.plain_matrix(rows, columns);
  const S tolerance = std::is_same_v<S, float> ? S(1e-4) : S(1e-12);
  Product<S> product;
  product.prepare(rows, columns, depth);
  Matrix result = c;
  product.add(result, S(2), a, b);
  CHECK(result.isApprox(c + S(2) * a * b, tolerance));
  const Matrix a_by_rows = a.transpose(), b_by_rows = b.transpose();
  product.multiply(result, S(1), a_by_rows.transpose(), b_by_rows.transpose());
  CHECK(result.isApprox(a * b, tolerance));

  product.prepare(rows, rows, depth);
  Matrix square = numbers.plain_matrix(rows, rows);
  const Matrix before = square;
  product.add_to_lower(square, S(3), a, a.transpose());
  const Matrix expected = before + S(3) * a * a.transpose();
  CHECK(Matrix(square.template triangularView<Eigen::Lower>())
            .isApprox(Matrix(expected.template triangularView<Eigen::Lower>()), tolerance));
  CHECK(Matrix(square.template triangularView<Eigen::StrictlyUpper>()) ==
        Matrix(before.template triangularView<Eigen::StrictlyUpper>()));
}

}  // namespace

TEST_CASE("products in kept memory are products, and symmetric ones touch one triangle") {
  for (const auto& [rows, columns, depth] :
       {std::array{1, 1, 1}, {3, 5, 2}, {40, 1, 300}, {1, 200, 7}, {97, 193, 95}, {600, 530, 20}}) {
    check_products<float>(rows, columns, depth);
    check_products<double>(rows, columns, depth);
  }
  check_products<long double>(7, 5, 6);
}

TEST_CASE("products that were not prepared for, and empty ones") {
  Product<double> product;
  const Eigen::MatrixXd a = Eigen::MatrixXd::Random(30, 20), b = Eigen::MatrixXd::Random(20, 40);
  Eigen::MatrixXd c(30, 40);
  product.multiply(c, 1, a, b);
  CHECK(c.isApprox(a * b, 1e-12));
  product.prepare(300, 200, 0);
  product.prepare(0, 200, 300);
  product.prepare(300, 0, 200);
  Eigen::MatrixXd none(0, 40);
  product.multiply(none, 1, a.topRows(0), b);
  product.multiply(c, 1, a.leftCols(0), b.topRows(0));
  CHECK(c.isZero(0));
}

TEMPLATE_TEST_CASE("the number of threads does not change a product", "", float, double) {
  using Matrix = test::Matrix<TestType>;
  test::Numbers<TestType> numbers(2);
  for (const auto& [rows, columns, depth] :
       {std::array{400, 700, 300}, {133, 431, 77}, {65, 1203, 301}, {509, 101, 1000}}) {
    const Matrix a = numbers.plain_matrix(rows, depth), b = numbers.plain_matrix(depth, columns);
    auto products_with = [&, m = rows, n = columns, k = depth](int threads) {
      descent::set_threads(threads);
      Product<TestType> product;
      product.prepare(m, n, k);
      product.prepare(m, m, k);
      Matrix c(m, n), square = Matrix::Constant(m, m, TestType(0.7));
      product.multiply(c, 1, a, b);
      product.add_to_lower(square, TestType(1.3), a,
                           a.transpose());  // a factor of 1 rounds nothing
      descent::set_threads(0);
      return std::pair(c, square);
    };
    const auto alone = products_with(1);
    for (const int threads : {2, 3, 8}) {
      const auto together = products_with(threads);
      CHECK(test::difference(together.first, alone.first) == "");
      CHECK(test::difference(together.second, alone.second) == "");
    }
  }
}
