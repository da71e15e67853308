// SPDX-License-Identifier: MIT
#pragma once

#include "reference/any_rule.hpp"
#include "reference/peer_options.hpp"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <string>
#include <vector>

namespace reference {

/// The blocks of a case and their positions in a Tree.
class Layout {
 public:
  explicit Layout(const nlohmann::json& blocks) {
    for (const auto& block : blocks) {
      shapes_.push_back({block.at("rows"), block.at("cols"), block.at("dimensions").get<int>() < 2});
      names_.push_back(block.at("name"));
      place_.push_back(shapes_.back().is_vector ? vectors_++ : matrices_++);
    }
  }

  std::size_t size() const { return shapes_.size(); }
  const std::vector<BlockShape>& shapes() const { return shapes_; }
  const std::string& name(std::size_t block) const { return names_[block]; }
  /// The number of a block in the order of the Tree: the matrices come first.
  std::size_t index_in_tree(std::size_t block) const {
    return shapes_[block].is_vector ? matrices_ + place_[block] : place_[block];
  }

  /// Entries as the files have them, [block][entry] in column-major order, as a tree.
  template <class S>
  Tree<S> tree(const nlohmann::json& entries) const {
    Tree<S> result{std::vector<Eigen::Matrix<S, Eigen::Dynamic, Eigen::Dynamic>>(matrices_),
                   std::vector<Eigen::Matrix<S, Eigen::Dynamic, 1>>(vectors_)};
    for (std::size_t b = 0; b < size(); ++b) {
      const auto values = entries.at(b).get<std::vector<double>>();
      const auto matrix =
          Eigen::Map<const Eigen::MatrixXd>(values.data(), shapes_[b].rows, shapes_[b].columns);
      if (matrix.size() != static_cast<Eigen::Index>(values.size()))
        throw std::runtime_error("block '" + names_[b] +
                                 "' has a different number of entries from its shape");
      if (shapes_[b].is_vector) {
        result.vectors[place_[b]] = matrix.col(0).cast<S>();
      } else {
        result.matrices[place_[b]] = matrix.cast<S>();
      }
    }
    return result;
  }

  template <class S>
  std::vector<S> entries(const Tree<S>& tree, std::size_t block) const {
    const S* data =
        shapes_[block].is_vector ? tree.vectors[place_[block]].data() : tree.matrices[place_[block]].data();
    return {data, data + shapes_[block].rows * shapes_[block].columns};
  }

 private:
  std::vector<BlockShape> shapes_;
  std::vector<std::string> names_;
  std::vector<std::size_t> place_;
  std::size_t matrices_ = 0, vectors_ = 0;
};

}  // namespace reference
