// SPDX-License-Identifier: MIT
// The declarations that the README's snippets assume.
#pragma once

#include <descent/descent.hpp>

#include <Eigen/Dense>

using namespace descent;  // NOLINT(google-build-using-namespace)
