// SPDX-License-Identifier: MIT
#include <everything.hpp>

descent::FailureHandler handler_seen_by_the_other_file();
descent::FailureHandler handler_seen_by_the_other_file() { return descent::set_failure_handler(nullptr); }
