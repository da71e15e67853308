// SPDX-License-Identifier: MIT
#include <descent/training/problem/samples.hpp>

#include <Eigen/Core>

#include "support/catch.hpp"
#include "training/support.hpp"

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

using namespace descent;
using namespace training_test;

namespace {

struct Numbers {
  std::int64_t size() const { return 3; }
  std::span<const Eigen::Index> batch(std::span<const Eigen::Index> samples) const { return samples; }
};
struct NoBatch {
  std::int64_t size() const { return 3; }
};
static_assert(Dataset<Numbers>);
static_assert(Dataset<const Numbers>);
static_assert(!Dataset<NoBatch>);
static_assert(!Dataset<Eigen::MatrixXd>);

using Both = Samples<const Eigen::MatrixXd&, const Eigen::RowVectorXi&>;
static_assert(Dataset<Both> && Dataset<const Both>);
static_assert(detail::FillsBuffers<const Both>);
static_assert(std::is_same_v<Both::Batch, SampleBatch<Eigen::MatrixXd, Eigen::RowVectorXi>>);

const std::array<Eigen::Index, 3> chosen{4, 0, 4};

Eigen::MatrixXd numbers() {
  Eigen::MatrixXd inputs(2, 5);
  inputs << 0, 1, 2, 3, 4, 10, 11, 12, 13, 14;
  return inputs;
}

}  // namespace

TEST_CASE("samples: columns of matrices, entries of vectors") {
  const Eigen::MatrixXd inputs = numbers();
  const Eigen::RowVectorXi row = Eigen::RowVectorXi::LinSpaced(5, 0, 4);
  const Eigen::VectorXf column = Eigen::VectorXf::LinSpaced(5, 0, 4);
  const std::vector<int> list{0, 1, 2, 3, 4};

  const Samples with_row{inputs, row};
  CHECK(with_row.size() == 5);
  const auto batch = with_row.batch(chosen);
  CHECK(batch.size() == 3);
  CHECK(batch.inputs == (Eigen::MatrixXd(2, 3) << 4, 0, 4, 14, 10, 14).finished());
  CHECK(batch.targets == Eigen::RowVector3i(4, 0, 4));

  const auto with_column = Samples{inputs, column}.batch(chosen);
  static_assert(std::is_same_v<decltype(with_column.targets), Eigen::VectorXf>);
  CHECK(with_column.targets == Eigen::Vector3f(4, 0, 4));
  const auto with_list = Samples{inputs, list}.batch(chosen);
  CHECK(with_list.targets == std::vector<int>{4, 0, 4});
  CHECK(Samples{inputs, row}.all().inputs == inputs);
}

TEST_CASE("samples: lvalues by reference, temporaries by value, views as views") {
  Eigen::MatrixXd inputs = numbers();
  const Eigen::RowVectorXd targets = Eigen::RowVectorXd::Zero(5);
  const Samples by_reference{inputs, targets};
  const Samples by_value{numbers(), Eigen::RowVectorXd::Zero(5)};
  const Samples by_view{inputs.rightCols(2), targets.tail(2)};
  const Samples by_expression{2 * inputs, targets};
  inputs(0, 4) = 100;
  CHECK(by_reference.batch(chosen).inputs(0, 0) == 100);
  CHECK(by_value.batch(chosen).inputs(0, 0) == 4);
  CHECK(by_expression.batch(chosen).inputs(0, 0) == 8);
  CHECK(by_view.size() == 2);
  CHECK(by_view.all().inputs(0, 1) == 100);
}

TEST_CASE("samples: the buffer is reused") {
  const Eigen::MatrixXd inputs = numbers();
  const Samples data{inputs, inputs};
  auto buffer = data.batch(chosen);
  const double* memory = buffer.inputs.data();
  data.batch(std::array<Eigen::Index, 3>{1, 2, 3}, buffer);
  CHECK(buffer.inputs.data() == memory);
  CHECK(buffer.inputs(1, 2) == 13);

  detail::BatchReader<const Samples<const Eigen::MatrixXd&, const Eigen::MatrixXd&>> read(data, 3);
  memory = read(chosen).inputs.data();
  CHECK(read(std::array<Eigen::Index, 1>{2}).inputs.cols() == 1);  // a partial batch has its own
  CHECK(read(chosen).inputs.data() == memory);
}

TEST_CASE("samples: numbers that differ are refused with both shapes") {
  const Eigen::MatrixXd inputs(10, 3), targets(10, 2);
  CHECK(message_of([&] {
          Samples{inputs, Eigen::MatrixXd(2, 4)};
        }) ==
        "descent: Samples: inputs is 10x3, targets is 2x4; both need the same number of samples, which are "
        "columns of a "
        "matrix and entries of a vector");
  CHECK(message_of([&] {
          Samples{inputs, std::vector<int>(10)};
        }) ==
        "descent: Samples: inputs is 10x3, targets is a vector of 10; both need the same number of samples, "
        "which are "
        "columns of a matrix and entries of a vector (transposed?)");
  CHECK(message_of([&] { Samples{inputs, std::vector<int>(3)}; }).empty());
}

TEST_CASE("batch reader: data without buffers returns batches of its own type") {
  const Numbers data;
  detail::BatchReader<const Numbers> read(data, 2);
  CHECK(read(chosen).data() == chosen.data());
}
