// SPDX-License-Identifier: MIT
#pragma once

#include <descent/training/report/report_log.hpp>
