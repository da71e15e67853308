// SPDX-License-Identifier: MIT
#pragma once

#include <descent/schedules/text/parse_schedule.hpp>
#include <descent/schedules/text/to_string.hpp>

// Schedules as text: `to_string` writes one, `parse_schedule` reads it. No other header includes this.
