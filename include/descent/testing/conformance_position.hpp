// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/simd/pack.hpp>
#include <descent/core/threads.hpp>
#include <descent/testing/conformance_repetition.hpp>
#include <descent/testing/conformance_subject.hpp>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <numeric>
#include <string>
#include <tuple>
#include <vector>

// An element's position must not matter: in memory, in its block, in the tree, or its thread.

namespace descent::testing::conformance {

/// Rounding, relative to the largest element of a block, if sums may have a different order.
template <class S>
constexpr double rounding() {
  return sizeof(S) == sizeof(float) ? 1e-3 : 1e-9;
}

/// Elements first, first + 1, ... of a column, in blocks of the given lengths.
template <class S>
Matrices<S> cut(const Matrix<S>& column, Eigen::Index first, const std::vector<Eigen::Index>& lengths) {
  Matrices<S> blocks;
  for (const Eigen::Index length : lengths) {
    blocks.push_back(column.middleRows(first, length));
    first += length;
  }
  return blocks;
}

/// The elements of all blocks in one column.
template <class S>
Matrix<S> end_to_end(const Matrices<S>& blocks) {
  Eigen::Index size = 0;
  for (const auto& block : blocks) size += block.size();
  Matrix<S> column(size, 1);
  Eigen::Index next = 0;
  for (const auto& block : blocks) {
    column.middleRows(next, block.size()) = Eigen::Map<const Matrix<S>>(block.data(), block.size(), 1);
    next += block.size();
  }
  return column;
}

/// Steps one column of elements in pieces.
template <class S>
Matrix<S> stepped_in_pieces(const Subject& subject, const Trajectory<S>& way, Eigen::Index first,
                            const std::vector<Eigen::Index>& lengths, std::size_t offset) {
  Run<S> run(subject.of<S>(), cut(way.start[0], first, lengths), offset);
  for (const auto& gradient : way.gradients) run.step(cut(gradient[0], first, lengths));
  return end_to_end(run.data.values());
}

/// Elements in runs of all lengths, at several offsets, in one block and in several, give the same bits as
/// alone.
template <class S>
std::string find_place_in_block(const Subject& subject) {
  constexpr Eigen::Index lanes = static_cast<Eigen::Index>(simd::Pack<S>::size), longest = 3 * lanes + 1;
  const Trajectory<S> way({{longest, 1}}, 3, 7);
  const std::vector<Eigen::Index> single(static_cast<std::size_t>(longest), 1);
  const Matrix<S> alone = stepped_in_pieces(subject, way, 0, single, 0);
  auto compare = [&](Eigen::Index first, const std::vector<Eigen::Index>& lengths, std::size_t offset) {
    const Matrix<S> together = stepped_in_pieces(subject, way, first, lengths, offset);
    const Matrix<S> expected = alone.middleRows(first, together.size());
    const std::string found = difference(together, expected);
    if (found.empty()) return found;
    return found + " (as it is alone) in " + std::to_string(lengths.size()) + " blocks of together " +
           std::to_string(together.size()) + " elements, " + std::to_string(offset) + " off a cache line";
  };
  std::string found;
  for (Eigen::Index length = 1; length <= longest && found.empty(); ++length)
    for (const Eigen::Index first : {Eigen::Index{0}, longest - length})
      if (found.empty())
        found = compare(first, {length}, static_cast<std::size_t>(3 * first + length) % (64 / sizeof(S)));
  const std::vector<std::vector<Eigen::Index>> splits = {
      {lanes, lanes, lanes + 1}, {1, 2 * lanes, lanes}, {0, 3, 0, lanes - 1, 2 * lanes - 1}};
  for (const auto& lengths : splits)
    for (const std::size_t offset : {0u, 1u, 3u})
      if (found.empty()) found = compare(0, lengths, offset);
  return found;
}

/// The same blocks at other addresses.
template <class S>
std::string find_place_in_memory(const Subject& subject) {
  constexpr Eigen::Index lanes = static_cast<Eigen::Index>(simd::Pack<S>::size);
  for (Eigen::Index length = 0; length <= 3 * lanes + 1; length += 3) {
    const Trajectory<S> way({{length, 1}, {3, length / 2}, {2, 2}, {1, length}}, 3, 5);
    Run<S> expected(subject.of<S>(), way.start);
    expected.steps(way.gradients);
    for (const std::size_t offset : {1u, 2u, 5u}) {
      Run<S> run(subject.of<S>(), way.start, offset);
      run.steps(way.gradients);
      const std::string found = difference(run.now(), expected.now());
      if (!found.empty())
        return found + " in blocks " + std::to_string(offset) + " elements off a cache line";
    }
  }
  return "";
}

template <class S>
std::string find_position(const Subject& subject) {
  const std::string found = subject.elementwise ? find_place_in_block<S>(subject) : "";
  return found.empty() ? find_place_in_memory<S>(subject) : found;
}

/// Memory for Views, with gaps around the elements where nothing must be written.
template <class S>
class ViewsData {
 public:
  explicit ViewsData(const Matrices<S>& values)
      : rows_(values[0].rows()),
        columns_(values[0].cols()),
        larger_(static_cast<std::size_t>((rows_ + 1) * (columns_ + 3)), untouched),
        spread_(static_cast<std::size_t>(3 * values[1].size()), untouched),
        views{Part<S>(larger_.data() + 2, rows_, columns_, Eigen::OuterStride<>(columns_ + 3)),
              Strided<S>(spread_.data(), values[1].rows(), values[1].cols(), {3 * values[1].rows(), 3})} {
    std::get<0>(views) = values[0];
    std::get<1>(views) = values[1];
  }

  Matrices<S> values() const { return {std::get<0>(views), std::get<1>(views)}; }
  bool gaps_are_untouched() const {
    return touched(larger_) <= std::get<0>(views).size() && touched(spread_) <= std::get<1>(views).size();
  }

 private:
  static constexpr S untouched = 42;
  static Eigen::Index touched(const std::vector<S>& buffer) {
    return static_cast<Eigen::Index>(buffer.size()) - std::count(buffer.begin(), buffer.end(), untouched);
  }
  Eigen::Index rows_, columns_;
  std::vector<S> larger_, spread_;

 public:
  Views<S> views;
};

/// A row-major part of a larger matrix, and strided elements, compared with plain matrices.
template <class S>
std::string find_layout(const Subject& subject) {
  for (const Shapes& shapes : {Shapes{{5, 5}, {7, 3}}, Shapes{{40, 40}, {67, 31}}}) {
    const Trajectory<S> way(shapes, 3, 9);
    Run<S> plain(subject.of<S>(), way.start);
    ViewsData<S> data(way.start);
    const auto optimizer = subject.of<S>().views(data.views);
    for (std::size_t k = 0; k < way.gradients.size(); ++k) {
      plain.step(way.gradients[k]);
      optimizer->step(data.views, {way.gradients[k][0], way.gradients[k][1]}, given_loss);
      const double tolerance = subject.elementwise ? 0 : rounding<S>();
      const std::string found = difference(data.values(), plain.data.values(), tolerance);
      if (!found.empty())
        return at_step(k, found + ": block 0 is a part of a larger matrix kept by rows, block 1 is strided");
    }
    if (!data.gaps_are_untouched()) return "an element outside of the blocks was changed";
  }
  return "";
}

/// Runs the parts in sequence, the last first: a part that needs an earlier one would fail.
class BackwardExecutor final : public Executor {
 public:
  explicit BackwardExecutor(int threads) : threads_(threads) {
    before_ = descent::detail::chosen_executor.load(std::memory_order_acquire);
    set_executor(this);
  }
  ~BackwardExecutor() override { set_executor(before_); }
  BackwardExecutor(const BackwardExecutor&) = delete;
  BackwardExecutor& operator=(const BackwardExecutor&) = delete;

  int threads() const noexcept override { return threads_; }
  void run(int parts, Task task) noexcept override {
    for (int part = parts - 1; part >= 0; --part) task(part);
  }

 private:
  int threads_;
  Executor* before_ = nullptr;
};

/// Large steps in several parts, compared with one part.
template <class S>
std::string find_thread_number(const Subject& subject) {
  Shapes shapes = {{3, 5}, {0, 4}, {4097, 1}, {31, 90}};
  for (int k = 0; k < 15; ++k) shapes.emplace_back(64, 64);
  const Trajectory<S> way(shapes, 2, 3);
  auto stepped = [&](int threads) {
    const BackwardExecutor executor(threads);
    Run<S> run(subject.of<S>(), way.start, 1);
    run.steps(way.gradients);
    return run.now();
  };
  const Outcome<S> expected = stepped(1);
  for (const int threads : {2, 3}) {
    const std::string found = difference(stepped(threads), expected);
    if (!found.empty()) return found + " (with one thread) with " + std::to_string(threads) + " threads";
  }
  return "";
}

/// The blocks in a different order: the same bits, within rounding if the rule measures the whole tree.
template <class S>
std::string find_block_order(const Subject& subject) {
  const Trajectory<S> way({{3, 5}, {17, 1}, {4, 2}, {40, 30}}, 3, 11);
  const std::size_t count = way.start.size();
  auto turned = [&](const Matrices<S>& blocks) {
    Matrices<S> result;
    for (std::size_t b = 0; b < count; ++b) result.push_back(blocks[(b + 2) % count]);
    return result;
  };
  Run<S> expected(subject.of<S>(), way.start), run(subject.of<S>(), turned(way.start));
  for (std::size_t k = 0; k < way.gradients.size(); ++k) {
    expected.step(way.gradients[k]);
    run.step(turned(way.gradients[k]));
    const std::string found = difference(run.data.values(), turned(expected.data.values()),
                                         subject.measures_tree ? rounding<S>() : 0);
    if (!found.empty()) return at_step(k, found + " (in the first order), with the blocks in another order");
  }
  return "";
}

}  // namespace descent::testing::conformance
