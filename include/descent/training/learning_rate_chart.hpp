// SPDX-License-Identifier: MIT
#pragma once

#include <descent/training/chart/learning_rate_chart.hpp>
