// SPDX-License-Identifier: MIT
#include "support/make_rules.hpp"
#include "support/trajectories.hpp"

#include "support/catch.hpp"

#include <algorithm>

// An element's new value must not depend on its position: lane or tail, aligned or not, in one block or in
// many.

namespace {

using namespace test;

constexpr std::size_t steps = 3;

/// A flat run of elements with gradients, some of which are NaN or infinite, which must not affect
/// neighbours.
template <class S>
struct Elements {
  explicit Elements(std::size_t size) {
    Numbers<S> numbers(7);
    for (std::size_t k = 0; k < size; ++k) start.push_back(numbers.next());
    gradients.resize(steps);
    for (auto& gradient : gradients)
      for (std::size_t k = 0; k < size; ++k) gradient.push_back(numbers.next());
    if (size > 9) gradients[1][4] = std::numeric_limits<S>::quiet_NaN();
    if (size > 9) gradients[0][9] = std::numeric_limits<S>::infinity();
  }

  std::vector<S> start;
  std::vector<std::vector<S>> gradients;
};

/// Elements first, first + 1, ... in blocks of the given lengths.
template <class S>
std::vector<Matrix<S>> cut(const std::vector<S>& elements, std::size_t first,
                           const std::vector<std::size_t>& lengths) {
  std::vector<Matrix<S>> blocks;
  for (const std::size_t length : lengths) {
    blocks.push_back(
        Eigen::Map<const Matrix<S>>(elements.data() + first, static_cast<Eigen::Index>(length), 1));
    first += length;
  }
  return blocks;
}

template <class S>
auto run_cut(const Makers<S>& rule, const Elements<S>& elements, std::size_t first,
             const std::vector<std::size_t>& lengths, std::size_t offset) {
  std::vector<Gradients<S>> gradients;
  for (const auto& gradient : elements.gradients) gradients.push_back(cut(gradient, first, lengths));
  return end_to_end(after_steps(rule, cut(elements.start, first, lengths), gradients, offset));
}

/// Compares runs of all lengths, at several memory offsets and first elements, and cut into blocks in several
/// ways, with each element stepped alone.
template <class S>
std::string position_dependence(const Makers<S>& rule) {
  constexpr std::size_t lanes = descent::simd::Pack<S>::size, longest = 3 * lanes + 1;
  const Elements<S> elements(longest);
  const auto alone = run_cut(rule, elements, 0, std::vector<std::size_t>(longest, 1), 0);

  std::string found;
  auto compare = [&](std::size_t first, const std::vector<std::size_t>& lengths, std::size_t offset) {
    const std::size_t size = std::accumulate(lengths.begin(), lengths.end(), std::size_t{0});
    const auto together = run_cut(rule, elements, first, lengths, offset);
    for (const auto& [name, values] : together) {
      for (std::size_t k = 0; k < size; ++k) {
        const S expected = alone.at(name)[first + k];
        if (found.empty() && !same_bits(values[k], expected))
          found = name + " of element " + std::to_string(first + k) + " in " +
                  std::to_string(lengths.size()) + " blocks of together " + std::to_string(size) + " from " +
                  std::to_string(first) + " at offset " + std::to_string(offset) + " is " +
                  std::to_string(values[k]) + ", alone " + std::to_string(expected);
      }
    }
  };
  for (std::size_t length = 0; length <= longest; ++length)
    for (const std::size_t first : {std::size_t{0}, std::size_t{1}, longest - length})
      if (first + length <= longest) compare(first, {length}, (3 * first + length) % (64 / sizeof(S)));
  for (const std::vector<std::size_t>& lengths : {std::vector<std::size_t>{lanes, lanes, lanes + 1},
                                                  {1, 2 * lanes, lanes},
                                                  {0, 3, 0, lanes - 1, 2 * lanes - 1}})
    for (const std::size_t offset : {0U, 1U, 3U}) compare(0, lengths, offset);
  return found;
}

/// For rules that measure or take matrices: the same blocks at a different address.
template <class S>
std::string address_dependence(const Makers<S>& rule) {
  constexpr Eigen::Index lanes = descent::simd::Pack<S>::size;
  std::string found;
  for (Eigen::Index length = 0; length <= 3 * lanes + 1; ++length) {
    const Shapes shapes = {{length, 1}, {3, length / 2}, {2, 2}, {1, length}};
    const auto start = random_blocks<S>(shapes, 5);
    const auto gradients = random_gradients<S>(shapes, steps, 6);
    const auto expected = after_steps(rule, start, gradients, 0);
    for (const std::size_t offset : {1U, 2U, 5U}) {
      const std::string here = difference(after_steps(rule, start, gradients, offset), expected);
      if (found.empty() && !here.empty())
        found = "length " + std::to_string(length) + " at offset " + std::to_string(offset) + ": " + here;
    }
  }
  return found;
}

template <class S>
void check_every_rule() {
  for (const RuleUnderTest& rule : rules_under_test()) {
    INFO(rule.name);
    if (rule.elementwise) CHECK(position_dependence(rule.of<S>()) == "");
    CHECK(address_dependence(rule.of<S>()) == "");
  }
}

/// A rule that breaks the promise: its effect on an element depends on the number of earlier calls.
struct Counting {
  template <class V>
  static V update(V u, V) {
    static int calls = 0;
    return ++calls % 2 == 0 ? u : u + u;
  }
};

}  // namespace

TEST_CASE("float: the same bits at every position, offset and split") { check_every_rule<float>(); }

TEST_CASE("double: the same bits at every position, offset and split") { check_every_rule<double>(); }

TEST_CASE("many rules are tested element by element") {
  const auto& rules = rules_under_test();
  CHECK(std::count_if(rules.begin(), rules.end(), [](const auto& rule) { return rule.elementwise; }) >
        static_cast<std::ptrdiff_t>(rules.size() / 3));
}

TEST_CASE("a rule that depends on the position would be found") {
  Makers<float> counting;
  add_blocks(counting, [] { return Counting{}; });
  CHECK(position_dependence(counting) != "");
}
