// SPDX-License-Identifier: MIT
// ensmallen: the update policies of its optimizers, called as its loop calls them.
#include "support/limits.hpp"
#include "support/steppings.hpp"

#include <descent/optimizers/adam.hpp>
#include <descent/optimizers/sgd.hpp>

#include <ensmallen.hpp>

#include <memory>

namespace bench {
namespace {

template <class Policy>
class EnsmallenStepping {
 public:
  using Update = typename Policy::template Policy<arma::fmat, arma::fmat>;

  EnsmallenStepping(const Shape& shape, int values) : values_(values), policy_(std::make_unique<Policy>()) {
    auto& model = Model<float>::of(shape);
    const auto rows = static_cast<arma::uword>(shape.blocks[0][0]),
               columns = static_cast<arma::uword>(shape.blocks[0][1]);
    parameters_ = arma::fmat(model.parameters[0].data(), rows, columns);
    gradient_ = arma::fmat(model.gradient[0].data(), rows, columns);
    update_ = std::make_unique<Update>(*policy_, rows, columns);
  }
  void operator()() { update_->Update(parameters_, 1e-3, gradient_); }
  std::int64_t parameters() const { return static_cast<std::int64_t>(gradient_.n_elem); }
  double bytes() const { return 4.0 * (3 + 2 * values_) * static_cast<double>(gradient_.n_elem); }

 private:
  int values_;
  std::unique_ptr<Policy> policy_;
  std::unique_ptr<Update> update_;
  arma::fmat parameters_, gradient_;
};

template <class Policy>
void add_ensmallen(const Options& options, const char* rule, const char* limit, int values,
                   const Shape& shape) {
  add(options, against_limit({"ensmallen", rule, shape.name}, limit),
      [=] { return EnsmallenStepping<Policy>(shape, values); });
}

template <class Rule>
void add_ours(const Options& options, const char* name, const Rule& rule, const char* limit,
              const Shape& shape) {
  add_one_block<float>(options, against_limit({"descent", name, shape.name}, limit), shape, rule);
}

}  // namespace

void register_cases(const Options& options) {
  for (const Shape& shape : all_shapes(options)) {
    if (shape.blocks.size() != 1) continue;
    add_limits<limit::Momentum, float>(options, "SGD with momentum", shape);
    add_ours(options, "SGD with momentum", descent::Sgd{.momentum = 0.9}, "SGD with momentum", shape);
    add_ensmallen<ens::MomentumUpdate>(options, "SGD with momentum", "SGD with momentum", 1, shape);
    add_limits<limit::AdamW, float>(options, "AdamW", shape);
    add_ours(options, "Adam", descent::Adam{.epsilon_before_correction = true}, "AdamW", shape);
    add_ensmallen<ens::AdamUpdate>(options, "Adam", "AdamW", 2, shape);
  }
}

}  // namespace bench
