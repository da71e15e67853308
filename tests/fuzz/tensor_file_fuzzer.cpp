// SPDX-License-Identifier: MIT
#include "fuzz/tensor_file.hpp"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  test::read_any_tensor_file(std::as_bytes(std::span(data, size)));
  return 0;
}
