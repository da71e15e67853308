// SPDX-License-Identifier: MIT
#include "reference/catalogue.hpp"
#include "reference/torch_rules.hpp"

#include <descent/optimizers/sparse_adam.hpp>

namespace reference {

void add_sparse(Catalogue& catalogue) {
  catalogue.of_rows["torch.optim.SparseAdam"] = [](PeerOptions& options) {
    ignore_torch_kernels(options);
    const auto [beta1, beta2] = options.pair("betas", 0.9, 0.999);
    return any_rule_of_rows(descent::SparseAdam{.learning_rate = options.rate("lr", 1e-3),
                                                .beta1 = beta1,
                                                .beta2 = beta2,
                                                .epsilon = options.real("eps", 1e-8),
                                                .maximize = options.flag("maximize", false)});
  };
}

}  // namespace reference
