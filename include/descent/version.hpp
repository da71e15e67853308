// SPDX-License-Identifier: MIT
#pragma once

/// The version of descent; CMake reads these three lines.
#define DESCENT_VERSION_MAJOR 0
#define DESCENT_VERSION_MINOR 1
#define DESCENT_VERSION_PATCH 0
