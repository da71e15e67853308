// SPDX-License-Identifier: MIT
// The code one writes without a library: whole arrays of Eigen, and a loop over the elements.
#include "support/limits.hpp"
#include "support/steppings.hpp"

#include <descent/optimizers/adamw.hpp>
#include <descent/optimizers/sgd.hpp>

#include <cmath>

namespace bench {
namespace {

using Array = Eigen::Array<float, Eigen::Dynamic, 1>;

/// Parameters, gradient and two moments.
class Plain {
 public:
  explicit Plain(const Shape& shape) {
    auto& model = Model<float>::of(shape);
    p_ = model.parameters[0].reshaped();
    g_ = model.gradient[0].reshaped();
    m_ = v_ = Array::Zero(p_.size());
  }
  std::int64_t parameters() const { return p_.size(); }

 protected:
  struct Corrections {
    float first, second;
  };
  Corrections advance() {
    power1_ *= 0.9;
    power2_ *= 0.999;
    return {static_cast<float>(1 / (1 - power1_)), static_cast<float>(1 / (1 - power2_))};
  }
  Array p_, g_, m_, v_;

 private:
  double power1_ = 1, power2_ = 1;
};

struct MomentumInArrays : Plain {
  using Plain::Plain;
  double bytes() const { return 20 * static_cast<double>(p_.size()); }
  void operator()() {
    m_ = 0.9F * m_ + g_;
    p_ -= 1e-3F * m_;
  }
};

struct AdamWInArrays : Plain {
  using Plain::Plain;
  double bytes() const { return 28 * static_cast<double>(p_.size()); }
  void operator()() {
    const auto [first, second] = advance();
    m_ = 0.9F * m_ + 0.1F * g_;
    v_ = 0.999F * v_ + 0.001F * g_.square();
    p_ -= 1e-3F * (first * m_ / ((second * v_).sqrt() + 1e-8F) + 0.01F * p_);
  }
};

struct AdamWInLoop : Plain {
  using Plain::Plain;
  double bytes() const { return 28 * static_cast<double>(p_.size()); }
  void operator()() {
    const auto [first, second] = advance();
    for (Eigen::Index i = 0; i < p_.size(); ++i) {
      m_[i] = 0.9F * m_[i] + 0.1F * g_[i];
      v_[i] = 0.999F * v_[i] + 0.001F * g_[i] * g_[i];
      p_[i] -= 1e-3F * (first * m_[i] / (std::sqrt(second * v_[i]) + 1e-8F) + 0.01F * p_[i]);
    }
  }
};

template <class Peer>
void add_peer(const Options& options, const char* subject, const char* rule, const Shape& shape) {
  add(options, against_limit({subject, rule, shape.name}, rule), [=] { return Peer(shape); });
}

}  // namespace

void register_cases(const Options& options) {
  for (const Shape& shape : all_shapes(options)) {
    if (shape.blocks.size() != 1) continue;
    add_limits<limit::Momentum, float>(options, "SGD with momentum", shape);
    add_one_block<float>(options,
                         against_limit({"descent", "SGD with momentum", shape.name}, "SGD with momentum"),
                         shape, descent::Sgd{.momentum = 0.9});
    add_peer<MomentumInArrays>(options, "Eigen arrays", "SGD with momentum", shape);
    add_limits<limit::AdamW, float>(options, "AdamW", shape);
    add_one_block<float>(options, against_limit({"descent", "AdamW", shape.name}, "AdamW"), shape,
                         descent::AdamW{});
    add_peer<AdamWInArrays>(options, "Eigen arrays", "AdamW", shape);
    add_peer<AdamWInLoop>(options, "a loop", "AdamW", shape);
  }
}

}  // namespace bench
