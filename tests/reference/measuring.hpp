// SPDX-License-Identifier: MIT
#pragma once

#include "reference/catalogue.hpp"

// Rules that measure a block or the whole tree.
namespace reference {

void add_lamb(Catalogue&);

}  // namespace reference
