// SPDX-License-Identifier: MIT
#pragma once

#include <stdexcept>
#include <string>

namespace test {

/// The message with which something is refused; empty if it is not.
template <class Error = std::invalid_argument, class F>
std::string refusal_of(F attempt) {
  try {
    attempt();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

}  // namespace test
