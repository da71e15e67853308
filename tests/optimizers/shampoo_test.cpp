// SPDX-License-Identifier: MIT
#include "support/bits.hpp"
#include "support/catch.hpp"
#include "support/refusals.hpp"

#include <descent/core/optimizer.hpp>
#include <descent/optimizers/shampoo.hpp>

#include <Eigen/QR>

#include <map>

using namespace descent;
using Eigen::MatrixXd;
using Eigen::VectorXd;

namespace {

/// The parameters after some gradients, from 0.
template <class R>
MatrixXd after(const R& rule, const std::vector<MatrixXd>& gradients) {
  MatrixXd p = MatrixXd::Zero(gradients[0].rows(), gradients[0].cols());
  Optimizer optimizer(p, rule);
  for (const MatrixXd& gradient : gradients) optimizer.step(p, gradient);
  return p;
}

/// A^power of a symmetric matrix, by Eigen's own solver.
MatrixXd power_of(const MatrixXd& matrix, double power) {
  const Eigen::SelfAdjointEigenSolver<MatrixXd> solver(matrix);
  return solver.eigenvectors() * solver.eigenvalues().array().pow(power).matrix().asDiagonal() *
         solver.eigenvectors().transpose();
}

MatrixXd rotation(test::Numbers<double>& numbers, Eigen::Index size) {
  return Eigen::HouseholderQR<MatrixXd>(numbers.plain_matrix(size, size)).householderQ();
}

template <class Block, class R>
std::string slots_of(const Block& block, const R& rule) {
  Optimizer optimizer(block, rule);
  std::string text;
  optimizer.for_each_state([&](const auto&, const std::string& name, const auto& values) {
    text += name + " " + std::to_string(values.rows()) + "x" + std::to_string(values.cols()) + " ";
  });
  return text;
}

}  // namespace

TEST_CASE("eigenvalues and vectors, of every size") {
  test::Numbers<double> numbers(1);
  for (Eigen::Index size = 1; size <= 40; size += size < 6 ? 1 : 7) {
    const MatrixXd a = numbers.plain_matrix(size, size), matrix = a * a.transpose();
    detail::SymmetricEigen<MatrixXd> eigen;
    eigen.prepare(size);
    for (int again = 0; again < 2; ++again) {
      CHECK(eigen.compute(matrix));
      CHECK((eigen.vectors().transpose() * eigen.vectors()).isIdentity(1e-12));
      const auto values = VectorXd::NullaryExpr(size, [&](Eigen::Index k) { return eigen.value(k); });
      const MatrixXd rebuilt = eigen.vectors() * values.asDiagonal() * eigen.vectors().transpose();
      CHECK(rebuilt.isApprox(matrix, 1e-12));
    }
    const VectorXd largest = eigen.vectors().col(size - 1);
    for (const double scale : {0x1p800, 0x1p-800}) {  // the squares of the entries overflow or vanish
      const double value = eigen.value(size - 1);
      CHECK(eigen.compute(scale * matrix));
      CHECK(eigen.value(size - 1) == Approx(scale * value));
      CHECK(std::abs(eigen.vectors().col(size - 1).dot(largest)) == Approx(1));
      CHECK(eigen.compute(matrix));
    }
    MatrixXd broken = matrix;
    broken(size - 1, 0) = std::numeric_limits<double>::quiet_NaN();
    CHECK_FALSE(eigen.compute(broken));
    CHECK(eigen.compute(MatrixXd::Zero(size, size)));
  }
}

TEST_CASE("Shampoo by its formula") {
  test::Numbers<double> numbers(2);
  for (const bool one_after_the_other : {false, true}) {
    for (const double beta : {1.0, 0.7}) {
      std::vector<MatrixXd> gradients;
      MatrixXd l = 0.1 * MatrixXd::Identity(5, 5), r = 0.1 * MatrixXd::Identity(3, 3),
               p = MatrixXd::Zero(5, 3), b = p;
      for (int k = 0; k < 4; ++k) {
        const MatrixXd g = numbers.plain_matrix(5, 3);
        gradients.push_back(g);
        const double weight = beta < 1 ? 1 - beta : 1;
        l = beta * l + weight * g * g.transpose();
        const MatrixXd half = power_of(l, -0.3) * g, seen = one_after_the_other ? half : g;
        r = beta * r + weight * seen.transpose() * seen;
        b = 0.5 * b + half * power_of(r, -0.3);
        p -= 0.2 * b;
      }
      const Shampoo rule{.learning_rate = 0.2,
                         .momentum = 0.5,
                         .epsilon = 0.1,
                         .beta = beta,
                         .exponent = 0.3,
                         .one_after_the_other = one_after_the_other};
      CHECK(after(rule, gradients).isApprox(p, 1e-10));
    }
  }
}

TEST_CASE("Shampoo turns with the gradient") {
  test::Numbers<double> numbers(3);
  const MatrixXd left = rotation(numbers, 5), right = rotation(numbers, 4);
  std::vector<MatrixXd> plain, turned;
  for (int k = 0; k < 3; ++k) {
    plain.push_back(numbers.plain_matrix(5, 4));
    turned.push_back(left * plain.back() * right);
  }
  CHECK(after(Shampoo{}, turned).isApprox(left * after(Shampoo{}, plain) * right, 1e-8));
}

TEST_CASE("Shampoo of a vector divides by its length; long sides have diagonals") {
  const VectorXd g = VectorXd::LinSpaced(6, 1, 2);
  VectorXd p = VectorXd::Zero(6);
  Eigen::RowVectorXd q = Eigen::RowVectorXd::Zero(6);
  Optimizer optimizer(p, Shampoo{.learning_rate = 1, .epsilon = 0.5});
  optimizer.step(p, g);
  CHECK(p.isApprox(-g / std::sqrt(g.squaredNorm() + 0.5), 1e-12));
  Optimizer of_row(q, Shampoo{.learning_rate = 1, .epsilon = 0.5});
  of_row.step(q, g.transpose());
  CHECK(q.isApprox(p.transpose(), 1e-14));
  Optimizer diagonal(p, Shampoo{.learning_rate = 1, .epsilon = 0.5, .max_side = 5});
  p.setZero();
  diagonal.step(p, g);
  CHECK(p.isApprox(-(g.array() / (g.array().square() + 0.5).sqrt()).matrix(), 1e-14));

  test::Numbers<double> numbers(4);
  const MatrixXd m = numbers.plain_matrix(4, 3);
  const MatrixXd rows = (m.rowwise().squaredNorm().array() + 0.5).pow(-0.25),
                 right = power_of(m.transpose() * m + 0.5 * MatrixXd::Identity(3, 3), -0.25);
  CHECK(after(Shampoo{.learning_rate = 1, .epsilon = 0.5, .max_side = 3}, {m})
            .isApprox(-(rows.col(0).asDiagonal() * m * right), 1e-12));
}

TEST_CASE("roots are kept between refreshes, and unused before the first if an option says so") {
  test::Numbers<double> numbers(5);
  std::vector<MatrixXd> gradients;
  for (int k = 0; k < 4; ++k) gradients.push_back(numbers.plain_matrix(3, 3));
  MatrixXd p = MatrixXd::Zero(3, 3);
  Optimizer late(p, Shampoo{.refresh_every = 3, .refresh_at_first = false});
  for (int k = 0; k < 2; ++k) late.step(p, gradients[static_cast<std::size_t>(k)]);
  CHECK(p.isZero(0));
  late.step(p, gradients[2]);
  CHECK_FALSE(p.isZero(0));
  CHECK(after(Shampoo{.refresh_every = 3}, {gradients[0]}) == after(Shampoo{}, {gradients[0]}));
  const std::vector<MatrixXd> two = {gradients[0], gradients[1]};
  CHECK_FALSE(after(Shampoo{.refresh_every = 3}, two).isApprox(after(Shampoo{}, two), 1e-6));
}

TEST_CASE("momentum by feedback mixes the last direction into the gradient, decay comes behind it") {
  test::Numbers<double> numbers(6);
  const MatrixXd first = numbers.plain_matrix(3, 3), second = numbers.plain_matrix(3, 3);
  // Practically with roots of the identity: epsilon is so large that gradients do not matter.
  const double scale = std::pow(1e12, -0.25 * 2);
  const Shampoo rule{.learning_rate = 1,
                     .momentum = 0.5,
                     .epsilon = 1e12,
                     .weight_decay = 2.0,
                     .momentum_by_feedback = true};
  const MatrixXd p1 = -scale * first, mixed = 0.5 * second + 0.5 * scale * first + 2 * p1;
  CHECK(after(rule, {first, second}).isApprox(p1 - scale * mixed, 1e-9));
}

TEST_CASE("a gradient that is not finite leaves the roots as they are") {
  MatrixXd p = MatrixXd::Zero(2, 2), broken = MatrixXd::Ones(2, 2);
  broken(0, 0) = std::numeric_limits<double>::infinity();
  Optimizer optimizer(p, Shampoo{});
  optimizer.step(p, MatrixXd::Identity(2, 2));
  optimizer.step(p, broken);
  optimizer.for_each_state([&](const auto&, const std::string& name, const auto& values) {
    if (name.starts_with("inv")) CHECK(values.allFinite());
  });
}

TEST_CASE("the state of Shampoo, and reset") {
  CHECK(slots_of(MatrixXd::Zero(4, 3).eval(), Shampoo{}) ==
        "pre_cond_0 4x4 inv_pre_cond_0 4x4 pre_cond_1 3x3 inv_pre_cond_1 3x3 ");
  CHECK(slots_of(MatrixXd::Zero(4, 3).eval(), Shampoo{.momentum = 0.5, .max_side = 3}) ==
        "momentum_buffer 4x3 pre_cond_0 4x1 inv_pre_cond_0 4x1 pre_cond_1 3x3 inv_pre_cond_1 3x3 ");
  CHECK(slots_of(VectorXd::Zero(4).eval(), Shampoo{.momentum = 0.5, .momentum_by_feedback = true}) ==
        "pre_cond_0 4x4 inv_pre_cond_0 4x4 momentum_buffer 4x1 ");
  CHECK(slots_of(MatrixXd::Zero(1, 1).eval(), ScaleByShampoo{} | ScaleByShampoo{}) ==
        "pre_cond_0 1x1 inv_pre_cond_0 1x1 pre_cond_1 1x1 inv_pre_cond_1 1x1 "
        "pre_cond_0.2 1x1 inv_pre_cond_0.2 1x1 pre_cond_1.2 1x1 inv_pre_cond_1.2 1x1 ");

  test::Numbers<double> numbers(7);
  const MatrixXd gradient = numbers.plain_matrix(4, 3);
  MatrixXd p = MatrixXd::Zero(4, 3);
  Optimizer optimizer(p, Shampoo{.momentum = 0.5, .momentum_by_feedback = true});
  optimizer.step(p, gradient);
  const MatrixXd once = p;
  optimizer.step(p, gradient);
  optimizer.reset();
  p.setZero();
  optimizer.step(p, gradient);
  CHECK(p == once);
  CHECK(test::refusal_of([&] {
          optimizer.set_rule({.momentum = 0.5, .max_side = 2, .momentum_by_feedback = true});
        }).find("the new options need other state") != std::string::npos);
  optimizer.set_rule({.learning_rate = 0.5, .momentum = 0.4, .momentum_by_feedback = true});
}

TEST_CASE("what Shampoo refuses, and its preset") {
  const MatrixXd p = MatrixXd::Zero(3, 2);
  auto refusal = [&](const Shampoo& rule) { return test::refusal_of([&] { Optimizer(p, rule); }); };
  CHECK(refusal({.learning_rate = -1}) ==
        "descent: Shampoo: learning_rate is -1, must be at least 0 and finite");
  CHECK(refusal({.momentum = 1}) == "descent: Shampoo: momentum is 1, must be in [0, 1)");
  CHECK(refusal({.epsilon = -1}) == "descent: Shampoo: epsilon is -1, must be at least 0 and finite");
  CHECK(refusal({.weight_decay = -1}) ==
        "descent: Shampoo: weight_decay is -1, must be at least 0 and finite");
  CHECK(refusal({.refresh_every = 0}) ==
        "descent: Shampoo: refresh_every is 0, must be at least 1 and finite");
  CHECK(refusal({.beta = 0}) == "descent: Shampoo: beta is 0, must be in (0, 1]");
  CHECK(refusal({.exponent = 0}) == "descent: Shampoo: exponent is 0, must be greater than 0 and finite");
  CHECK(refusal({.max_side = 0}) == "descent: Shampoo: max_side is 0, must be at least 1 and finite");
  CHECK(refusal({.momentum = 2, .momentum_by_feedback = true}) ==
        "descent: Shampoo: momentum is 2, must be in [0, 1)");
  const Shampoo peer = Shampoo::like_pytorch_optimizer();
  CHECK((peer.exponent == 0.5 && peer.one_after_the_other && peer.momentum_by_feedback &&
         !peer.refresh_at_first));
}
