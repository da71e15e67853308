// SPDX-License-Identifier: MIT
#include "support/catch.hpp"

#include <descent/training/chart/text.hpp>

#include <string>
#include <vector>

using namespace descent::svg::detail;

TEST_CASE("chart text: numbers with digits after the point, or as short as they read back") {
  CHECK(text(1.5) == "1.5");
  CHECK(text(0.1) == "0.1");
  CHECK(text(2, 2) == "2.00");
  CHECK(text(-0.125, 1) == "-0.1");
  CHECK(text(1e300, 0).size() == 301);
}

TEST_CASE("chart text: what XML reads as its own is escaped, other letters stay") {
  CHECK(escaped("a < b & c > \"d\"") == "a &lt; b &amp; c &gt; &quot;d&quot;");
  CHECK(escaped("\xCE\xB2") == "\xCE\xB2");
  CHECK(text_width("\xCE\xB2\xCE\xB2", 10) == text_width("ab", 10));
  CHECK(text_width("", 10) == 0);
}

TEST_CASE("chart text: a text breaks at its blanks into lines that fit") {
  using Lines = std::vector<std::string>;
  CHECK(lines_of("", 100, 10).empty());
  CHECK(lines_of("one two", 1000, 10) == Lines{"one two"});
  CHECK(lines_of("one two three", 60, 10) == Lines{"one two", "three"});
  CHECK(lines_of("one two three", 20, 10) == Lines{"one", "two", "three"});  // words are never broken
  CHECK(lines_of("  one   two ", 1000, 10) == Lines{"one two"});
  CHECK(lines_of("\xCE\xB2\xCE\xB2 \xCE\xB2\xCE\xB2", 30, 10) ==
        lines_of("\xCE\xB2\xCE\xB2 \xCE\xB2\xCE\xB2", 1000, 10));
}

TEST_CASE("chart text: labels are plain numbers or powers of ten") {
  CHECK(plain_label(0) == "0");
  CHECK(plain_label(-0.0) == "0");
  CHECK(plain_label(0.001) == "0.001");
  CHECK(plain_label(0.5) == "0.5");
  CHECK(plain_label(1500) == "1500");
  CHECK(plain_label(-20) == "-20");
  CHECK(exponent_of(0.001) == -3);
  CHECK(exponent_of(-999) == 2);
  CHECK(exponent_of(0) == 0);
  const std::string power = power_label(1e-5), twice = power_label(2e3);
  CHECK(power.substr(0, 2) == "10");
  CHECK(power.find("5</tspan>") != std::string::npos);
  CHECK(twice.substr(0, 1) == "2");
  CHECK(twice.find("3</tspan>") != std::string::npos);
  CHECK(power_label(0) == "0");
}
