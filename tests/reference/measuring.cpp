// SPDX-License-Identifier: MIT
#include "reference/measuring.hpp"

namespace reference {

void add_measuring(Catalogue& catalogue) {
  add_lamb(catalogue);
  add_clipping_units(catalogue);
  add_parameter_free(catalogue);
  add_dadapt(catalogue);
  add_prodigy(catalogue);
  add_schedule_free(catalogue);
  add_lars(catalogue);
  add_novograd(catalogue);
  add_stable_adamw(catalogue);
  add_fromage(catalogue);
}

}  // namespace reference
