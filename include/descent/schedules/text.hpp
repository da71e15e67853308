// SPDX-License-Identifier: MIT
#pragma once

#include <descent/schedules/parse_schedule.hpp>
#include <descent/schedules/to_string.hpp>

// Schedules as text: `to_string` writes one, `parse_schedule` reads it. Nothing else of descent includes this.
