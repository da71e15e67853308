// SPDX-License-Identifier: MIT
#include "support/make_rules.hpp"
#include "support/trajectories.hpp"

#include "support/catch.hpp"

#include <algorithm>
#include <cstdio>
#include <set>

// The rules under test; each of them must descend a hill.

namespace {

using namespace test;

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

}  // namespace

TEST_CASE(
    "the rules that this build is to test are tested, in float and in double, under names of their own") {
  std::set<std::string> names;
  std::size_t in_both = 0, expected = 0;
  for (const RuleUnderTest& rule : rules_under_test()) {
    INFO(rule.name);
    CHECK(names.insert(rule.name).second);
    if (rule.of_float.blocks != nullptr && rule.of_double.blocks != nullptr) ++in_both;
  }
  for (std::size_t k = 0; k < count_of_rules; ++k)
    if (is_tested(k)) ++expected;
  CHECK(in_both == expected);
  std::printf("descent: %zu of %zu rules in float and double\n", in_both, count_of_rules);  // for run.sh
}

TEST_CASE("every rule descends") {
  for (const RuleUnderTest& rule : rules_under_test()) {
    INFO(rule.name);
    check_that_it_descends<float>(rule);
    check_that_it_descends<double>(rule);
  }
}
