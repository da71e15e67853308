// SPDX-License-Identifier: MIT
#pragma once

#include "reference/catalogue.hpp"

// Rules that measure a block or the whole tree.
namespace reference {

void add_lamb(Catalogue&);
void add_clipping_units(Catalogue&);
void add_parameter_free(Catalogue&);
void add_dadapt(Catalogue&);
void add_prodigy(Catalogue&);
void add_schedule_free(Catalogue&);
void add_fromage(Catalogue&);
void add_stable_adamw(Catalogue&);
void add_novograd(Catalogue&);
void add_lars(Catalogue&);

}  // namespace reference
