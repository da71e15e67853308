// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/base/finite.hpp>  // moved
