// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/base/finite.hpp>
#include <descent/training/chart/chart.hpp>
#include <descent/training/diagnose/learning_rate_report.hpp>

#include <algorithm>
#include <string>
#include <utility>

// Not in descent.hpp.

namespace descent::svg {

/// The curve of a range test: loss against learning rate, the readings, the losses of the trials at their end,
/// and the suggestion.
///
///   svg::write_svg("rates.svg", svg::chart_of(find_learning_rate(model, data, AdamW{})));
inline Chart chart_of(const LearningRateReport& report, std::string title = "Learning rate range test") {
  Series raw{.style = Style::dots, .colour = "#9db8c9", .width = 0.4};
  Series smooth{.name = "loss, smoothed", .colour = "#0072b2", .width = 2.5};
  double low = 0, high = 0;
  for (const LearningRatePoint& point : report.curve) {
    raw.x.push_back(point.learning_rate);
    raw.y.push_back(point.loss);
    smooth.x.push_back(point.learning_rate);
    smooth.y.push_back(point.smoothed);
    const bool first = smooth.y.size() == 1;
    low = first ? point.smoothed : std::min(low, point.smoothed);
    high = first ? point.smoothed : std::max(high, point.smoothed);
  }
  // A loss that explodes at the end must not flatten the rest.
  if (!smooth.y.empty()) high = std::min(high, std::max(smooth.y.front(), low) + (smooth.y.front() - low));
  Series trials{.name = "trials, at their end", .style = Style::dots, .colour = "#d55e00", .width = 3};
  for (const LearningRateTrial& trial : report.trials) {
    if (!(trial.loss <= high)) continue;
    trials.x.push_back(trial.learning_rate);
    trials.y.push_back(trial.loss);
    low = std::min(low, trial.loss);
  }
  const double air = 0.15 * std::max(high - low, 1e-12);
  Panel panel{.x = {.label = "learning rate", .scale = Scale::logarithmic},
              .y = {.label = "loss after a step", .low = low - air, .high = high + air},
              .height = 300,
              .label_ends = false};
  for (const auto& [rate, name] :
       {std::pair{report.steepest, "falls fastest"}, std::pair{report.minimum, "lowest"},
        std::pair{report.divergence, "climbs back"}})
    for (const LearningRatePoint& point : report.curve)
      if (point.learning_rate == rate)
        panel.places.push_back({rate, point.smoothed, name, rate == report.minimum});
  if (report.found())
    panel.marks.push_back({report.suggestion, "suggestion " + descent::detail::rate_text(report.suggestion)});
  panel.series = {std::move(raw), std::move(smooth)};
  if (!trials.x.empty()) panel.series.push_back(std::move(trials));
  return {.title = std::move(title), .panels = {std::move(panel)}};
}

}  // namespace descent::svg
