// SPDX-License-Identifier: MIT
#pragma once

#include <descent/training/chart/svg_chart.hpp>
