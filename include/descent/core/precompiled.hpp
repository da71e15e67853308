// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/optimizer.hpp>

/// DESCENT_EXTERN(rule, scalar): compiles the engine of a rule in a different file of the program.
///
///   #include <descent/core/precompiled.hpp>
///   #include <descent/optimizers/adamw.hpp>
///   DESCENT_EXTERN(descent::AdamW, float)       // in every file that steps float parameters by AdamW
///   DESCENT_INSTANTIATE(descent::AdamW, float)  // in one file
///
/// Write both outside of all namespaces, after the header of the rule. A file then compiles in a third of the
/// time: only the code that depends on its trees remains. The rule is a type; give a type with commas a name
/// first: `using Clipped = decltype(descent::ClipByGlobalNorm{} | descent::AdamW{});`. Applies to trees of
/// one element type with sizes unknown at compile time; other trees compile as without the macros, and so do
/// trees with row-major matrices under a rule of whole matrices. Files built for different instruction sets
/// do not link with each other.
#define DESCENT_EXTERN(rule, scalar)                                             \
  extern template class ::descent::detail::Engine<::descent::detail::Plan<rule>, \
                                                  ::descent::detail::TypeList<scalar>, false>;

/// DESCENT_INSTANTIATE(rule, scalar): compiles the engine of a rule here, for all files that use
/// DESCENT_EXTERN.
#define DESCENT_INSTANTIATE(rule, scalar)                                 \
  template class ::descent::detail::Engine<::descent::detail::Plan<rule>, \
                                           ::descent::detail::TypeList<scalar>, false>;
