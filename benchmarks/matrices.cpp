// SPDX-License-Identifier: MIT
// Rules of whole matrices, compared with Muon written with Eigen.
#include "support/steppings.hpp"

#include <descent/optimizers/muon.hpp>

#include <algorithm>
#include <cmath>
#include <memory>

namespace bench {
namespace {

/// Muon with the default options of descent: Nesterov's average, five iterations, decay.
class MuonInEigen {
 public:
  explicit MuonInEigen(const Shape& shape)
      : model_(Model<float>::of(shape)), average_(Matrix<float>::Zero(rows(), columns())) {}

  void operator()() {
    Matrix<float>& p = model_.parameters[0];
    const Matrix<float>& g = model_.gradient[0];
    average_ = 0.95F * average_ + 0.05F * g;
    x_ = 0.95F * average_ + 0.05F * g;
    x_ /= std::max(x_.norm(), 1e-7F);
    for (int k = 0; k < 5; ++k) {
      gram_.noalias() = x_ * x_.transpose();
      polynomial_.noalias() = gram_ * gram_;
      polynomial_ = -4.775F * gram_ + 2.0315F * polynomial_;
      next_.noalias() = polynomial_ * x_;
      x_ = 3.4445F * x_ + next_;
    }
    p -= 1e-3F * (x_ + 0.1F * p);
  }
  std::int64_t parameters() const { return rows() * columns(); }
  double bytes() const { return 0; }

 private:
  Eigen::Index rows() const { return model_.gradient[0].rows(); }
  Eigen::Index columns() const { return model_.gradient[0].cols(); }

  Model<float>& model_;
  Matrix<float> average_, x_, next_, gram_, polynomial_;
};

}  // namespace

void register_cases(const Options& options) {
  for (const Eigen::Index side : {256, 512, 1024}) {
    const Shape shape = one_block(std::to_string(side) + " x " + std::to_string(side), side, side);
    const Case in_eigen{"Eigen arrays", "Muon", shape.name};
    add(options, in_eigen, [=] { return MuonInEigen(shape); });
    Case ours{"descent", "Muon", shape.name};
    ours.reference = in_eigen.name();
    add_one_block<float>(options, ours, shape, descent::Muon{});
  }
}

}  // namespace bench
