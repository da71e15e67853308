// SPDX-License-Identifier: MIT
#pragma once

// Runs this test program again in a new process, which must continue from files alone.

#if defined(__linux__)
#include "support/catch.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

namespace test {

inline constexpr const char* folder_variable = "DESCENT_TEST_NEW_PROCESS_FOLDER";

/// The folder that a new process was started with; empty in others.
inline std::string folder_of_new_process() {
  const char* const folder = std::getenv(folder_variable);
  return folder == nullptr ? "" : folder;
}

/// Runs the tests with a tag in a new process, and passes it a folder. Returns its status, 0 if they passed.
inline int status_of_new_process(const std::string& tag, const std::string& folder) {
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    if (::setenv(folder_variable, folder.c_str(), 1) == 0)
      ::execl("/proc/self/exe", "test", tag.c_str(), static_cast<char*>(nullptr));
    ::_exit(1);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(WIFEXITED(status));
  return WEXITSTATUS(status);
}

}  // namespace test
#endif
