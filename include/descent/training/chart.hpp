// SPDX-License-Identifier: MIT
#pragma once

#include <descent/training/chart/chart.hpp>
