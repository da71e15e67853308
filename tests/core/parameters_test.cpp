// SPDX-License-Identifier: MIT
#include "support/catch.hpp"
#include "support/layer.hpp"

#include <descent/core/parameters.hpp>

#include <array>
#include <span>
#include <string>
#include <tuple>
#include <vector>

using descent::for_each_block;
using descent::named;
using descent::parameter_count;
using descent::zeros_like;
using Eigen::MatrixXd;
using Eigen::VectorXd;
using test::Layer;

namespace {

struct Network {
  Layer first, second;
  std::vector<MatrixXd> blocks{MatrixXd::Ones(1, 1), MatrixXd::Ones(2, 2)};
  std::array<Layer, 2> pair;
  std::tuple<VectorXd, Eigen::Vector3d> rest{VectorXd::Ones(4), Eigen::Vector3d::Ones()};
  int not_a_parameter = 7;
  DESCENT_PARAMETERS(first, second, blocks, pair, rest)
};

struct WithoutMacro {
  MatrixXd weights = MatrixXd::Ones(2, 2);
  Eigen::ArrayXXd scale = Eigen::ArrayXXd::Ones(1, 2);
  static auto parameters(auto& self) { return std::tie(self.weights, self.scale); }
};

struct WithNames {
  MatrixXd a = MatrixXd::Ones(1, 2), b = MatrixXd::Ones(2, 1);
  auto parameters() { return std::tuple(named("alpha", a), named("beta", b)); }
  auto parameters() const { return std::tuple(named("alpha", a), named("beta", b)); }
};

template <class Tree>
std::vector<std::string> paths_of(Tree&& tree) {
  std::vector<std::string> paths;
  for_each_block([&](const auto&, const std::string& path) { paths.push_back(path); }, tree);
  return paths;
}

template <class Tree>
double sum_of(Tree&& tree) {
  double sum = 0;
  for_each_block([&](const auto& block) { sum += static_cast<double>(block.sum()); }, tree);
  return sum;
}

using Paths = std::vector<std::string>;

}  // namespace

TEST_CASE("blocks have the names of their members, nested, and of their places") {
  Network network;
  CHECK(paths_of(network) == Paths{"first.weights", "first.bias", "second.weights", "second.bias",
                                   "blocks[0]", "blocks[1]", "pair[0].weights", "pair[0].bias",
                                   "pair[1].weights", "pair[1].bias", "rest[0]", "rest[1]"});
  const Network& constant = network;
  CHECK(paths_of(constant) == paths_of(network));
  CHECK(parameter_count(network) == 4 * 8 + 1 + 4 + 7);
}

TEST_CASE("without names the path is the place") {
  MatrixXd matrix = MatrixXd::Ones(2, 2);
  VectorXd vector = VectorXd::Ones(3);
  CHECK(paths_of(matrix) == Paths{"parameters"});
  CHECK(paths_of(std::tie(matrix, vector)) == Paths{"[0]", "[1]"});
  CHECK(paths_of(WithoutMacro{}) == Paths{"[0]", "[1]"});
  CHECK(paths_of(std::pair{matrix, std::array{vector, vector}}) == Paths{"[0]", "[1][0]", "[1][1]"});
}

TEST_CASE("named trees carry their names, alone and inside of others") {
  MatrixXd matrix = MatrixXd::Ones(2, 2);
  VectorXd vector = VectorXd::Ones(3);
  CHECK(paths_of(named("w", matrix)) == Paths{"w"});
  CHECK(paths_of(std::tuple(named("w", matrix), named("b", vector), matrix)) == Paths{"w", "b", "[2]"});
  CHECK(paths_of(named("layer", std::tie(matrix, vector))) == Paths{"layer[0]", "layer[1]"});
  CHECK(paths_of(named("layer", std::tuple(named("w", matrix)))) == Paths{"layer.w"});
  CHECK(paths_of(named("net", Layer{})) == Paths{"net.weights", "net.bias"});
  CHECK(paths_of(WithNames{}) == Paths{"alpha", "beta"});
  CHECK(paths_of(std::vector{WithNames{}, WithNames{}}) ==
        Paths{"[0].alpha", "[0].beta", "[1].alpha", "[1].beta"});
}

TEST_CASE("named refers to what has a name of its own and keeps a temporary") {
  MatrixXd matrix = MatrixXd::Zero(2, 2);
  auto reference = named("w", matrix);
  reference.tree(0, 0) = 5;
  CHECK(matrix(0, 0) == 5);
  auto kept = named("w", MatrixXd(MatrixXd::Ones(2, 2)));
  STATIC_REQUIRE(std::is_same_v<decltype(kept.tree), MatrixXd>);
  auto view = named("w", Eigen::Map<MatrixXd>(matrix.data(), 2, 2));
  view.tree.setOnes();
  CHECK(matrix.sum() == 4);
}

TEST_CASE("for_each_block can change the blocks, in the order of the tree") {
  Layer layer;
  int next = 0;
  for_each_block([&](auto& block) { block.setConstant(++next); }, layer);
  CHECK(layer.weights.isConstant(1));
  CHECK(layer.bias.isConstant(2));
  std::vector<VectorXd> vectors(3, VectorXd::Zero(2));
  for_each_block([](auto& block) { block.setOnes(); }, std::span(vectors));
  CHECK(vectors[2].sum() == 2);
}

TEST_CASE("zeros_like gives the same structure, cleared") {
  Network network;
  const Network zeros = zeros_like(network);
  CHECK(parameter_count(zeros) == parameter_count(network));
  CHECK(sum_of(zeros) == 0);
  CHECK(sum_of(network) == static_cast<double>(parameter_count(network)));
  CHECK(zeros.not_a_parameter == 7);
  const WithoutMacro without = zeros_like(WithoutMacro{});
  CHECK((without.weights.rows() == 2 && sum_of(without) == 0));
}

TEST_CASE("zeros_like gives owned blocks for references, views and expressions of memory") {
  MatrixXd matrix = MatrixXd::Ones(4, 4);
  VectorXd vector = VectorXd::Ones(3);
  const auto of_references = zeros_like(std::tie(matrix, vector));
  STATIC_REQUIRE(std::is_same_v<decltype(of_references), const std::tuple<MatrixXd, VectorXd>>);
  CHECK((std::get<0>(of_references).isZero() && std::get<1>(of_references).size() == 3));
  CHECK(matrix.isOnes());

  const auto of_map = zeros_like(Eigen::Map<VectorXd>(matrix.data(), 5));
  STATIC_REQUIRE(std::is_same_v<decltype(of_map), const VectorXd>);
  CHECK((of_map.size() == 5 && of_map.isZero()));
  CHECK(zeros_like(matrix.block(1, 1, 2, 3)).cols() == 3);
  STATIC_REQUIRE(std::is_same_v<decltype(zeros_like(Eigen::Array<float, 2, 2, Eigen::RowMajor>{})),
                                Eigen::Array<float, 2, 2, Eigen::RowMajor>>);

  std::vector<VectorXd> vectors(3, VectorXd::Ones(2));
  STATIC_REQUIRE(std::is_same_v<decltype(zeros_like(vectors)), std::vector<VectorXd>>);
  STATIC_REQUIRE(std::is_same_v<decltype(zeros_like(std::span(vectors))), std::vector<VectorXd>>);
  CHECK(zeros_like(std::span(vectors)).size() == 3);
  STATIC_REQUIRE(std::is_same_v<decltype(zeros_like(std::array{vector, vector})), std::array<VectorXd, 2>>);
  STATIC_REQUIRE(
      std::is_same_v<decltype(zeros_like(std::pair{vector, matrix})), std::tuple<VectorXd, MatrixXd>>);

  const auto of_named = zeros_like(named("w", matrix));
  CHECK(paths_of(of_named) == Paths{"w"});
  CHECK(sum_of(of_named) == 0);
  CHECK(matrix.isOnes());
}

TEST_CASE("empty trees and empty blocks count 0") {
  CHECK(parameter_count(std::tuple<>{}) == 0);
  CHECK(parameter_count(std::vector<MatrixXd>{}) == 0);
  CHECK(parameter_count(MatrixXd(0, 5)) == 0);
  CHECK(paths_of(std::tuple<>{}).empty());
  CHECK(zeros_like(MatrixXd(0, 5)).cols() == 5);
}

TEST_CASE("concepts tell trees and blocks from other things") {
  using descent::Block;
  using descent::ParameterTree;
  STATIC_REQUIRE(Block<MatrixXd&>);
  STATIC_REQUIRE(Block<Eigen::Map<Eigen::ArrayXf>>);
  STATIC_REQUIRE(Block<Eigen::Ref<MatrixXd, 0, Eigen::OuterStride<>>>);
  STATIC_REQUIRE(Block<Eigen::Transpose<MatrixXd>>);
  STATIC_REQUIRE(Block<decltype(std::declval<MatrixXd&>().col(0))>);
  STATIC_REQUIRE_FALSE(Block<const MatrixXd&>);
  STATIC_REQUIRE_FALSE(Block<Eigen::Map<const MatrixXd>>);
  STATIC_REQUIRE_FALSE(Block<Eigen::Ref<const MatrixXd>>);
  STATIC_REQUIRE_FALSE(Block<decltype(2 * std::declval<MatrixXd&>())>);
  STATIC_REQUIRE_FALSE(Block<double>);
  STATIC_REQUIRE(ParameterTree<Network&>);
  STATIC_REQUIRE(ParameterTree<const Network&>);
  STATIC_REQUIRE(ParameterTree<std::tuple<MatrixXd&, std::vector<Layer>>>);
  STATIC_REQUIRE(ParameterTree<WithoutMacro>);
  STATIC_REQUIRE_FALSE(ParameterTree<int>);
  STATIC_REQUIRE_FALSE(ParameterTree<std::tuple<MatrixXd, int>>);
  STATIC_REQUIRE_FALSE(ParameterTree<std::string>);
}
