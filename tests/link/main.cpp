// SPDX-License-Identifier: MIT
#include <everything.hpp>

descent::FailureHandler handler_seen_by_the_other_file();

namespace {
void handler(const char*) {}
}  // namespace

// Both files share the library's one variable.
int main() {
  descent::set_failure_handler(handler);
  return handler_seen_by_the_other_file() == handler ? 0 : 1;
}
