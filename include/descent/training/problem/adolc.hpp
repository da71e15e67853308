// SPDX-License-Identifier: MIT
#pragma once

// Needs ADOL-C (Debian: libadolc-dev), linked with -ladolc; not in descent.hpp.

/// 1 if ADOL-C's headers are there. Define it as 0 to do without them.
#ifndef DESCENT_HAS_ADOLC
#if __has_include(<adolc/adolc.h>)
#define DESCENT_HAS_ADOLC 1
#else
#define DESCENT_HAS_ADOLC 0
#endif
#endif

#if !DESCENT_HAS_ADOLC
#error "descent: adolc.hpp needs ADOL-C, whose header adolc/adolc.h was not found (Debian: libadolc-dev)"
#else

#include <descent/core/check.hpp>
#include <descent/core/errors.hpp>
#include <descent/core/parameters.hpp>
#include <descent/training/problem/active_tree.hpp>
#include <descent/training/problem/objective.hpp>

#include <adolc/adolc.h>
#include <Eigen/Core>

#include <concepts>
#include <stdexcept>
#include <type_traits>
#include <utility>

/// Lets Eigen compute with ADOL-C's numbers.
template <>
struct Eigen::NumTraits<adouble> : Eigen::NumTraits<double> {
  using Real = adouble;
  using NonInteger = adouble;
  using Nested = adouble;
  using Literal = adouble;
  enum { RequireInitialization = 1, ReadCost = 2, AddCost = 10, MulCost = 10 };
};
/// Lets Eigen multiply and add matrices of ADOL-C's numbers and of double.
template <class Operation>
struct Eigen::ScalarBinaryOpTraits<adouble, double, Operation> {
  using ReturnType = adouble;
};
template <class Operation>
struct Eigen::ScalarBinaryOpTraits<double, adouble, Operation> {
  using ReturnType = adouble;
};
/// ADOL-C calls it fabs. Eigen and generic functions call it abs.
inline adub abs(const badouble& x) { return fabs(x); }

namespace descent {

/// Options of `adolc`.
struct AdolcOptions {
  short tag = 20'000;  ///< the number of the tape, not negative; your own tapes need other numbers
  unsigned operations = 1U << 22;  ///< operations that the tape holds in memory, in [1, 1e9]
};

namespace detail {

/// Opens a tape of ADOL-C; closes it at the end of its scope, also after an exception.
class AdolcTape {
 public:
  explicit AdolcTape(const AdolcOptions& options) {
    if (isTaping())
      DESCENT_THROW(std::logic_error,
                    "descent: adolc: the loss is computed while ADOL-C records another function; call the "
                    "objective outside trace_on and trace_off, and not inside a loss of adolc");
    const unsigned size = options.operations;  // an operation has at most three operands
    trace_on(options.tag, 1, size, 3 * size, size, size);
  }
  AdolcTape(const AdolcTape&) = delete;
  AdolcTape& operator=(const AdolcTape&) = delete;
  ~AdolcTape() { trace_off(); }
};

template <class Result>
concept AdolcNumber = std::derived_from<std::remove_cvref_t<Result>, badouble>;

}  // namespace detail

/// An objective with exact derivatives; see `adolc`.
template <class F>
struct AdolcObjective {
  F function;
  AdolcOptions options = {};

  template <class Tree>
  double operator()(const Tree& parameters, GradientOf<Tree>& gradient) const {
    using Result = decltype(detail::call_with_tree(function, active(parameters)));
    static_assert(detail::AdolcNumber<Result>,
                  "descent: adolc: the function returns a plain number, so that its derivatives are lost; "
                  "return the scalar type of its arguments");
    double loss = 0;
    if constexpr (detail::AdolcNumber<Result>) {
      record(parameters, loss);
      const auto variables = static_cast<int>(parameter_count(parameters));
      Eigen::VectorXd derivatives(variables);
      double weight = 1;
      if (fos_reverse(options.tag, 1, variables, &weight, derivatives.data()) < 0)
        DESCENT_THROW(std::runtime_error, "descent: adolc: ADOL-C could not read its tape back");
      detail::write_gradient(gradient, [&](Eigen::Index k) { return derivatives[k]; });
    }
    return loss;
  }

 private:
  /// Runs the function; its variables are gone before the tape is closed.
  template <class Tree>
  void record(const Tree& parameters, double& loss) const {
    const detail::AdolcTape tape(options);
    const auto variables = active(parameters);
    adouble result = detail::call_with_tree(function, variables);
    result >>= loss;
  }

  template <class Tree>
  static auto active(const Tree& parameters) {
    return detail::active_copy<adouble>(parameters, [](const auto& value, Eigen::Index) {
      adouble variable;
      variable <<= static_cast<double>(value);
      return variable;
    });
  }
};

/// Makes an objective from a function template of the parameters, with exact derivatives by ADOL-C (reverse
/// mode): one gradient costs as much as a few evaluations, however many parameters there are.
///
///   auto loss = adolc([&](const auto& w, const auto& b) {  // of struct { MatrixXd w; VectorXd b; ... }
///     using Scalar = typename std::decay_t<decltype(w)>::Scalar;
///     using Matrix = Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic>;
///     const Matrix error = ((w * inputs.template cast<Scalar>()).colwise() + b) - targets;
///     return Scalar(error.squaredNorm());
///   });
///   minimize(loss, model, Adam{});
///
/// The function is the one that `autodiff` takes: it receives the same copy of the parameters, with scalars of
/// type adouble, and keeps the same rules, see there. It must return an adouble. All values are double on the
/// tape, also those of float.
///
/// Formula: with the operations v_k = f_k(v_i, v_j) of the tape, in reverse order,
///   d loss/d v_i += d loss/d v_k * df_k/dv_i.
/// Cost: every call runs the function once, records each operation, and reads the tape back once. Because
/// every call records again, `if`, loops and `?:` that depend on the values are right. At 0 the derivatives of
/// abs and of sqrt are 0, as ADOL-C defines them; that of `autodiff` is infinite for sqrt.
/// Memory: the tape needs about 20 bytes for each operation on scalars, not for each parameter. After
/// `operations` of them ADOL-C writes the tape into files ADOLC-*.tap in the current folder, which it removes
/// when the program ends. Repeated calls use the same memory again.
/// Threads: ADOL-C keeps its tapes and variables in globals. Only one thread at a time may evaluate a loss of
/// `adolc`, or use ADOL-C otherwise, whatever the tag.
/// A loss or derivative that is not finite is passed on. An exception of the function is, too; the next call
/// is not affected.
/// Errors: std::invalid_argument for options out of range; std::logic_error if ADOL-C is recording a function
/// already; std::runtime_error if the tape cannot be read back. ADOL-C itself ends the program if it cannot
/// write its files.
/// Source: Walther and Griewank 2012, Getting started with ADOL-C, in Combinatorial Scientific Computing.
template <class F>
auto adolc(F&& function, const AdolcOptions& options = {}) {
  const Check check("adolc");
  check("tag", options.tag, legal::between(0, 32'767));
  check("operations", options.operations, legal::between(1, 1e9));
  return AdolcObjective<std::remove_cvref_t<F> >{std::forward<F>(function), options};
}

}  // namespace descent

#endif
