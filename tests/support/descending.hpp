// SPDX-License-Identifier: MIT
#pragma once

#include "support/catch.hpp"
#include "support/trajectories.hpp"

#include <set>

namespace test {

/// Steps on sum c (p - target)^2 / 2, with curvatures c between 0.2 and 1; or up its negative.
template <class S>
void check_that_it_descends(const RuleUnderTest& rule) {
  const Shapes shapes = {{4, 3}, {6, 1}, {2, 5}};
  Numbers<S> numbers(3);
  std::vector<Matrix<S>> start, target, curvature;
  for (const auto& [rows, columns] : shapes) {
    start.push_back(Matrix<S>::Constant(rows, columns, S(1)) + S(0.05) * numbers.plain_matrix(rows, columns));
    target.push_back(S(0.1) * numbers.plain_matrix(rows, columns));
    curvature.push_back((numbers.plain_matrix(rows, columns).array().abs() / S(12) + S(0.2)).matrix());
  }
  BlockData<S> data(start);
  const auto optimizer = rule.of<S>().blocks(data.blocks);
  Gradients<S> gradient(shapes.size());
  auto loss = [&] {
    S sum = 0;
    for (std::size_t k = 0; k < shapes.size(); ++k) {
      const auto offset = (data.blocks[k] - target[k]).array();
      sum += (curvature[k].array() * offset * offset).sum() / 2;
      gradient[k] = (curvature[k].array() * offset).matrix();
      if (rule.climbs) gradient[k] = -gradient[k];
    }
    return sum;
  };
  const S before = loss();
  for (int k = 0; k < 100; ++k) {
    optimizer->step(data.blocks, gradient);
    loss();
  }
  CHECK(optimizer->steps() == 100);
  CHECK(loss() < S(0.5) * before);
}

/// There may be none: a build tests a share of the rules.
inline void check_that_they_descend(const std::vector<RuleUnderTest>& rules) {
  std::set<std::string> names;
  for (const RuleUnderTest& rule : rules) {
    INFO(rule.name);
    CHECK(names.insert(rule.name).second);
    check_that_it_descends<float>(rule);
    check_that_it_descends<double>(rule);
  }
}

}  // namespace test
