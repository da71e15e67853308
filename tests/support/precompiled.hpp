// SPDX-License-Identifier: MIT
#pragma once

#include <descent/descent.hpp>

#include <Eigen/Dense>

#include "support/catch.hpp"
