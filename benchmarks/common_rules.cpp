// SPDX-License-Identifier: MIT
// The most common rules, compared with the same updates written by hand.
#include "support/limits.hpp"
#include "support/steppings.hpp"

#include <descent/optimizers/adam.hpp>
#include <descent/optimizers/adamw.hpp>
#include <descent/optimizers/lion.hpp>
#include <descent/optimizers/sgd.hpp>

namespace bench {
namespace {

template <class S, class Rule>
void add_rule(const Options& options, const char* name, const Rule& rule, const char* limit,
              const Shape& shape) {
  const Case made = against_limit({"descent", name, shape.name, scalar_name<S>}, limit);
  if (shape.blocks.size() == 1) {
    add_one_block<S>(options, made, shape, rule);
  } else if constexpr (sizeof(S) == sizeof(float)) {
    add_blocks<S>(options, made, shape, rule);
  }
}

template <class S>
void add_shape(const Options& options, const Shape& shape) {
  add_limits<limit::Sgd, S>(options, "SGD", shape);
  add_rule<S>(options, "SGD", descent::Sgd{}, "SGD", shape);
  add_limits<limit::Momentum, S>(options, "SGD with momentum", shape);
  add_rule<S>(options, "SGD with momentum", descent::Sgd{.momentum = 0.9}, "SGD with momentum", shape);
  add_rule<S>(options, "Lion", descent::Lion{.weight_decay = 0.01}, "SGD with momentum", shape);
  add_limits<limit::AdamW, S>(options, "AdamW", shape);
  add_rule<S>(options, "AdamW", descent::AdamW{}, "AdamW", shape);
  add_rule<S>(options, "Adam", descent::Adam{}, "AdamW", shape);
}

}  // namespace

void register_cases(const Options& options) {
  for (const Shape& shape : all_shapes(options)) {
    add_shape<float>(options, shape);
    if (!options.quick && shape.blocks.size() == 1) add_shape<double>(options, shape);
  }
  if (!options.quick && fits(options, hundred_million())) add_shape<float>(options, hundred_million());
}

}  // namespace bench
