// SPDX-License-Identifier: MIT
#pragma once

#include <descent/testing/conformance_data.hpp>

// Numbers to test with, and comparisons to the last bit: those of the conformance kit.

namespace test {

using descent::testing::conformance::difference;
using descent::testing::conformance::Matrix;
using descent::testing::conformance::Numbers;
using descent::testing::conformance::same_bits;

}  // namespace test
