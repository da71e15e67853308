// SPDX-License-Identifier: MIT
#pragma once

#include <descent/schedules/text/parse_schedule.hpp>
