// SPDX-License-Identifier: MIT
#include <descent/training/problem/model.hpp>
#include <descent/training/problem/objective.hpp>
#include <descent/training/problem/samples.hpp>

#include <Eigen/Core>

#include "support/catch.hpp"
#include "training/support.hpp"

#include <tuple>

using namespace descent;

namespace {

using Vector = Eigen::VectorXd;
struct Functor {
  float operator()(const Vector&, Vector&) const { return 1; }
};

static_assert(Objective<Functor, Vector>);
static_assert(Objective<const Functor&, Vector>);
static_assert(Objective<double (*)(const Vector&, Vector&), Vector&>);
static_assert(Objective<double (*)(const Eigen::Ref<const Vector>&, Eigen::Ref<Vector>), Eigen::Map<Vector>>);
static_assert(!Objective<double (*)(const Vector&), Vector>);
static_assert(!Objective<void (*)(const Vector&, Vector&), Vector>);
static_assert(!Objective<double (*)(Vector&, Vector&), Vector>);
static_assert(ValueObjective<double (*)(const Vector&), Vector>);

using References = std::tuple<Vector&, Eigen::MatrixXf&>;
static_assert(Objective<double (*)(const References&, std::tuple<Vector, Eigen::MatrixXf>&), References>);

// The fault that selects the compiler's sentence.
using detail::objective_fault;
using detail::ObjectiveFault;
static_assert(objective_fault<Functor, Vector>() == ObjectiveFault::none);
static_assert(objective_fault<void (*)(const Vector&, Vector&), Vector>() == ObjectiveFault::no_number);
static_assert(objective_fault<double (*)(const Vector&), Vector>() == ObjectiveFault::value_only);
static_assert(objective_fault<double (*)(Vector&, const Vector&), Vector>() ==
              ObjectiveFault::gradient_first);
static_assert(objective_fault<double (*)(Vector&, Vector&), Vector>() == ObjectiveFault::changes_parameters);
static_assert(objective_fault<int, Vector>() == ObjectiveFault::other);

using Model = training_test::Regression<double>;
using Batch = Samples<const Eigen::MatrixXd&, const Eigen::MatrixXd&>::Batch;
struct NoLoss : Model {
  void loss() const;
};
static_assert(BatchModel<Model, Batch>);
static_assert(detail::model_fault<NoLoss, Batch>() == detail::ModelFault::no_loss);

}  // namespace

TEST_CASE("objective: the gradient arrives cleared") {
  const Vector x = Vector::Ones(3);
  Vector gradient = Vector::Constant(3, 7);
  auto adding = [](const Vector& p, Vector& g) {
    g += p;
    return 2;
  };
  CHECK(detail::evaluate(adding, x, gradient) == 2.0);
  CHECK(gradient == x);
  CHECK(detail::evaluate(adding, x, gradient) == 2.0);
  CHECK(gradient == x);
}

TEST_CASE("with_loss: keeps a reference to the parameters") {
  Vector w = Vector::Zero(2);
  auto model = with_loss(std::tie(w), [](const auto& parameters, int batch, auto& gradient) {
    std::get<0>(gradient).setConstant(batch);
    return std::get<0>(parameters).sum();
  });
  w.setOnes();
  std::tuple<Vector> gradient(Vector::Zero(2));
  CHECK(detail::batch_loss(model, 3, gradient) == 2);
  CHECK(std::get<0>(gradient)[1] == 3);
  auto other = with_loss(w, [](const Vector& p, int) { return p.sum(); });
  CHECK(&other.tree == &w);
  CHECK(other.loss(0) == 2);
}
