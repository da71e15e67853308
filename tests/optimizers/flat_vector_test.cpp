// SPDX-License-Identifier: MIT
#include "support/bits.hpp"
#include "support/catch.hpp"

#include <descent/optimizers/lbfgs/flat_vector.hpp>

#include <Eigen/Core>

#include <limits>
#include <tuple>
#include <type_traits>

using namespace descent::detail;
using Eigen::MatrixXd;
using Eigen::VectorXd;

namespace {

using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

}  // namespace

TEST_CASE("a tree as one vector: block after block, column by column in any storage order") {
  const MatrixXd matrix = (MatrixXd(2, 2) << 1, 3, 2, 4).finished();
  const std::tuple tree(matrix, Eigen::Vector2f(5, 6), RowMajor(matrix));
  FlatVector<double> flat(10);
  flatten(tree, flat);
  CHECK(flat == (VectorXd(10) << 1, 2, 3, 4, 5, 6, 1, 2, 3, 4).finished());
  std::tuple back(MatrixXd(2, 2), Eigen::Vector2f(), RowMajor(2, 2));
  unflatten(flat, back);
  CHECK(std::get<0>(back) == matrix);
  CHECK(std::get<1>(back) == Eigen::Vector2f(5, 6));
  CHECK(std::get<2>(back) == matrix);
  place(back, flat, 0.5, FlatVector<double>(FlatVector<double>::Constant(10, 2)));
  CHECK(std::get<2>(back) == (matrix.array() + 1).matrix());
  CHECK(std::get<1>(back) == Eigen::Vector2f(6, 7));
}

TEST_CASE("a tree of floats is a vector of floats, any other one of doubles") {
  STATIC_REQUIRE(std::is_same_v<FlatScalar<std::tuple<Eigen::MatrixXf, Eigen::Vector3f>>, float>);
  STATIC_REQUIRE(std::is_same_v<FlatScalar<std::tuple<Eigen::MatrixXf, VectorXd>>, double>);
}

TEST_CASE("dot products are summed in double, for every length") {
  test::Numbers<double> numbers(2);
  for (Eigen::Index size = 0; size < 40; ++size) {
    const VectorXd a = numbers.plain_matrix(size, 1), b = numbers.plain_matrix(size, 1);
    CHECK(dot(a, b) == Approx(a.dot(b)).margin(1e-12));
  }
  const FlatVector<float> big = FlatVector<float>::Constant(1 << 12, 4097);
  CHECK(dot(big, big) == 4096.0 * 4097 * 4097);
}

TEST_CASE("sizes of a vector: the largest entry, the sum, the largest ratio, and whether all are finite") {
  const FlatVector<double> flat = (VectorXd(3) << 1, -4, 0).finished();
  CHECK(largest_entry(flat) == 4);
  CHECK(largest_entry(FlatVector<double>()) == 0);
  CHECK(absolute_sum(flat) == 5);
  CHECK(largest_ratio(flat, FlatVector<double>((VectorXd(3) << 1, -2, 0).finished())) == 2);
  CHECK(largest_ratio(flat, FlatVector<double>((VectorXd(3) << 0, 1, 1).finished())) ==
        std::numeric_limits<double>::infinity());
  CHECK(all_entries_finite(flat));
  CHECK_FALSE(all_entries_finite(FlatVector<double>((flat * std::numeric_limits<double>::max()).eval())));
}
