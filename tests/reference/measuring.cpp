// SPDX-License-Identifier: MIT
#include "reference/measuring.hpp"

namespace reference {

void add_measuring(Catalogue& catalogue) { add_lamb(catalogue); }

}  // namespace reference
