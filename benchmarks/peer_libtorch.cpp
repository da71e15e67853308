// SPDX-License-Identifier: MIT
// torch::optim of libtorch, and its fused kernels if this version has them for the processor.
#include "support/limits.hpp"
#include "support/steppings.hpp"

#include <descent/optimizers/adam.hpp>
#include <descent/optimizers/adamw.hpp>
#include <descent/optimizers/rmsprop.hpp>
#include <descent/optimizers/sgd.hpp>

#include <torch/torch.h>
#if __has_include(<ATen/ops/_fused_adamw.h>)
#include <ATen/ops/_fused_adamw.h>
#define DESCENT_HAS_FUSED_ADAMW
#endif

#include <memory>

namespace bench {
namespace {

std::vector<torch::Tensor> tensors_of(const std::vector<Matrix<float>>& blocks) {
  std::vector<torch::Tensor> tensors;
  for (const Matrix<float>& block : blocks)
    tensors.push_back(
        torch::from_blob(const_cast<float*>(block.data()), {block.rows(), block.cols()}, torch::kFloat32)
            .clone());
  return tensors;
}

struct TorchModel {
  explicit TorchModel(const Shape& shape) : size(shape.parameters()) {
    auto& model = Model<float>::of(shape);
    parameters = tensors_of(model.parameters);
    gradients = tensors_of(model.gradient);
    for (std::size_t k = 0; k < parameters.size(); ++k) parameters[k].mutable_grad() = gradients[k];
  }
  std::int64_t size;
  std::vector<torch::Tensor> parameters, gradients;
};

template <class TorchOptimizer, class TorchOptions>
class TorchStepping {
 public:
  TorchStepping(const Shape& shape, const TorchOptions& options, int values)
      : model_(shape), optimizer_(model_.parameters, options), values_(values) {}
  void operator()() { optimizer_.step(); }
  std::int64_t parameters() const { return model_.size; }
  double bytes() const { return 4.0 * (3 + 2 * values_) * static_cast<double>(model_.size); }

 private:
  TorchModel model_;
  TorchOptimizer optimizer_;
  int values_;
};

template <class TorchOptimizer, class TorchOptions>
void add_torch(const Options& options, const char* rule, const char* limit, int values, const Shape& shape,
               const TorchOptions& torch_options) {
  add(options, against_limit({"torch::optim", rule, shape.name}, limit), [=] {
    torch::set_num_threads(1);
    return TorchStepping<TorchOptimizer, TorchOptions>(shape, torch_options, values);
  });
}

#ifdef DESCENT_HAS_FUSED_ADAMW
class FusedAdamW {
 public:
  explicit FusedAdamW(const Shape& shape) : model_(shape) {
    torch::NoGradGuard guard;
    for (const torch::Tensor& p : model_.parameters) {
      first_.push_back(torch::zeros_like(p));
      second_.push_back(torch::zeros_like(p));
      steps_.push_back(torch::zeros({}, torch::kFloat32));
    }
  }
  void operator()() {
    torch::NoGradGuard guard;
    for (torch::Tensor& step : steps_) step += 1;
    at::_fused_adamw_(model_.parameters, model_.gradients, first_, second_, {}, steps_, 1e-3, 0.9, 0.999,
                      0.01, 1e-8, false, false);
  }
  std::int64_t parameters() const { return model_.size; }
  double bytes() const { return 28 * static_cast<double>(model_.size); }

 private:
  TorchModel model_;
  std::vector<torch::Tensor> first_, second_, steps_;
};

bool has_fused_adamw() {
  try {
    FusedAdamW(one_block("probe", 2, 2))();
    return true;
  } catch (const std::exception&) {  // for GPUs only, in this version
    return false;
  }
}
#endif

template <class Rule>
void add_ours(const Options& options, const char* name, const Rule& rule, const char* limit,
              const Shape& shape) {
  add_blocks<float>(options, against_limit({"descent", name, shape.name}, limit), shape, rule);
}

void add_shape(const Options& options, const Shape& shape) {
  namespace optim = torch::optim;
  add_limits<limit::Momentum, float>(options, "SGD with momentum", shape);
  add_ours(options, "SGD with momentum", descent::Sgd{.momentum = 0.9}, "SGD with momentum", shape);
  add_torch<optim::SGD>(options, "SGD with momentum", "SGD with momentum", 1, shape,
                        optim::SGDOptions(1e-3).momentum(0.9));
  add_ours(options, "RmsProp", descent::RmsProp{}, "SGD with momentum", shape);
  add_torch<optim::RMSprop>(options, "RmsProp", "SGD with momentum", 1, shape, optim::RMSpropOptions(1e-2));
  add_limits<limit::AdamW, float>(options, "AdamW", shape);
  add_ours(options, "Adam", descent::Adam{}, "AdamW", shape);
  add_torch<optim::Adam>(options, "Adam", "AdamW", 2, shape, optim::AdamOptions(1e-3));
  add_ours(options, "AdamW", descent::AdamW{}, "AdamW", shape);
  add_torch<optim::AdamW>(options, "AdamW", "AdamW", 2, shape, optim::AdamWOptions(1e-3));
#ifdef DESCENT_HAS_FUSED_ADAMW
  static const bool fused = has_fused_adamw();
  if (fused) {
    add(options, against_limit({"at::_fused_adamw_", "AdamW", shape.name}, "AdamW"), [=] {
      torch::set_num_threads(1);
      return FusedAdamW(shape);
    });
  }
#endif
}

}  // namespace

void register_cases(const Options& options) {
  benchmark::AddCustomContext("libtorch", TORCH_VERSION);
  for (const Shape& shape : all_shapes(options)) {
    if (shape.parameters() <= 30'000'000) add_shape(options, shape);
  }
}

}  // namespace bench
