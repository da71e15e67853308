// SPDX-License-Identifier: MIT
// The library's charts, under the names that the examples use.
#pragma once

#include <descent/training/chart/svg_chart.hpp>

namespace support {

using namespace descent::svg;

}  // namespace support
