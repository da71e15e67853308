// SPDX-License-Identifier: MIT
#pragma once

#include <descent/training/diagnose/find_learning_rate.hpp>
