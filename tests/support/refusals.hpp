// SPDX-License-Identifier: MIT
#pragma once

#include <stdexcept>
#include <string>

namespace test {

/// The message with which something is refused; empty if it is not.
template <class F>
std::string refusal_of(F attempt) {
  try {
    attempt();
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "";
}

}  // namespace test
