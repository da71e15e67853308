// SPDX-License-Identifier: MIT
// Time and memory of one gradient by one tool: -DDESCENT_TOOL_adolc, _ceres_jet, _autodiff, _numerical_gradient
// or _by_hand. write_only_the_loss.sh compiles and runs a program for each.
//
//   write_only_the_loss small|dynamic|medium|digits      16 (of fixed size), 16, 112 or 17 226 parameters
#include <descent/core/parameters.hpp>
#if defined(DESCENT_TOOL_adolc)
#include <descent/training/problem/adolc.hpp>
#elif defined(DESCENT_TOOL_ceres_jet)
#include <descent/training/problem/ceres_jet.hpp>
#elif defined(DESCENT_TOOL_autodiff)
#include <descent/training/problem/autodiff.hpp>
#elif defined(DESCENT_TOOL_numerical_gradient)
#include <descent/training/problem/numerical_gradient.hpp>
#endif

#include <Eigen/Core>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <fstream>
#include <limits>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace {

/// The same for every tool: inputs in columns, and the class of each.
struct Data {
  Eigen::MatrixXd inputs;
  Eigen::VectorXi classes;

  Data(Eigen::Index values, int kinds, Eigen::Index samples) : inputs(values, samples), classes(samples) {
    for (Eigen::Index k = 0; k < inputs.size(); ++k) inputs(k) = std::sin(1.7 * static_cast<double>(k));
    for (Eigen::Index k = 0; k < samples; ++k) classes(k) = static_cast<int>(k) % kinds;
  }
};

template <class Scalar>
using Matrix = Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic>;

/// The mean cross-entropy of scores in columns.
template <class Scores>
auto cross_entropy(const Scores& scores, const Eigen::VectorXi& classes) {
  using std::exp, std::log;
  using Scalar = typename Scores::Scalar;
  Scalar sum(0.0);
  for (Eigen::Index k = 0; k < scores.cols(); ++k) {
    const Scalar total = scores.col(k).array().exp().sum();
    sum += log(total) - scores(classes(k), k);
  }
  return Scalar(sum / static_cast<double>(scores.cols()));
}

/// Its gradient by the scores.
Matrix<double> cross_entropy_slope(const Matrix<double>& scores, const Eigen::VectorXi& classes) {
  Matrix<double> slope = scores.array().exp();
  slope.array().rowwise() /= slope.colwise().sum().eval().array();
  for (Eigen::Index k = 0; k < slope.cols(); ++k) slope(classes(k), k) -= 1;
  return slope / static_cast<double>(slope.cols());
}

struct Small {
  Eigen::Matrix<double, 4, 3> weights;
  Eigen::Vector4d bias;
  DESCENT_PARAMETERS(weights, bias)
};

struct Layer {
  Eigen::MatrixXd weights;
  Eigen::VectorXd bias;
  DESCENT_PARAMETERS(weights, bias)
};

/// The loss of softmax regression.
auto loss_of(const Small&, const Data& data) {
  return [&data](const auto& weights, const auto& bias) {
    using Scalar = typename std::decay_t<decltype(weights)>::Scalar;
    const Eigen::Matrix<Scalar, 4, Eigen::Dynamic> scores =
        (weights * data.inputs.template cast<Scalar>()).colwise() + bias;
    return cross_entropy(scores, data.classes);
  };
}

/// The loss of a network with tanh between its layers.
auto loss_of(const std::vector<Layer>&, const Data& data) {
  return [&data](const auto& layers) {
    using Scalar = typename std::decay_t<decltype(std::get<0>(layers[0]))>::Scalar;
    Matrix<Scalar> values = data.inputs.template cast<Scalar>();
    for (const auto& layer : layers) {
      Matrix<Scalar> sums = (std::get<0>(layer) * values).colwise() + std::get<1>(layer);
      if (&layer != &layers.back()) sums = sums.array().tanh().eval();
      values.swap(sums);
    }
    return cross_entropy(values, data.classes);
  };
}

double by_hand(const Small& model, const Data& data, Small& gradient) {
  const Matrix<double> scores = (model.weights * data.inputs).colwise() + model.bias;
  const Matrix<double> slope = cross_entropy_slope(scores, data.classes);
  gradient.weights = slope * data.inputs.transpose();
  gradient.bias = slope.rowwise().sum();
  return cross_entropy(scores, data.classes);
}

double by_hand(const std::vector<Layer>& layers, const Data& data, std::vector<Layer>& gradient) {
  std::vector<Matrix<double>> values{data.inputs};
  for (const Layer& layer : layers) {
    Matrix<double> sums = (layer.weights * values.back()).colwise() + layer.bias;
    if (&layer != &layers.back()) sums = sums.array().tanh().eval();
    values.push_back(std::move(sums));
  }
  Matrix<double> slope = cross_entropy_slope(values.back(), data.classes);
  for (std::size_t k = layers.size(); k-- > 0;) {
    gradient[k].weights.noalias() = slope * values[k].transpose();
    gradient[k].bias = slope.rowwise().sum();
    if (k > 0) slope = (layers[k].weights.transpose() * slope).array() * (1 - values[k].array().square());
  }
  return cross_entropy(values.back(), data.classes);
}

/// An objective for the model by the tool of this program.
template <class Model>
auto objective_of(const Model& model, const Data& data) {
#if defined(DESCENT_TOOL_adolc)
  return descent::adolc(loss_of(model, data));
#elif defined(DESCENT_TOOL_ceres_jet)
  return descent::ceres_jet(loss_of(model, data));
#elif defined(DESCENT_TOOL_autodiff)
  return descent::autodiff(loss_of(model, data));
#elif defined(DESCENT_TOOL_numerical_gradient)
  static_cast<void>(model);
  return descent::numerical_gradient([&data](const Model& at) {
    if constexpr (std::is_same_v<Model, Small>) {
      return loss_of(at, data)(at.weights, at.bias);
    } else {
      std::vector<std::tuple<const Eigen::MatrixXd&, const Eigen::VectorXd&>> layers;
      for (const Layer& layer : at) layers.emplace_back(layer.weights, layer.bias);
      return loss_of(at, data)(layers);
    }
  });
#else
  static_cast<void>(model);
  return [&data](const Model& at, Model& gradient) { return by_hand(at, data, gradient); };
#endif
}

/// The most memory that this process has had, in MB.
double peak_memory() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.rfind("VmHWM:", 0) == 0) return std::stod(line.substr(6)) / 1024;
  return 0;
}

/// Prints the shortest time of a gradient in milliseconds, the peak memory, and the largest relative error of a
/// block against the gradient by hand.
template <class Model>
void measure(Model model, const Data& data) {
  int n = 0;
  descent::for_each_block(
      [&](auto& block) {
        for (auto& value : block.reshaped()) value = 0.3 * std::cos(2.3 * static_cast<double>(n++));
      },
      model);
  Model gradient = descent::zeros_like(model), exact = gradient;
  const auto objective = objective_of(model, data);

  double fastest = std::numeric_limits<double>::infinity(), sum = 0;
  for (int calls = 0; calls < 3 || (sum < 1 && calls < 20'000); ++calls) {
    const auto began = std::chrono::steady_clock::now();
    objective(model, gradient);
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    fastest = std::min(fastest, seconds);
    sum += seconds;
  }
  const double memory = peak_memory();

  by_hand(model, data, exact);
  double error = 0;
  std::vector<Eigen::MatrixXd> blocks;
  descent::for_each_block([&](const auto& block) { blocks.emplace_back(block); }, gradient);
  std::size_t k = 0;
  descent::for_each_block(
      [&](const auto& block) { error = std::max(error, (blocks[k++] - block).norm() / block.norm()); },
      exact);
  std::printf("%.4f %.0f %.0e\n", 1e3 * fastest, memory, error);
}

std::vector<Layer> layers_of(const std::vector<Eigen::Index>& sizes) {
  std::vector<Layer> layers;
  for (std::size_t k = 0; k + 1 < sizes.size(); ++k)
    layers.push_back({Eigen::MatrixXd(sizes[k + 1], sizes[k]), Eigen::VectorXd(sizes[k + 1])});
  return layers;
}

}  // namespace

int main(int argc, char** argv) {
  Eigen::setNbThreads(1);
  const std::string_view problem = argc > 1 ? argv[1] : "small";
  if (problem == "small") measure(Small{}, Data(3, 4, 32));
  if (problem == "dynamic") measure(layers_of({3, 4}), Data(3, 4, 32));
  if (problem == "medium") measure(layers_of({4, 12, 4}), Data(4, 4, 32));
  if (problem == "digits") measure(layers_of({64, 128, 64, 10}), Data(64, 10, 32));
  return 0;
}
