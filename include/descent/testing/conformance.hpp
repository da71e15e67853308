// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/check.hpp>
#include <descent/core/rule.hpp>
#include <descent/testing/conformance_allocation.hpp>
#include <descent/testing/conformance_erasure.hpp>
#include <descent/testing/conformance_position.hpp>
#include <descent/testing/conformance_repetition.hpp>
#include <descent/testing/conformance_report.hpp>
#include <descent/testing/conformance_safety.hpp>
#include <descent/testing/conformance_saved_state.hpp>

#include <exception>
#include <functional>
#include <string>
#include <type_traits>
#include <utility>

namespace descent::testing {

namespace conformance {

/// Runs one property; reports what it throws as a finding.
template <class Find>
std::string run_property(const Find& find) {
  try {
    return find();
  } catch (const std::exception& error) {
    return std::string("throws: ") + error.what();
  } catch (...) {
    return "throws something other than a std::exception";
  }
}

/// Adds the properties of one rule to its report.
class Examination {
 public:
  Examination(const Subject& subject, const ConformanceOptions& options)
      : subject_(subject), options_(options), report_{.rule = subject.name} {}

  ConformanceReport examine() {
    add("purity", find_impurity<float>, find_impurity<double>);
    examine_allocation();
    examine_place();
    add("resume", find_fault_in_resuming<float>, find_fault_in_resuming<double>);
    add("finite", find_overflow<float>, find_overflow<double>);
    add("refusal of shapes", find_accepted_shape<float>, find_accepted_shape<double>);
    examine_options();
    add(
        "descent", [this](const Subject& subject) { return find_no_descent<float>(subject, options_); },
        [this](const Subject& subject) { return find_no_descent<double>(subject, options_); });
    return report_;
  }

 private:
  void add(const std::string& property, const std::function<std::string(const Subject&)>& of_float,
           const std::function<std::string(const Subject&)>& of_double, const std::string& note = "") {
    std::string found = run_property([&] { return of_float(subject_); });
    const char* scalar = scalar_name<float>();
    if (found.empty()) {
      found = run_property([&] { return of_double(subject_); });
      scalar = scalar_name<double>();
    }
    if (found.empty()) {
      report_.properties.push_back({property, PropertyStatus::passed, note});
    } else {
      report_.properties.push_back({property, PropertyStatus::failed, scalar + (": " + found)});
    }
  }
  void skip(const std::string& property, const std::string& reason) {
    report_.properties.push_back({property, PropertyStatus::skipped, reason});
  }

  void examine_allocation() {
    const bool eigen = eigen_is_watched(), counted = options_.allocations != nullptr;
    if (!eigen && !counted) {
      skip("no allocation",
           "define EIGEN_RUNTIME_NO_MALLOC and an eigen_assert that throws before Eigen is included, hand in "
           "a counter of operator new as `allocations`, or both");
      return;
    }
    const auto count = options_.allocations;
    add(
        "no allocation", [=](const Subject& subject) { return find_allocation<float>(subject, count); },
        [=](const Subject& subject) { return find_allocation<double>(subject, count); },
        eigen && counted ? ""
        : eigen          ? "through Eigen; operator new is not counted"
                         : "Eigen is not watched");
  }

  void examine_place() {
    if (options_.depends_on_place) {
      for (const char* property : {"position", "layout", "order of blocks"})
        skip(property, "the rule is said to depend on the place");
    } else {
      add("position", find_position<float>, find_position<double>);
      if (subject_.of_float.views && subject_.of_double.views) {
        add("layout", find_layout<float>, find_layout<double>);
      } else {
        skip("layout", "no optimizer of views was handed in");
      }
      if (subject_.chooses_by_block) {
        skip("order of blocks", "the rule chooses by block");
      } else {
        add("order of blocks", find_block_order<float>, find_block_order<double>);
      }
    }
    add("threads", find_thread_number<float>, find_thread_number<double>);
  }

  void examine_options() {
    if (!subject_.options_unknown.empty()) return skip("refusal of options", subject_.options_unknown);
    if (!subject_.of_double.broken) return skip("refusal of options", "no way to change them was handed in");
    add(
        "refusal of options", [](const Subject&) { return std::string(); }, find_accepted_nan<double>);
  }

  const Subject& subject_;
  const ConformanceOptions& options_;
  ConformanceReport report_;
};

inline ConformanceReport examine(const Subject& subject, const ConformanceOptions& options) {
  const Check check("check_conformance");
  check("descent_steps", static_cast<double>(options.descent_steps), legal::at_least(1));
  check("loss_left", options.loss_left, legal::positive);
  return Examination(subject, options).examine();
}

}  // namespace conformance

/// Tests whether a rule satisfies the contract that the engine and users rely on.
///
///   const auto report = testing::check_conformance(MyRule{.learning_rate = 0.1});
///   std::puts(to_string(report).c_str());
///     // MyRule breaks the contract
///     //   passed   purity
///     //   FAILED   finite: float: at step 0 with gradients of size 0 block 0, element (0, 0) is nan
///
/// The properties, for float and double:
/// * purity: two optimizers with the same inputs give the same bits; gradients and options do not change;
/// * no allocation in `step` and `reset`: skipped unless the program can detect it, see ConformanceOptions
///   and below;
/// * position: the same bits at every offset in memory; if the rule is element-wise, also at every position
///   in a block and split among blocks;
/// * layout: row-major matrices, parts of larger ones and strided ones give the same bits, within rounding if
///   the rule measures;
/// * order of blocks: the same bits, within rounding if the rule measures the whole tree;
/// * threads: the same bits for every number of threads;
/// * resume: a copy in the middle continues like the original; after reset() an optimizer behaves like a new
///   one; a new optimizer with the saved state gives the same bits, saved after each of 20 steps;
/// * finite: gradients of 0, of sizes 1e4 and 1e-12, and elements that are always 0 leave parameters finite;
/// * refusal of shapes, refusal of options: wrong ones, and NaN in any number or schedule of the rule's
///   struct, also at a later step, are refused and change nothing; infinity, -1 and 2 are refused at a later
///   step if they are refused as numbers;
/// * descent: it descends a quadratic in `descent_steps` steps; choose the options of the rule for that.
///
/// `rule` is a rule, or a function that makes one. Any rule: recipes, chains, rules that measure, take
/// matrices or use the loss (which is 2, except in `descent`), and rules that evaluate the objective (which
/// has the same gradient at every point). Eigen reports its allocations if EIGEN_RUNTIME_NO_MALLOC is defined
/// before it: by an assertion, which ends the program unless eigen_assert throws.
/// Needs exceptions. Takes seconds; up to a minute without optimization. Sets the executor for large steps
/// temporarily, so call it while no other thread steps.
/// Errors: std::invalid_argument for an option out of its range. A rule that fails is reported, not thrown.
template <class R>
ConformanceReport check_conformance(const R& rule, const ConformanceOptions& options = {}) {
  if constexpr (Rule<R>) {
    return conformance::examine(conformance::subject_of(rule), options);
  } else {
    static_assert(std::is_invocable_v<const R&>,
                  "descent: check_conformance takes a rule, or a function that makes one");
    return check_conformance(rule(), options);
  }
}

}  // namespace descent::testing
