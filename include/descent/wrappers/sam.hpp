// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/chain.hpp>
#include <descent/core/rule.hpp>
#include <descent/wrappers/perturbation.hpp>

#include <cmath>

namespace descent {

/// Sharpness-aware minimization: steps along the gradient at a nearby point where the loss is higher.
///
///   q = p + radius g / (|g| + epsilon),   |g| over the tree;   the update is the gradient at q
///   adaptive (Asam):   q = p + radius p^2 g / (| |p| g | + epsilon)
///
/// Place it first: `Sam{.radius = 0.05} | Sgd{...}`, and pass the objective to the step:
/// `optimizer.step(model, objective)` evaluates it twice. If the objective throws, nothing changes. If the
/// norm is 0, q is p, also for an epsilon of 0.
/// Memory: one copy of the parameters, allocated by the first step. Passes: those of the chain, 2 over the
/// parameters, and a second evaluation. Shapes: any.
/// Errors: std::invalid_argument for an option out of its range; `step` without the objective does not compile.
/// Source: Foret et al. 2021, arXiv:2010.01412; adaptive: Kwon et al. 2021, arXiv:2102.11600.
/// Differs from: Optax's contrib.sam, which takes the first of the two gradients from the caller;
/// pytorch_optimizer as here.
struct Sam {
  Schedule radius = 0.05;  ///< distance of the nearby point, not negative
  bool adaptive = false;   ///< a neighbourhood that scales with the parameters
  double epsilon = 1e-12;  ///< added to the norm, not negative

  static constexpr RuleTraits traits{.changes_objective = true};
  template <class Tree, class Gradient, class Saved, class Objective>
  void evaluate_nearby(Step step, Tree& parameters, Gradient& gradient, Saved& saved,
                       Objective& objective) const {
    detail::evaluate_nearby(*this, step, parameters, gradient, saved, objective);
  }
  template <class V>
  static V update(V u, V) {
    return u;
  }

  /// The value whose norm is taken, and the perturbation for a given scale.
  template <class V, class C>
  static V weighted_gradient(V g, V p, const C& c) {
    return select(c.adaptive > V(0), abs(p) * g, g);
  }
  template <class V, class C>
  static V perturbation(V g, V p, const C& c) {
    return c.scale * select(c.adaptive > V(0), p * p * g, g);
  }
  template <class S>
  struct PerturbationCoefficients {
    S scale, adaptive;
  };
  PerturbationCoefficients<double> perturbation_coefficients(Step step, double squared_norm) const {
    const double norm = std::sqrt(squared_norm) + epsilon;
    return {norm == 0 ? 0 : radius(step.index) / norm, adaptive ? 1.0 : 0.0};
  }

  void check(const Check& check) const {
    check("radius", radius, legal::non_negative);
    check("epsilon", epsilon, legal::non_negative);
  }
};

/// Adaptive sharpness-aware minimization: Sam in a neighbourhood that scales with the parameters.
///
/// Sam{.adaptive = true} with the radius of its paper; see there.
/// Memory, passes, shapes, errors: as Sam. Source: Kwon et al. 2021, arXiv:2102.11600.
/// Differs from: nothing in pytorch_optimizer's SAM(adaptive=True).
struct Asam {
  Schedule radius = 0.5;   ///< distance of the nearby point, not negative
  double epsilon = 1e-12;  ///< added to the norm, not negative

  auto chain() const { return descent::chain(Sam{.radius = radius, .adaptive = true, .epsilon = epsilon}); }
};

}  // namespace descent
