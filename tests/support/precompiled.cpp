// SPDX-License-Identifier: MIT
// Something to compile with the precompiled header, which the test programs share.
#include "support/precompiled.hpp"
