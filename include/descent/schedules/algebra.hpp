// SPDX-License-Identifier: MIT
#pragma once

#include <descent/schedules/compose/algebra.hpp>
