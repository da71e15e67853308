// SPDX-License-Identifier: MIT
// Whole steps of blocks whose sizes are known at compile time: a controller, a filter, a pose.
#include "support/steppings.hpp"

#include <descent/optimizers/adam.hpp>
#include <descent/optimizers/adamw.hpp>
#include <descent/optimizers/lion.hpp>
#include <descent/optimizers/sgd.hpp>
#include <descent/transforms/clip/clip_by_global_norm.hpp>

#include <cmath>
#include <memory>

namespace bench {
namespace {

template <class S, int size>
using Fixed = Eigen::Matrix<S, size, 1>;

template <class S, int size>
struct FixedModel {
  Fixed<S, size> parameters, gradient;
  FixedModel() {
    fill(parameters, 1);
    fill(gradient, 1e-3);
  }
};

template <class S, int size, class Rule>
class FixedStepping {
 public:
  explicit FixedStepping(const Rule& rule) : optimizer_(model_.parameters, rule) {}

  DESCENT_INLINE void operator()() { optimizer_.step(model_.parameters, model_.gradient); }
  std::int64_t parameters() const { return size; }
  double bytes() {
    return static_cast<double>(3 * sizeof(S) * size) + 2.0 * static_cast<double>(size_of_state(optimizer_));
  }

 private:
  FixedModel<S, size> model_;
  descent::Optimizer<Fixed<S, size>, Rule> optimizer_;
};

/// AdamW written with Eigen by hand, without checks, schedules and the like.
template <class S, int size>
class WrittenByHand {
 public:
  void operator()() {
    power1_ *= 0.9;
    power2_ *= 0.999;
    const S correction1 = static_cast<S>(1 / (1 - power1_)), correction2 = static_cast<S>(1 / (1 - power2_));
    const auto g = model_.gradient.array();
    auto p = model_.parameters.array();
    first_ = S(0.9) * first_ + S(0.1) * g;
    second_ = S(0.999) * second_ + S(0.001) * g.square();
    p -= S(1e-3) * (correction1 * first_ / ((correction2 * second_).sqrt() + S(1e-8)) + S(0.01) * p);
  }
  std::int64_t parameters() const { return size; }
  double bytes() const { return static_cast<double>(7 * sizeof(S) * size); }

 private:
  FixedModel<S, size> model_;
  Eigen::Array<S, size, 1> first_ = Eigen::Array<S, size, 1>::Zero(), second_ = first_;
  double power1_ = 1, power2_ = 1;
};

template <class S, int size, class Rule>
void add_rule(const Options& options, const char* name, const Rule& rule) {
  const Case made{"descent", name, "fixed " + std::to_string(size), scalar_name<S>, 1};
  add(options, made, [=] { return FixedStepping<S, size, Rule>(rule); });
}

template <class S, int size>
void add_size(const Options& options) {
  add_rule<S, size>(options, "SGD", descent::Sgd{});
  add_rule<S, size>(options, "SGD with momentum", descent::Sgd{.momentum = 0.9});
  add_rule<S, size>(options, "Lion", descent::Lion{.weight_decay = 0.01});
  add_rule<S, size>(options, "Adam", descent::Adam{});
  add_rule<S, size>(options, "AdamW", descent::AdamW{});
  add_rule<S, size>(options, "clip | AdamW", descent::ClipByGlobalNorm{1.0} | descent::AdamW{});
  add(options, {"Eigen arrays", "AdamW", "fixed " + std::to_string(size), scalar_name<S>, 1},
      [] { return WrittenByHand<S, size>(); });
}

}  // namespace

void register_cases(const Options& options) {
  add_size<float, 3>(options);
  add_size<float, 16>(options);
  add_size<double, 3>(options);
  add_size<double, 16>(options);
}

}  // namespace bench
