// SPDX-License-Identifier: MIT
#include <descent/training/chart/svg_chart.hpp>

#include "support/catch.hpp"

#include <cmath>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <limits>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

using namespace descent;
using Catch::Matchers::ContainsSubstring;

namespace {

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

svg::Chart two_lines() {
  svg::Panel panel{.title = "Panel",
                   .x = {.label = "step"},
                   .y = {.label = "loss", .scale = svg::Scale::logarithmic},
                   .series = {{.name = "a < b", .x = {0, 1, 2}, .y = {1, 0.1, 0.01}},
                              {.name = "second", .x = {0, 1, 2}, .y = {2, 0.2, 0.02}}}};
  return {.title = "Title & more", .subtitle = "below", .panels = {panel}, .notes = {{"second", "note"}}};
}

}  // namespace

TEST_CASE("chart: one document with its words escaped, balanced elements, nothing to load") {
  const std::string text = svg::to_svg(two_lines());
  CHECK_THAT(text, ContainsSubstring("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"900\""));
  CHECK_THAT(text, ContainsSubstring("<title>Title &amp; more</title>"));
  CHECK_THAT(text, ContainsSubstring("a &lt; b"));
  CHECK(text.find("a < b") == std::string::npos);
  CHECK_THAT(text, ContainsSubstring(">note</tspan>"));
  CHECK(count(text, "<svg ") == count(text, "</svg>"));
  CHECK(count(text, "<text ") == count(text, "</text>"));
  CHECK(count(text, "href") == 0);
  CHECK(count(text, "<title>second</title>") == 1);
}

TEST_CASE("chart: a long subtitle takes several lines and moves what is below it") {
  svg::Chart chart = two_lines();
  const std::string one = svg::to_svg(chart);
  chart.width = 400;
  chart.subtitle = "The same network from the same start, with each of two rules, in batches of 32";
  const std::string text = svg::to_svg(chart);
  CHECK(count(text, "fill=\"#555\">") == count(one, "fill=\"#555\">") + 1);
  CHECK_THAT(text, ContainsSubstring(">The same network"));
  CHECK_THAT(text, ContainsSubstring("batches of 32</text>"));
  chart.subtitle = "The same network";
  const auto height = [](const std::string& svg) { return std::stod(svg.substr(svg.find("height=\"") + 8)); };
  CHECK(height(text) == height(svg::to_svg(chart)) + 18);
}

TEST_CASE("chart: values that cannot be drawn make gaps, and no number is infinite") {
  svg::Chart chart = two_lines();
  chart.panels[0].series[0].y = {std::nan(""), 0, -1};
  chart.panels[0].series[1].y = {1, std::numeric_limits<double>::infinity(), 3};
  const std::string text = svg::to_svg(chart);
  CHECK(text.find("nan") == std::string::npos);
  CHECK(text.find("inf") == std::string::npos);
  CHECK(count(text, "<title>a &lt; b</title>") == 0);
  CHECK_THAT(text, ContainsSubstring("M"));
  chart.panels[0].series[1].y = {1e-320, 1e300, 1};
  CHECK(svg::to_svg(chart).size() < 40'000);
}

TEST_CASE("chart: an empty one, an empty panel, a single point, one value") {
  CHECK_FALSE(svg::to_svg({}).empty());
  CHECK_FALSE(svg::to_svg({.panels = {{}}}).empty());
  svg::Chart chart{.panels = {{.series = {{.name = "point", .x = {3}, .y = {5}}}}}};
  CHECK(svg::to_svg(chart).find("nan") == std::string::npos);
  chart.panels[0].y.scale = svg::Scale::logarithmic;
  chart.panels[0].series[0] = {.name = "flat", .x = {1, 2, 3}, .y = {5, 5, 5}};
  CHECK(svg::to_svg(chart).find("nan") == std::string::npos);
}

TEST_CASE("chart: a name has one colour in all panels; no name, no legend") {
  svg::Chart chart = two_lines();
  chart.panels.push_back(chart.panels[0]);
  chart.panels[0].series.push_back({.x = {0, 1}, .y = {1, 1}});
  const std::string text = svg::to_svg(chart);
  CHECK(count(text, "#0072b2") == 5);  // the legend, and in each panel the line and its end
  CHECK(count(text, "#c8c8c8") == 1);
  chart.legend = false;
  CHECK(count(svg::to_svg(chart), "#0072b2") == 4);
}

TEST_CASE("chart: panels side by side have the same height as one above the other") {
  svg::Chart chart = two_lines();
  chart.panels.push_back(chart.panels[0]);
  chart.columns = 2;
  const std::string beside = svg::to_svg(chart);
  chart.panels.pop_back();
  const std::string alone = svg::to_svg(chart);
  const auto height = [](const std::string& text) { return text.substr(text.find("height="), 13); };
  CHECK(height(beside) == height(alone));
}

TEST_CASE("chart: the text of a place is above the height of its point, or below") {
  svg::Chart chart{.panels = {{.series = {{.x = {0, 2}, .y = {0, 1}}}, .places = {{1, 0.5, "here"}}}}};
  const auto height = [&] {
    const std::string svg = svg::to_svg(chart), label = svg.substr(0, svg.find(">here<"));
    return std::stod(label.substr(label.rfind("y=\"") + 3));
  };
  const double above = height();
  chart.panels[0].places[0].below = true;
  CHECK(height() == above + 24);
}

TEST_CASE("chart: marks and places in the plot, dots, limits of axes") {
  svg::Chart chart = two_lines();
  svg::Panel& panel = chart.panels[0];
  panel.marks = {{1, "here"}, {7, "outside"}};
  panel.places = {{1, 0.1, "this point"}, {1, 1e9, "far"}};
  panel.x.high = 4;
  panel.series[0].style = svg::Style::dots;
  const std::string text = svg::to_svg(chart);
  CHECK_THAT(text, ContainsSubstring(">here</text>"));
  CHECK_THAT(text, ContainsSubstring(">this point</text>"));
  CHECK(text.find("outside") == std::string::npos);
  CHECK(text.find("far<") == std::string::npos);
  CHECK(count(text, "<circle ") == 5);  // three dots, one in the legend, one place
  CHECK_THAT(text, ContainsSubstring(">4</text>"));
}

TEST_CASE("chart: is written to a file; an error names it") {
  const auto path = std::filesystem::temp_directory_path() / "descent_svg_chart_test.svg";
  svg::write_svg(path.string(), two_lines());
  std::ifstream file(path, std::ios::binary);
  std::ostringstream content;
  content << file.rdbuf();
  CHECK(content.str() == svg::to_svg(two_lines()));
  file.close();
  std::filesystem::remove(path);
  CHECK_THROWS_WITH(svg::write_svg("/nonexistent-folder/a.svg", {}),
                    "descent: write_svg: cannot write '/nonexistent-folder/a.svg'");
  CHECK_THROWS_AS(svg::write_svg("/nonexistent-folder/a.svg", {}), std::runtime_error);
}
