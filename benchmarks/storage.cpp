// SPDX-License-Identifier: MIT
// Fewer bytes: state, or all values, in bfloat16, compared with float.
#include "support/steppings.hpp"

#include <descent/optimizers/adamw.hpp>
#include <descent/optimizers/sgd.hpp>

namespace bench {
namespace {

template <class Rule>
void add_rule(const Options& options, const char* name, const Rule& rule, const Shape& shape) {
  Case made{"descent", name, shape.name};
  const std::string in_float = made.name();
  add_one_block<float>(options, made, shape, rule);
  made.reference = in_float;
  made.scalar = "float, state in bfloat16";
  add(options, made, [=] {
    auto& model = Model<float>::of(shape);
    return Stepping<float, Matrix<float>, Rule, descent::StateInBfloat16>(model.parameters[0],
                                                                          model.gradient[0], rule, {});
  });
  made.scalar = "bfloat16";
  add_one_block<Eigen::bfloat16>(options, made, shape, rule);
}

}  // namespace

void register_cases(const Options& options) {
  for (const Shape& shape : {sixteen_thousand(), million(), twenty_million()}) {
    add_rule(options, "AdamW", descent::AdamW{}, shape);
    add_rule(options, "SGD with momentum", descent::Sgd{.momentum = 0.9}, shape);
  }
}

}  // namespace bench
