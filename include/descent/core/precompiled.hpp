// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/optimizer.hpp>

/// DESCENT_EXTERN(rule, scalar): the engine of a rule is compiled in another file of the program.
///
///   #include <descent/core/precompiled.hpp>
///   #include <descent/optimizers/adamw.hpp>
///   DESCENT_EXTERN(descent::AdamW, float)       // in every file that steps float parameters by AdamW
///   DESCENT_INSTANTIATE(descent::AdamW, float)  // in one file
///
/// Both stand outside of all namespaces, after the header of the rule. A file then compiles in a third of the time:
/// what remains is what knows its trees. The rule is a type; give one with commas a name first:
/// `using Clipped = decltype(descent::ClipByGlobalNorm{} | descent::AdamW{});`. They serve trees of one element type whose
/// sizes the compiler does not know; other trees are compiled as without them, and so are trees with row-major matrices
/// under a rule of whole matrices. Files built for different instruction sets do not link with each other.
#define DESCENT_EXTERN(rule, scalar)                                             \
  extern template class ::descent::detail::Engine<::descent::detail::Plan<rule>, \
                                                  ::descent::detail::TypeList<scalar>, false>;

/// DESCENT_INSTANTIATE(rule, scalar): compiles the engine of a rule here, for all files that say DESCENT_EXTERN.
#define DESCENT_INSTANTIATE(rule, scalar)                                 \
  template class ::descent::detail::Engine<::descent::detail::Plan<rule>, \
                                           ::descent::detail::TypeList<scalar>, false>;
