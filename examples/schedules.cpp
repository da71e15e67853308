// SPDX-License-Identifier: MIT
// A gallery of every learning-rate schedule and of compositions, as one image. Below each curve is the
// schedule as text: to_string writes it, and parse_schedule turns it back into the same curve.
//
//   schedules [FILE.svg]      the output file (default schedules.svg)
#include "support/svg_chart.hpp"

#include <descent/descent.hpp>
#include <descent/schedules/text.hpp>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

using namespace descent;

constexpr std::int64_t length = 1000;

struct Group {
  std::string title;
  std::vector<Schedule> schedules;
};

std::vector<Group> gallery() {
  const CosineDecay cosine{.initial = 1, .steps = 1000};
  const LinearDecay line{.initial = 1, .steps = 1000};
  return {
      {"Decays",
       {line, cosine, PolynomialDecay{.initial = 1, .power = 2, .steps = 1000},
        PolynomialDecay{.initial = 1, .power = 0.5, .steps = 1000},
        ExponentialDecay{.initial = 1, .factor = 0.1, .steps = 500},
        NaturalExponentialDecay{.initial = 1, .decay = 3, .steps = 1000},
        InverseTimeDecay{.initial = 1, .decay = 9, .steps = 1000},
        InverseSquareRoot{.initial = 1, .steps = 50}, TanhDecay{.initial = 1, .steps = 1000},
        Rex{.initial = 1, .steps = 1000}, CosineDecay{.initial = 1, .steps = 1000, .exponent = 3},
        CosineDecay{.initial = 1, .steps = 1000, .progress_power = 3}}},
      {"Steps and lists",
       {StepDecay{.initial = 1, .factor = 0.5, .every = 250},
        MultiStep{.initial = 1, .factor = 0.3, .milestones = {300, 600, 800}},
        PiecewiseConstant{.values = {0.4, 1, 0.2}, .boundaries = {200, 700}},
        PiecewiseInterpolation{.values = {0.2, 1, 0.4, 0}, .boundaries = {200, 700, 1000}},
        PiecewiseInterpolation{.values = {0.2, 1, 0.4, 0}, .boundaries = {200, 700, 1000}, .cosine = true},
        ExponentialDecay{.initial = 1, .factor = 0.7, .steps = 100, .staircase = true}}},
      {"Warm-up and cooldown",
       {warmup(600) >> 1.0, warmup(600, WarmupShape::cosine) >> 1.0,
        warmup(600, WarmupShape::square_root) >> 1.0, warmup(600, WarmupShape::one_minus_square_root) >> 1.0,
        warmup(600, WarmupShape::logarithmic) >> 1.0, warmup(600, 1e-2, WarmupShape::exponential) >> 1.0,
        WarmupStableDecay{.peak = 1, .warmup = 100, .stable = 600, .decay = 300},
        WarmupStableDecay{
            .peak = 1, .warmup = 100, .stable = 600, .decay = 300, .cooldown = Cooldown::linear},
        WarmupStableDecay{
            .peak = 1, .warmup = 100, .stable = 600, .decay = 300, .cooldown = Cooldown::cosine},
        WarmupStableDecay{
            .peak = 1, .warmup = 100, .stable = 600, .decay = 300, .cooldown = Cooldown::one_minus_square},
        Noam{.model_size = 512, .warmup = 200}, SwaAnnealing{.initial = 1, .final = 0.5, .steps = 300}}},
      {"Cycles and restarts",
       {CosineRestarts{.initial = 1, .steps = 143, .period_factor = 2},
        CosineRestarts{.initial = 1, .steps = 200, .peak_factor = 0.7, .warmup = 50},
        PolynomialRestarts{.initial = 1, .steps = 250, .power = 2, .peak_factor = 0.8},
        TanhRestarts{.initial = 1, .steps = 334, .peak_factor = 0.8},
        CosineDecay{.initial = 1, .steps = 1000, .waves = 2.5},
        CosineDecay{.initial = 1, .steps = 1000, .waves = 2.5, .restarts = true},
        Cyclic{.initial = 0.1, .peak = 1, .rise = 100},
        Cyclic{.initial = 0.1, .peak = 1, .rise = 100, .cycle_factor = 0.5},
        Cyclic{.initial = 0.1, .peak = 1, .rise = 50, .fall = 100, .step_factor = 0.998},
        OneCycle{.peak = 1, .steps = 1000}, OneCycle{.peak = 1, .steps = 1000, .fall = 0.6, .linear = true},
        PolynomialDecay{.initial = 1, .steps = 250, .extends = true}}},
      {"To search, to stir, to slow down",
       {RangeTest{.initial = 1e-3, .final = 1, .steps = 1000},
        Noisy{.schedule = cosine, .limit = 0.2, .begin = 300, .end = 700},
        per_epoch(Chebyshev{.scale = 0.05, .steps = 32}, 31), Demon{.steps = 1000},
        OneCycle{.peak = 1, .steps = 1000}.momentum(), Cyclic{.initial = 0.95, .peak = 0.8, .rise = 200}}},
      {"Compositions",
       {warmup(150) >> CosineDecay{.initial = 1, .steps = 850},
        warmup(100) >> 1.0 >> hold(200) >> CosineDecay{.initial = 0.6, .steps = 700},
        join(
            {StepDecay{.initial = 1, .factor = 0.7, .every = 100}, CosineDecay{.initial = 0.3, .steps = 500}},
            {500}),
        line * CosineDecay{.initial = 1, .steps = 100, .final = 0.5, .periodic = true},
        0.7 * line + CosineDecay{.initial = 0.3, .steps = 100, .periodic = true},
        mean({cosine, StepDecay{.initial = 1, .every = 250}}), clamp(cosine, 0.2, 0.8), shift(cosine, -300),
        stretch(ListedValues{.values = {0.2, 0.9, 0.5, 0.6, 0.3, 0.1}}, 200),
        per_epoch(ListedValues{.values = {0.2, 0.9, 0.5, 0.6, 0.3, 0.1}}, 200),
        cycle(warmup(50) >> Rex{.initial = 1, .steps = 200}),
        clamp(ExponentialDecay{.initial = 1, .factor = 0.1, .steps = 400}, 0.1, 1) *
            Cyclic{.initial = 0.6, .peak = 1, .rise = 40}}}};
}

// ---- The image: a grid with a small chart for each schedule. ----

constexpr double tile_width = 240, tile_height = 170, columns = 6, margin = 20;

std::string text_at(double x, double y, const std::string& style, const std::string& content) {
  using support::detail::text;
  return "<text x=\"" + text(x, 1) + "\" y=\"" + text(y, 1) + "\" " + style + ">" +
         support::detail::escaped(content) + "</text>\n";
}

/// Lines of at most `width` letters, broken after a comma or an operator.
std::vector<std::string> lines_of(const std::string& words, std::size_t width) {
  std::vector<std::string> lines(1);
  for (std::size_t begin = 0; begin < words.size();) {
    std::size_t end = words.find(' ', begin);
    while (end != std::string::npos && std::string(",>*+").find(words[end - 1]) == std::string::npos)
      end = words.find(' ', end + 1);
    end = std::min(end, words.size() - 1) + 1;
    if (!lines.back().empty() && lines.back().size() + end - begin > width + 1) lines.emplace_back();
    lines.back() += words.substr(begin, end - begin);
    begin = end;
  }
  return lines;
}

std::string draw(const Schedule& schedule, double x, double y) {
  const std::string words = to_string(schedule);
  support::Series series{.name = words};
  for (std::int64_t step = 0; step < length; ++step) {
    series.x.push_back(static_cast<double>(step));
    series.y.push_back(schedule(step));
  }
  const double highest = *std::max_element(series.y.begin(), series.y.end());
  const support::Panel panel{.x = {.low = 0, .high = static_cast<double>(length)},
                             .y = {.low = 0, .high = 1.06 * (highest < 0.1 ? highest : 1)},
                             .series = {series},
                             .height = 80};
  // The chart reserves space for titles and labels, which are empty here; without a background, tiles may
  // overlap.
  std::string tile = support::to_svg({.panels = {panel}, .width = tile_width + 16});
  tile.erase(tile.find("<rect"), tile.find("/>") + 2 - tile.find("<rect"));
  const std::string left = support::detail::text(x - 26, 1), top = support::detail::text(y - 34, 1);
  tile.insert(tile.find(' ') + 1, "x=\"" + left + "\" y=\"" + top + "\" ");
  const std::string style =
      "font-family=\"'DejaVu Sans Mono', Menlo, Consolas, monospace\" font-size=\"8.5\"";
  double below = y + 124;
  for (const std::string& line : lines_of(words, 42)) tile += text_at(x + 14, below += 10.5, style, line);
  return tile;
}

std::string picture(const std::vector<Group>& groups) {
  std::string body;
  double y = margin + 30;
  for (const Group& group : groups) {
    body += text_at(margin, y + 14, "font-size=\"16\" font-weight=\"600\"", group.title);
    y += 12;
    double column = 0;
    for (const Schedule& schedule : group.schedules) {
      if (column == columns) column = 0, y += tile_height;
      body += draw(schedule, margin + column++ * tile_width, y);
    }
    y += tile_height + 22;
  }
  const std::string width = support::detail::text(2 * margin + columns * tile_width, 0);
  const std::string height = support::detail::text(y, 0);
  return "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" + width + "\" height=\"" + height +
         "\" viewBox=\"0 0 " + width + " " + height +
         "\" font-family=\"Helvetica, Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif\" fill=\"#222\">\n"
         "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n" +
         text_at(margin, margin + 14, "font-size=\"20\" font-weight=\"600\"", "The schedules of descent") +
         body + "</svg>\n";
}

/// Whether the text of a schedule parses to the same schedule.
bool survives_as_text(const Schedule& schedule) {
  const Schedule read = parse_schedule(to_string(schedule));
  for (std::int64_t step = 0; step <= length; ++step)
    if (read(step) != schedule(step)) return false;
  return true;
}

bool run(const std::string& path) {
  const std::vector<Group> groups = gallery();
  bool all_survive = true;
  for (const Group& group : groups) {
    std::printf("%s\n", group.title.c_str());
    for (const Schedule& schedule : group.schedules) {
      all_survive = all_survive && survives_as_text(schedule);
      std::printf("  %s\n", to_string(schedule).c_str());
    }
  }
  std::ofstream file(path, std::ios::binary);
  file << picture(groups);
  file.close();
  if (!file) throw std::runtime_error("cannot write " + path);
  std::printf("\nThe picture is in %s.\n", path.c_str());
  return all_survive;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc > 1 ? argv[1] : "schedules.svg") ? 0 : 1;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
