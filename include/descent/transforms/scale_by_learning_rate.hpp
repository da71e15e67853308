// SPDX-License-Identifier: MIT
#pragma once

#include <descent/transforms/scale/scale_by_learning_rate.hpp>
