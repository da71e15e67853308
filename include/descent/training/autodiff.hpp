// SPDX-License-Identifier: MIT
#pragma once

#include <descent/training/problem/autodiff.hpp>
