// SPDX-License-Identifier: MIT
#include "support/step_or_nothing.hpp"

#include <descent/optimizers/kron.hpp>
#include <descent/optimizers/shampoo.hpp>
#include <descent/optimizers/soap.hpp>

// Rules of whole matrices that keep square factors.

using namespace test;

TEST_CASE("a schedule that throws leaves all as it was: Shampoo, Soap and Kron") {
  using descent::Shampoo, descent::Soap, descent::Kron;
  check_options<Dynamic>(Option{&Shampoo::learning_rate, 0.1}, Option{&Shampoo::weight_decay, 0.1},
                         Option{&Shampoo::beta, 0.5}, Option{&Shampoo::momentum, 0.5});
  check_options<Dynamic>(Option{&Soap::learning_rate, 0.1}, Option{&Soap::weight_decay, 0.1},
                         Option{&Soap::beta1, 0.5}, Option{&Soap::beta2, 0.5});
  check_options<Dynamic>(Option{&Kron::learning_rate, 0.1}, Option{&Kron::weight_decay, 0.1},
                         Option{&Kron::momentum, 0.5}, Option{&Kron::preconditioner_rate, 0.5},
                         Option{&Kron::fitted_share, 0.5});
}
