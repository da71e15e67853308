// SPDX-License-Identifier: MIT
#pragma once

#include <descent/schedules/text/to_string.hpp>
