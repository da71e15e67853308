// SPDX-License-Identifier: MIT
#pragma once

#include <descent/training/diagnose/check_gradient.hpp>
