// SPDX-License-Identifier: MIT
#pragma once

#include <descent/training/chart/chart.hpp>
#include <descent/training/chart/text.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

// Axes of charts: maps values to positions, places ticks and formats their labels.

namespace descent::svg::detail {

/// Maps values to positions along one axis.
class Ruler {
 public:
  struct Tick {
    double value;
    bool major;  // has a label and a line across the plot
  };

  /// Shows all values of [low, high], with a margin of `air`, a fraction of the axis.
  Ruler(const Axis& axis, double low, double high, double start, double end, double air)
      : scale_(axis.scale), start_(start), end_(end) {
    low_ = warp(std::isnan(axis.low) ? low : axis.low);
    high_ = warp(std::isnan(axis.high) ? high : axis.high);
    if (!(low_ <= high_) || !std::isfinite(high_ - low_)) low_ = 0, high_ = 1;  // nothing to show
    const double room = high_ > low_ ? air * (high_ - low_) : 0.5;
    if (std::isnan(axis.low) || !(high_ > low_)) low_ -= room;
    if (std::isnan(axis.high) || !(high_ > low_)) high_ += room;
  }

  bool shows(double value) const { return std::isfinite(warp(value)); }
  bool contains(double value) const { return shows(value) && inside(warp(value)); }
  double operator()(double value) const {
    return start_ + (end_ - start_) * (warp(value) - low_) / (high_ - low_);
  }

  std::vector<Tick> ticks(double pixels_per_label) const {
    const double room = std::max(2.0, std::abs(end_ - start_) / pixels_per_label);
    return scale_ == Scale::linear ? linear_ticks(room) : logarithmic_ticks(room);
  }

 private:
  double warp(double value) const {
    if (scale_ == Scale::linear) return value;
    return value > 0 ? std::log10(value) : automatic;
  }

  bool inside(double warped) const {
    const double slack = 1e-9 * (high_ - low_);
    return warped >= low_ - slack && warped <= high_ + slack;
  }

  /// Multiples of 1, 2 or 5 times a power of ten.
  std::vector<Tick> linear_ticks(double room) const {
    const double least = (high_ - low_) / room;
    const double power = std::pow(10, std::floor(std::log10(least)));
    const double step = power * (least <= power ? 1 : least <= 2 * power ? 2 : least <= 5 * power ? 5 : 10);
    std::vector<Tick> result;
    const double first = std::ceil(low_ / step - 1e-9);
    for (double k = 0; k <= 2 * room && inside((first + k) * step); ++k)
      result.push_back({(first + k) * step, true});
    return result;
  }

  /// Powers of ten, every second or third if there are many, with 2 and 5 between them if there are few.
  std::vector<Tick> logarithmic_ticks(double room) const {
    const double decades = high_ - low_;
    const double stride = std::max(1.0, std::ceil(decades / room));
    const bool finer = 3 * decades <= room;
    std::vector<Tick> result;
    for (double exponent = std::floor(low_); exponent <= high_; ++exponent) {
      for (int digit = 1; digit <= 9; ++digit) {
        const bool major =
            digit == 1 ? std::fmod(exponent, stride) == 0 : finer && (digit == 2 || digit == 5);
        if ((digit == 1 || stride == 1) && inside(exponent + std::log10(digit)))
          result.push_back({digit * std::pow(10, exponent), major});
      }
    }
    return result;
  }

  Scale scale_;
  double start_, end_, low_ = 0, high_ = 1;
};

/// The range of the series of a panel along one axis, without values that its scale cannot show.
struct Range {
  double low = std::numeric_limits<double>::infinity(), high = -low;

  Range(const Panel& panel, std::vector<double> Series::*values, const Axis& axis) {
    for (const Series& series : panel.series)
      for (const double value : series.*values) add(value, axis.scale);
  }
  void add(double value, Scale scale) {
    if (!std::isfinite(value) || (scale == Scale::logarithmic && value <= 0)) return;
    low = std::min(low, value);
    high = std::max(high, value);
  }
};

inline Ruler horizontal_ruler(const Panel& panel, double left, double right) {
  const Range range(panel, &Series::x, panel.x);
  return {panel.x, range.low, range.high, left, right, 0};
}
inline Ruler vertical_ruler(const Panel& panel, double bottom, double top) {
  const Range range(panel, &Series::y, panel.y);
  return {panel.y, range.low, range.high, bottom, top, 0.05};
}

/// One format for all labels of an axis: plain numbers if they are short.
struct Labels {
  explicit Labels(const std::vector<Ruler::Tick>& ticks) {
    for (const auto& [value, major] : ticks) {
      if (!major) continue;
      plain = plain && exponent_of(value) >= -4 && exponent_of(value) < 6;
      widest = std::max(widest, static_cast<double>(plain_label(value).size()));
    }
    if (!plain) widest = 4;
  }
  std::string operator()(double value) const { return plain ? plain_label(value) : power_label(value); }

  bool plain = true;
  double widest = 0;  // in letters
};

/// Moves labels apart until none overlaps: keeps their order and moves each as little as possible.
inline void spread(std::vector<double>& places, double distance, double low, double high) {
  std::vector<std::size_t> order(places.size());
  for (std::size_t k = 0; k < order.size(); ++k) order[k] = k;
  std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return places[a] < places[b]; });
  // Labels that touch form a group around the mean of their targets; groups that touch are merged.
  struct Group {
    double centre, count;
  };
  std::vector<Group> groups;
  auto fit_in = [&](Group& group) {
    const double half = distance * (group.count - 1) / 2;
    group.centre = std::max(low + half, std::min(high - half, group.centre));
  };
  for (const std::size_t k : order) {
    groups.push_back({places[k], 1});
    fit_in(groups.back());
    while (groups.size() > 1) {
      Group &upper = groups[groups.size() - 2], &lower = groups.back();
      const double count = upper.count + lower.count;
      if (lower.centre - upper.centre >= distance * count / 2) break;
      upper = {(upper.centre * upper.count + lower.centre * lower.count) / count, count};
      groups.pop_back();
      fit_in(groups.back());
    }
  }
  std::size_t next = 0;
  for (const Group& group : groups)
    for (double k = 0; k < group.count; ++k)
      places[order[next++]] = group.centre + distance * (k - (group.count - 1) / 2);
}

}  // namespace descent::svg::detail
