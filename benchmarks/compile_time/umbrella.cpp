// SPDX-License-Identifier: MIT
// descent/descent.hpp, nothing used
#include <descent/descent.hpp>
