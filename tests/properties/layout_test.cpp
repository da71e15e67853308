// SPDX-License-Identifier: MIT
#include "support/trajectories.hpp"

#include "support/catch.hpp"

#include <algorithm>

// The layout must not matter: strided, row-major, transposed and fixed-size blocks, with gradients in a
// different order or as expressions, give the bits of plain matrices. (More layouts with fewer rules:
// core/runs_test.cpp.)

namespace {

using namespace test;

constexpr std::size_t steps = 3;
constexpr double untouched = 42;

/// Memory for Views, in buffers with gaps between the elements. Nothing may be written into the gaps.
template <class S>
class ViewsData {
 public:
  explicit ViewsData(const std::vector<Matrix<S>>& values)
      : larger_(filled(values[0].rows() + 3, values[0].cols() + 2)),
        flat_(filled(values[1].size() + 1, 1)),
        spread_(filled(3 * values[2].size(), 1)),
        nested_(values[3].transpose()),
        views{larger_.block(2, 1, values[0].rows(), values[0].cols()),
              {flat_.data() + 1, values[1].rows(), values[1].cols()},
              {spread_.data(), values[2].rows(), values[2].cols(), {3 * values[2].rows(), 3}},
              nested_.transpose()} {
    views.part = values[0];
    views.row_major = values[1];
    views.strided = values[2];
  }

  /// The elements between those of the blocks.
  bool gaps_are_untouched() const {
    auto touched = [](const Matrix<S>& buffer) {
      return buffer.size() - (buffer.array() == S(untouched)).count();
    };
    return touched(larger_) <= views.part.size() && touched(flat_) <= views.row_major.size() &&
           touched(spread_) <= views.strided.size() && larger_(0, 0) == S(untouched) &&
           flat_(0) == S(untouched);
  }

 private:
  static Matrix<S> filled(Eigen::Index rows, Eigen::Index columns) {
    return Matrix<S>::Constant(rows, columns, S(untouched));
  }
  Matrix<S> larger_, flat_, spread_, nested_;

 public:
  Views<S> views;
};

template <class S>
class ViewsGradientData {
 public:
  explicit ViewsGradientData(const Gradients<S>& values)
      : half_(values[1] / S(2)),
        flat_(Matrix<S>::Zero(values[2].size() + 1, 1)),
        nested_(values[3].transpose()),
        gradient{values[0],
                 half_ + half_,
                 {flat_.data() + 1, values[2].rows(), values[2].cols()},
                 static_cast<const Matrix<S>&>(nested_).transpose()} {
    Eigen::Map<Matrix<S>>(flat_.data() + 1, values[2].rows(), values[2].cols()) = values[2];
  }

 private:
  Matrix<S> half_, flat_, nested_;

 public:
  const ViewsGradient<S> gradient;
};

/// The second and fourth block are row-major: as plain matrices they are their transposes.
template <class Blocks>
Blocks in_storage_order(Blocks blocks) {
  blocks[1] = blocks[1].transpose().eval();
  blocks[3] = blocks[3].transpose().eval();
  return blocks;
}

/// Muon's products sum in a different order if a matrix is row-major.
template <class S>
std::string near_difference(const Matrix<S>& a, const Matrix<S>& b) {
  return a.rows() == b.rows() && a.cols() == b.cols() &&
                 a.isApprox(b, std::is_same_v<S, float> ? S(1e-3) : S(1e-9))
             ? ""
             : "far apart";
}

template <class S>
std::string layout_dependence(const RuleUnderTest& rule, const Shapes& shapes) {
  const auto start = random_blocks<S>(shapes, 1);
  const auto gradients = random_gradients<S>(shapes, steps, 2);
  std::vector<Gradients<S>> plain_gradients;
  for (const auto& gradient : gradients) plain_gradients.push_back(in_storage_order(gradient));
  const auto plain = after_steps(rule.of<S>(), in_storage_order(start), plain_gradients);

  ViewsData<S> data(start);
  const auto optimizer = rule.of<S>().views(data.views);
  for (const auto& values : gradients) {
    const ViewsGradientData<S> gradient(values);
    optimizer->step(data.views, gradient.gradient);
    if (difference(gradient.gradient.strided, values[2]) != "") return "a gradient was changed";
  }
  if (!data.gaps_are_untouched()) return "an element outside of the blocks was changed";

  const Views<S>& views = data.views;
  const Outcome<S> viewed{
      in_storage_order(std::vector<Matrix<S>>{views.part, views.row_major, views.strided, views.transposed}),
      optimizer->state()};
  auto compare = [&](const Matrix<S>& a, const Matrix<S>& b) {
    return rule.takes_whole_matrices ? near_difference(a, b) : difference(a, b);
  };
  for (std::size_t k = 0; k < start.size(); ++k) {
    const std::string found = compare(viewed.parameters[k], plain.parameters[k]);
    if (!found.empty()) return "block " + std::to_string(k) + ": " + found;
  }
  if (viewed.state.size() != plain.state.size()) return "other state";
  for (std::size_t k = 0; k < viewed.state.size(); ++k) {
    const Slot<S>& slot = viewed.state[k];
    const bool by_rows = slot.path == "[1]" || slot.path == "[3]";
    if (slot.path != plain.state[k].path || slot.name != plain.state[k].name) return "other state";
    // The statistics that a rule of whole matrices keeps of rows are those of the columns of the transposed
    // block.
    if (rule.takes_whole_matrices && by_rows) continue;
    const std::string found = compare(by_rows ? slot.values.transpose() : slot.values, plain.state[k].values);
    if (!found.empty()) return slot.path + ", " + slot.name + ": " + found;
  }
  return "";
}

template <class S>
std::string size_dependence(const RuleUnderTest& rule) {
  const Shapes shapes = {{3, 5}, {7, 5}};
  const auto start = random_blocks<S>(shapes, 1);
  const auto gradients = random_gradients<S>(shapes, steps, 2);
  Fixed<S> fixed{start[0], start[1]};
  const auto optimizer = rule.of<S>().fixed(fixed);
  for (const auto& gradient : gradients) optimizer->step(fixed, {gradient[0], gradient[1]});
  return difference(Outcome<S>{{fixed.small, fixed.large}, optimizer->state()},
                    after_steps(rule.of<S>(), start, gradients));
}

template <class S>
void check_layouts(const RuleUnderTest& rule) {
  if (!rule.of<S>().views) return;
  if (rule.has_units || rule.draws_numbers) return;  // a transposed view is another matrix to it
  const Shapes square = {{5, 3}, {6, 6}, {7, 1}, {4, 4}}, small = {{5, 3}, {2, 7}, {7, 1}, {9, 4}},
               // Longer than a tile of strided elements, and than a chunk of measurements.
      large = {{70, 9}, {23, 29}, {4200, 1}, {31, 19}};
  CHECK(layout_dependence<S>(rule, square) == "");
  if (rule.takes_whole_matrices) return;
  CHECK(layout_dependence<S>(rule, small) == "");
  CHECK(layout_dependence<S>(rule, large) == "");
  CHECK(layout_dependence<S>(rule, {{0, 3}, {2, 0}, {1, 1}, {0, 0}}) == "");
}

}  // namespace

TEST_CASE("every rule: views give the bits of plain matrices") {
  for (const RuleUnderTest& rule : rules_under_test()) {
    INFO(rule.name);
    check_layouts<float>(rule);
    check_layouts<double>(rule);
  }
}

TEST_CASE("every rule: blocks of fixed size give the bits of dynamic ones") {
  for (const RuleUnderTest& rule : rules_under_test()) {
    INFO(rule.name);
    if (rule.of_float.fixed) CHECK(size_dependence<float>(rule) == "");
    if (rule.of_double.fixed) CHECK(size_dependence<double>(rule) == "");
  }
}

TEST_CASE("both are tested with both element types") {
  const auto& rules = rules_under_test();
  CHECK(std::any_of(rules.begin(), rules.end(),
                    [](const auto& r) { return r.of_float.views && r.of_double.fixed; }));
  CHECK(std::any_of(rules.begin(), rules.end(),
                    [](const auto& r) { return r.of_double.views && r.of_float.fixed; }));
}

TEST_CASE("a difference of one bit would be found") {
  const Shapes shapes = {{2, 3}};
  const Outcome<float> here{random_blocks<float>(shapes, 1), {}};
  Outcome<float> there = here;
  CHECK(difference(here, there) == "");
  there.parameters[0](1, 1) = std::nextafter(there.parameters[0](1, 1), 100.0F);
  CHECK(difference(here, there) != "");
  there.parameters[0] = here.parameters[0].cwiseAbs();
  there.parameters[0](0, 0) = -0.0F;
  CHECK(difference(here, there) != "");
}
