// SPDX-License-Identifier: MIT
#pragma once

#include <descent/training/fit/fit.hpp>
