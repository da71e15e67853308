// SPDX-License-Identifier: MIT
#pragma once

#include <descent/training/minimize/minimize.hpp>
