// SPDX-License-Identifier: MIT
#pragma once

#include <descent/io/system/paths.hpp>

// NewFile for this system.
#if DESCENT_POSIX_FILES
#include <descent/io/system/posix_new_file.hpp>
#else
#include <descent/io/system/standard_new_file.hpp>
#endif
