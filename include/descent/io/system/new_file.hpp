// SPDX-License-Identifier: MIT
#pragma once

#include <descent/io/system/paths.hpp>

#if DESCENT_POSIX_FILES
#include <descent/io/system/posix_new_file.hpp>
#else
#include <descent/io/system/standard_new_file.hpp>
#endif

namespace descent::detail {

/// The class that replaces a file after the new one is complete, on this system.
#if DESCENT_POSIX_FILES
using NewFile = PosixNewFile;
#else
using NewFile = StandardNewFile;
#endif

}  // namespace descent::detail
