// SPDX-License-Identifier: MIT
#pragma once

#include "reference/comparison.hpp"
#include "reference/peer_options.hpp"

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

// The objectives whose formulas are in cases, and the comparison of their vectors.

namespace reference {

template <class S>
using Vector = Eigen::Matrix<S, Eigen::Dynamic, 1>;

template <class S>
Vector<S> vector_of(const nlohmann::json& entries) {
  const auto values = entries.get<std::vector<double>>();
  return Eigen::Map<const Eigen::VectorXd>(values.data(), static_cast<Eigen::Index>(values.size())).cast<S>();
}

/// x.A.x/2 - b.x, or Rosenbrock's valley in any dimension.
template <class S>
class Objective {
 public:
  explicit Objective(const nlohmann::json& description) {
    const std::string kind = description.at("kind");
    if (kind == "quadratic") {
      const Eigen::Index rows = description.at("rows");
      matrix_ = vector_of<S>(description.at("A")).reshaped(rows, rows);
      slope_ = vector_of<S>(description.at("b"));
    } else if (kind != "rosenbrock") {
      throw Unsupported("objective " + kind);
    }
  }

  double operator()(const Vector<S>& x, Vector<S>& gradient) const {
    if (matrix_.size() == 0) return rosenbrock(x, gradient);
    gradient = matrix_ * x - slope_;
    return static_cast<double>(S(0.5) * x.dot(matrix_ * x) - slope_.dot(x));
  }

 private:
  static double rosenbrock(const Vector<S>& x, Vector<S>& gradient) {
    gradient.setZero(x.size());
    S loss = 0;
    for (Eigen::Index i = 0; i + 1 < x.size(); ++i) {
      const S curve = x[i + 1] - x[i] * x[i], left = 1 - x[i];
      loss += 100 * curve * curve + left * left;
      gradient[i] -= 400 * x[i] * curve + 2 * left;
      gradient[i + 1] += 200 * curve;
    }
    return static_cast<double>(loss);
  }

  Eigen::Matrix<S, Eigen::Dynamic, Eigen::Dynamic> matrix_;
  Vector<S> slope_;
};

template <class S>
std::optional<std::string> compare_vector(const char* what, std::size_t step, const Vector<S>& got,
                                          const nlohmann::json& expected, double tolerance) {
  for (Eigen::Index i = 0; i < got.size(); ++i) {
    const double right = expected.at(static_cast<std::size_t>(i)), value = static_cast<double>(got[i]);
    if (agrees(value, right, tolerance)) continue;
    return disagreement(
        std::string(what) + " of step " + std::to_string(step) + ", entry " + std::to_string(i), right, value,
        tolerance);
  }
  return std::nullopt;
}

}  // namespace reference
