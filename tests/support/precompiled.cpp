// SPDX-License-Identifier: MIT
// A source file for the precompiled header that the test programs share.
#include "support/precompiled.hpp"
