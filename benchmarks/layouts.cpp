// SPDX-License-Identifier: MIT
// Memory layouts of the parameters: not at the start of a cache line; sizes of powers of two; many small blocks.
#include "support/limits.hpp"
#include "support/steppings.hpp"

#include <descent/optimizers/adamw.hpp>
#include <descent/optimizers/sgd.hpp>

namespace bench {
namespace {

using Array = Eigen::Array<float, Eigen::Dynamic, 1>;
using View = Eigen::Map<Eigen::VectorXf>;

/// AdamW on parameters and a gradient that start `bytes` bytes after a cache line.
class Shifted {
 public:
  Shifted(std::int64_t count, std::int64_t bytes)
      : parameters_storage_(Array::Constant(count + 32, 1)),
        gradient_storage_(Array::Constant(count + 32, 1e-3F)),
        parameters_(start(parameters_storage_, bytes), count),
        gradient_(start(gradient_storage_, bytes), count),
        optimizer_(parameters_, descent::AdamW{}) {}

  DESCENT_INLINE void operator()() { optimizer_.step(parameters_, gradient_); }
  std::int64_t parameters() const { return parameters_.size(); }
  double bytes() const { return 28 * static_cast<double>(parameters_.size()); }

 private:
  static float* start(Array& storage, std::int64_t bytes) {
    const auto line = reinterpret_cast<std::uintptr_t>(storage.data() + 15) / 64 * 64;
    return reinterpret_cast<float*>(line + static_cast<std::uintptr_t>(bytes));
  }

  Array parameters_storage_, gradient_storage_;
  View parameters_, gradient_;
  descent::Optimizer<View, descent::AdamW> optimizer_;
};

void add_shifted(const Options& options, const Shape& shape) {
  const std::string aligned = Case{"descent", "AdamW, aligned", shape.name}.name();
  for (const std::int64_t bytes : {0, 4, 16}) {
    Case made{"descent", bytes == 0 ? "AdamW, aligned" : "AdamW, " + std::to_string(bytes) + " bytes off",
              shape.name};
    made.reference = aligned;
    add(options, made, [count = shape.parameters(), bytes] { return Shifted(count, bytes); });
  }
}

template <class Rule>
void add_split(const Options& options, const char* rule_name, const Rule& rule, const Shape& flat,
               const Shape& blocks) {
  add_one_block<float>(options, {"descent", rule_name, flat.name}, flat, rule);
  Case made{"descent", rule_name, blocks.name};
  made.reference = Case{"descent", rule_name, flat.name}.name();
  add_blocks<float>(options, made, blocks, rule);
}

/// Sizes with which parameters, gradient and state have the same offset in their memory pages.
void add_powers(const Options& options, const Shape& shape) {
  add_limits<limit::AdamW, float>(options, "AdamW", shape);
  add_one_block<float>(options, against_limit({"descent", "AdamW", shape.name}, "AdamW"), shape,
                       descent::AdamW{});
}

}  // namespace

void register_cases(const Options& options) {
  for (const Shape& shape : {thousand(), sixteen_thousand(), million(), twenty_million()})
    add_shifted(options, shape);
  add_powers(options, one_block("2^10", 32, 32));
  add_powers(options, one_block("2^14", 128, 128));
  add_powers(options, one_block("2^20", 1024, 1024));
  const Shape flat64 = one_block("64 000", 250, 256), many64 = small_blocks("1 000 blocks of 64", 1000, 64);
  const Shape flat1000 = million(), many1000 = small_blocks("1 000 blocks of 1 000", 1000, 1000);
  const Shape flat_network = one_block("25.6 M", resnet50().parameters() / 1000, 1000);
  const descent::Sgd momentum{.momentum = 0.9};
  add_split(options, "AdamW", descent::AdamW{}, flat64, many64);
  add_split(options, "AdamW", descent::AdamW{}, flat1000, many1000);
  add_split(options, "AdamW", descent::AdamW{}, flat_network, resnet50());
  add_split(options, "SGD with momentum", momentum, flat64, many64);
  add_split(options, "SGD with momentum", momentum, flat1000, many1000);
}

}  // namespace bench
