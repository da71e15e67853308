// SPDX-License-Identifier: MIT
#pragma once

#include <Eigen/Dense>

#include "support/catch.hpp"
