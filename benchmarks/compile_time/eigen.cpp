// SPDX-License-Identifier: MIT
// Eigen/Core alone
#include <Eigen/Core>
