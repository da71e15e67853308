// SPDX-License-Identifier: MIT
#pragma once

#include <descent/training/report/live_view.hpp>
