// SPDX-License-Identifier: MIT
// Every rule of the tests, compared with its memory traffic alone. Compiled in parts.
#include "support/limits.hpp"
#include "support/steppings.hpp"

#include "../tests/support/all_rules.hpp"

#include <utility>

namespace bench {
namespace {

/// The number of state values per parameter, from a small model: at most 4, the number of slots of a limit.
template <class Rule>
std::size_t slots_of(const Rule& rule) {
  std::vector<Matrix<float>> model{Matrix<float>::Ones(20, 20)};
  descent::Optimizer optimizer(model, rule);
  return std::min<std::size_t>(4, static_cast<std::size_t>(size_of_state(optimizer)) / (400 * sizeof(float)));
}

const char* traffic_of(std::size_t slots) {
  static constexpr std::array names = {"no state", "1 value", "2 values", "3 values", "4 values"};
  return names[slots];
}

template <class S>
void add_traffic(const Options& options, const Shape& shape) {
  add_limits<limit::Traffic<0>::Of, S>(options, traffic_of(0), shape);
  add_limits<limit::Traffic<1>::Of, S>(options, traffic_of(1), shape);
  add_limits<limit::Traffic<2>::Of, S>(options, traffic_of(2), shape);
  add_limits<limit::Traffic<3>::Of, S>(options, traffic_of(3), shape);
  add_limits<limit::Traffic<4>::Of, S>(options, traffic_of(4), shape);
}

template <std::size_t... I, class Plan>
constexpr bool takes_matrices(std::index_sequence<I...>, const Plan*) {
  return (descent::detail::MatrixRule<typename Plan::template Leaf<I>> || ...);
}

template <class S, class Make>
void add_rule(const Options& options, const test::NamedRule<Make>& rule, const Shape& shape) {
  using Plan = descent::detail::Plan<decltype(rule.make())>;
  // The time of a step of whole matrices grows with the cube of their sides.
  if (takes_matrices(typename Plan::AllLeaves{}, static_cast<const Plan*>(nullptr)) &&
      shape.parameters() > 20'000)
    return;
  const Case made =
      against_limit({"descent", rule.name, shape.name, scalar_name<S>}, traffic_of(slots_of(rule.make())));
  add_blocks<S>(options, made, shape, rule.make());
}

}  // namespace

void register_cases(const Options& options) {
  constexpr std::size_t all = decltype(test::all_rules)::count;
  constexpr std::size_t begin = DESCENT_PART * all / DESCENT_PARTS,
                        end = (DESCENT_PART + 1) * all / DESCENT_PARTS;
  for (const Shape& shape : all_shapes(options)) {
    add_traffic<float>(options, shape);
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      (add_rule<float>(options, get<begin + I>(test::all_rules), shape), ...);
    }(std::make_index_sequence<end - begin>());
  }
}

}  // namespace bench
