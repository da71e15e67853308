// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/parameters.hpp>

#include <Eigen/Core>

#include "support/bits.hpp"

#include <string>
#include <type_traits>

// Models and steps that the tests of checkpoints share.

namespace checkpoint_test {

template <class S>
struct Layer {
  Eigen::Matrix<S, Eigen::Dynamic, Eigen::Dynamic> weights;
  Eigen::Matrix<S, Eigen::Dynamic, 1> bias;
  DESCENT_PARAMETERS(weights, bias)
};
template <class S>
struct Net {
  Layer<S> first, second;
  DESCENT_PARAMETERS(first, second)
};

/// A net filled with numbers that depend on the seed.
template <class S>
Net<S> net(unsigned seed) {
  test::Numbers<double> from(seed);
  const auto layer = [&](Eigen::Index rows, Eigen::Index columns) {
    return Layer<S>{from.plain_matrix(rows, columns).template cast<S>(),
                    from.plain_matrix(rows, 1).template cast<S>()};
  };
  Net<S> made;
  made.first = layer(3, 2);
  made.second = layer(2, 3);
  return made;
}

template <class O, class S>
void take_steps(O& optimizer, Net<S>& model, unsigned first, unsigned last) {
  for (unsigned step = first; step < last; ++step) optimizer.step(model, net<S>(100 + step));
}

template <class S>
std::string different(const Net<S>& a, const Net<S>& b) {
  std::string found;
  const auto compare = [&](const auto& x, const auto& y) {
    const std::string here = test::difference(x.template cast<double>(), y.template cast<double>());
    if (found.empty()) found = here;
  };
  descent::detail::walk(compare, a, b);
  return found;
}

}  // namespace checkpoint_test
