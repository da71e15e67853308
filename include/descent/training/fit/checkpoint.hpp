// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/check.hpp>

#include <concepts>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace descent {

class Checkpoint;

namespace detail {
/// Complete if io/checkpoint.hpp is included.
template <class Path>
struct SavesFits;

/// The prefix of checkpoint names.
class FitPath {
 public:
  FitPath() = default;
  template <class Path>
    requires(!std::same_as<std::remove_cvref_t<Path>, FitPath> && std::convertible_to<Path, std::string>)
  FitPath(Path&& path) : path_(std::forward<Path>(path)) {
    static_assert(
        requires { sizeof(SavesFits<Path>); },
        "descent: the checkpoints of fit need #include <descent/io/checkpoint.hpp>");
  }
  operator const std::string&() const { return path_; }
  bool empty() const { return path_.empty(); }
  bool ends_with(std::string_view ending) const { return path_.ends_with(ending); }

 private:
  std::string path_;
};
}  // namespace detail

/// When and where `fit` saves the state of a training. Needs #include <descent/io/checkpoint.hpp>, in every
/// file that calls `fit` for the same model and rule.
struct FitCheckpoint {
  /// The prefix of the file names: "run" for "run-000000100.safetensors", after 100 steps. Empty: saves
  /// nothing. Its folder must exist and be writable, which is checked before the first step, and must not
  /// contain files of a different training with this prefix, unless `resume` continues from them.
  detail::FitPath path = {};
  std::optional<std::int64_t> every_steps = {};   ///< steps between two files, at least 1
  std::optional<std::int64_t> every_epochs = {};  ///< epochs between two files, at least 1; by default 1 if
                                                  ///< no interval is set
  std::optional<double> every_seconds = {};       ///< seconds between two files, greater than 0
  std::int64_t keep = 3;  ///< the number of newest files to keep, at least 1; the disk needs space for one
                          ///< more
  /// Whether `resume` accepts a rule with different options (a learning rate, a schedule, its length) from
  /// the saved one, and uses the new ones; else refuses it.
  bool other_options = false;
  /// Adds what callbacks remember: `.add = [&](Checkpoint& c) { c.add("plateau", plateau); }`. Without it, a
  /// plateau that `on_epoch` observes starts from its initial state after a resume.
  std::function<void(Checkpoint&)> add = {};

  bool is_on() const { return !path.empty(); }
  bool has_interval() const { return every_steps || every_epochs || every_seconds; }

  void check(const Check& check) const {
    if (every_steps) check("checkpoint.every_steps", static_cast<double>(*every_steps), legal::at_least(1));
    if (every_epochs)
      check("checkpoint.every_epochs", static_cast<double>(*every_epochs), legal::at_least(1));
    if (every_seconds) check("checkpoint.every_seconds", *every_seconds, legal::positive);
    check("checkpoint.keep", static_cast<double>(keep), legal::at_least(1));
    check.that(is_on() || !has_interval(), "checkpoint has an interval, but no path");
    check.that(!path.ends_with(".safetensors") && !path.ends_with("/"),
               "checkpoint.path must be the beginning of names, such as \"folder/run\": without an ending");
  }
};

}  // namespace descent
