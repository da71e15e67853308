// SPDX-License-Identifier: MIT
#pragma once

#include "support/refusals.hpp"

#include <descent/core/optimizer.hpp>

#include <Eigen/Core>

#include <string>

namespace test {

/// The message with which a rule is refused, without "descent: RULE: "; empty if it is not.
template <class R>
std::string rule_refusal(const R& rule) {
  const Eigen::MatrixXd parameters = Eigen::MatrixXd::Ones(2, 2);
  const std::string message = refusal_of([&] { descent::Optimizer<Eigen::MatrixXd, R>(parameters, rule); });
  const std::string begin = "descent: " + std::string(descent::detail::type_name<R>()) + ": ";
  return message.rfind(begin, 0) == 0 ? message.substr(begin.size()) : message;
}

inline const std::string must_be_non_negative = ", must be at least 0 and finite";
inline const std::string must_be_positive = ", must be greater than 0 and finite";
inline const std::string must_be_a_decay_rate = ", must be in [0, 1)";
inline const std::string must_be_a_share = ", must be in [0, 1]";

}  // namespace test
