// SPDX-License-Identifier: MIT
// One and two threads, compared with the limit with the same number.
#include "support/limits.hpp"
#include "support/steppings.hpp"

#include <descent/optimizers/adamw.hpp>
#include <descent/optimizers/sgd.hpp>

namespace bench {
namespace {

template <class Rule>
void add_rule(const Options& options, const char* name, const Rule& rule, const Shape& shape, int threads) {
  Case made = against_limit({"descent", name, shape.name, "float", threads}, name);
  made.fastest_step = true;
  add_one_block<float>(options, made, shape, rule);
}

}  // namespace

void register_cases(const Options& options) {
#ifdef _OPENMP
  const Shape hundred_thousand = one_block("100 000", 250, 400);
  for (const Shape& shape : {hundred_thousand, million(), twenty_million()}) {
    for (const int threads : {1, 2}) {
      add_limits<limit::Momentum, float>(options, "SGD with momentum", shape, threads, true);
      add_rule(options, "SGD with momentum", descent::Sgd{.momentum = 0.9}, shape, threads);
      add_limits<limit::AdamW, float>(options, "AdamW", shape, threads, true);
      add_rule(options, "AdamW", descent::AdamW{}, shape, threads);
    }
  }
#else
  static_cast<void>(options);  // one thread only
#endif
}

}  // namespace bench
