// SPDX-License-Identifier: MIT
// What the README's snippets take for granted.
#pragma once

#include <descent/descent.hpp>

#include <Eigen/Dense>

using namespace descent;  // NOLINT(google-build-using-namespace)
