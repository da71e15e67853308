// SPDX-License-Identifier: MIT
#include "fuzz/rule_text.hpp"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  test::read_any_rule({reinterpret_cast<const char*>(data), size});
  return 0;
}
