// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/errors.hpp>
#include <descent/core/simd/build.hpp>
#include <descent/runtime/stage.hpp>
#include <descent/schedules/text/reader.hpp>

#include <cstddef>

// Which rules may follow which: what the compiler checks of a chain, for chains that are text.

namespace descent::detail::inline DESCENT_BUILD {

/// Refuses the rules that no text may contain.
DESCENT_COLD inline void refuse_program_only(const TextReader& reader, std::string_view name,
                                             std::size_t begin) {
  const auto fail = [&](std::string_view reason) { reader.fail_with(begin, joined({name, reason})); };
  if (name == "RestAbsentBlocks") fail(" is part of an Optimizer's type; write it in C++");
  if (name == "ScaleByBlock") fail(" takes a function of the program; write it in C++");
}

/// Refuses a rule that may not be masked.
DESCENT_COLD inline void refuse_alone(const TextReader& reader, const RuleFacts& facts, std::size_t begin,
                                      bool is_masked, bool is_part) {
  const auto fail = [&](std::string_view reason) { reader.fail_with(begin, joined({facts.name, reason})); };
  if (facts.stands_alone && is_part)
    fail(" stands alone: it evaluates the objective itself, and cannot be part of a composition");
  if (is_masked && facts.has_learning_rate)
    fail(
        " brings the learning rate: masked() would add the raw gradient to the blocks it leaves out; write "
        "partition(selector, rule, Freeze{})");
}

/// Refuses a rule that may not follow another one.
DESCENT_COLD inline void refuse_order(const TextReader& reader, const RuleFacts& first,
                                      const RuleFacts& second, std::size_t begin) {
  const auto fail = [&](std::string_view reason) {
    reader.fail_with(begin, joined({second.name, " after ", first.name, ": ", reason}));
  };
  if (first.has_learning_rate && second.has_learning_rate)
    fail(
        "the learning rate would be multiplied twice; keep one whole rule and put transformations "
        "(ScaleByAdam{}, ClipByGlobalNorm{}) before it");
  if (first.takes_matrices && second.measures_tree)
    fail("a rule that measures the whole tree must come before a rule of whole matrices");
  if (first.takes_matrices && second.sees_gradient)
    fail("a rule that compares the update with the gradient must come before a rule of whole matrices");
  if (first.replaces_gradient && second.sees_gradient)
    fail(
        "a rule that compares the update with the gradient cannot follow one that replaces the gradient; use "
        "the option of the first, such as .cautious, or an Optimizer");
  if (first.may_skip && second.needs_skipped_gradients)
    fail("it must come before a rule that skips steps, or its scale would never fall");
}

}  // namespace descent::detail::inline DESCENT_BUILD
