// SPDX-License-Identifier: MIT
// The optimizers that the page offers, by name.
#pragma once

#include <descent/descent.hpp>

#include <stdexcept>
#include <string>
#include <type_traits>

namespace web {

/// What a rule trains: some rules only make sense for one of them.
enum class Trains { surface, network };

/// Muon is for the matrices inside the network; AdamW trains the remaining blocks.
inline auto muon(const descent::Schedule& rate) {
  auto hidden = [](const descent::BlockInfo& block) {
    return block.is_matrix() && block.path != "layers[1].weights";
  };
  return descent::partition(hidden, descent::Muon{.learning_rate = rate},
                            descent::AdamW{.learning_rate = rate});
}

/// Calls `use` with the rule of a name, and with its rate. Prodigy and Lbfgs find their own rate: they get 1
/// instead of the rate of the page.
template <Trains trains, class Use>
void with_rule(const std::string& name, double rate, const descent::Schedule& factor, const Use& use) {
  using namespace descent;
  const Schedule r = Schedule(rate) * factor;
  if (name == "Sgd") return use(Sgd{.learning_rate = r});
  if (name == "Momentum") return use(Sgd{.learning_rate = r, .momentum = 0.9});
  if (name == "Nesterov") return use(Sgd{.learning_rate = r, .momentum = 0.9, .nesterov = true});
  if (name == "Adagrad") return use(Adagrad{.learning_rate = r});
  if (name == "RmsProp") return use(RmsProp{.learning_rate = r});
  if (name == "Adam") return use(Adam{.learning_rate = r});
  if (name == "AdamW") return use(AdamW{.learning_rate = r});
  if (name == "Lion") return use(Lion{.learning_rate = r});
  if (name == "Adan") return use(Adan{.learning_rate = r});
  if (name == "Prodigy") return use(Prodigy{.learning_rate = factor});
  if constexpr (trains == Trains::network) {
    if (name == "Muon") return use(muon(r));
  } else {
    if (name == "Lbfgs") return use(Lbfgs{.learning_rate = factor});
  }
  throw std::invalid_argument("optimizer is \"" + name + "\", which cannot train this model");
}

}  // namespace web
