// SPDX-License-Identifier: MIT
#include "support/catch.hpp"

#include <descent/core/base/names.hpp>

#include <string>

using descent::detail::edit_distance;

TEST_CASE("the edits between two texts: characters that are added, dropped or replaced") {
  CHECK(edit_distance("", "") == 0);
  CHECK(edit_distance("weights", "weights") == 0);
  CHECK(edit_distance("weigths", "weights") == 2);
  CHECK(edit_distance("", "bias") == 4);
  CHECK(edit_distance("layer1.bias", "layers[1].bias") == 3);
  CHECK(edit_distance("kitten", "sitting") == 3);
  CHECK(edit_distance("sitting", "kitten") == 3);
}

TEST_CASE("of long texts only the ends are compared") {
  const std::string longer(200, 'a');
  CHECK(edit_distance(longer + "x", longer + "y") == 1);
  CHECK(edit_distance("b" + longer, "c" + longer) == 0);
}
