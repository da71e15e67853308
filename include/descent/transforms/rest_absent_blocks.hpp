// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/rest_absent_blocks.hpp>
