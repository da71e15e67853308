// SPDX-License-Identifier: MIT
#pragma once

#include <descent/core/schedule.hpp>

#include <Eigen/Core>

#include <array>
#include <initializer_list>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace reference {

/// A case that descent cannot express (yet); the text names the option that prevents it.
struct Unsupported : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct BlockShape {
  Eigen::Index rows = 0, columns = 0;
  bool is_vector = false;
};

/// The options of a case under the names of the system that made it.
///
/// Every option must be read: `require_all_used` reports one that the mapping does not use, so that none is
/// ignored silently. An option that is absent or null has the peer's default. The other inputs of a case
/// (`rates`, `momenta`, ...) count as options, too.
class PeerOptions {
 public:
  PeerOptions(const nlohmann::json& options, std::vector<BlockShape> shapes);

  /// The blocks of the case: some peers' rules depend on their shapes.
  const std::vector<BlockShape>& shapes() const { return shapes_; }

  bool has(const std::string& name) const;
  /// Whether the case lists the option as null, which turns some options off.
  bool is_null(const std::string& name) const;
  double real(const std::string& name, double otherwise);
  int whole(const std::string& name, int otherwise);
  bool flag(const std::string& name, bool otherwise);
  std::string text(const std::string& name, const std::string& otherwise);
  /// Two numbers, as PyTorch's `betas`.
  std::pair<double, double> pair(const std::string& name, double first, double second);
  /// Two numbers of which each may be null.
  std::pair<std::optional<double>, std::optional<double>> optional_pair(const std::string& name,
                                                                        std::optional<double> first,
                                                                        std::optional<double> second);
  /// A word and a number, as Optax's `init_step`.
  std::pair<std::string, double> named_number(const std::string& name);
  /// Any number of numbers.
  std::vector<double> list(const std::string& name, std::vector<double> otherwise);
  /// Triples of numbers: one, or a list of them.
  std::vector<std::array<double, 3>> triples(const std::string& name, std::array<double, 3> otherwise);

  /// The learning rate under the peer's name: a number, "0.1 * 0.8^k", or the `rates` of the case.
  descent::Schedule rate(const std::string& name, double otherwise);
  /// The momentum: a number, or the `momenta` of the case.
  descent::Schedule momentum(const std::string& name, double otherwise);
  /// timm's `corrected_weight_decay`: decay * rate / (the initial learning rate of the optimizer).
  descent::Schedule corrected_decay(double weight_decay, const std::string& rate_name);

  /// Options inside an option: those of a rule that another one wraps.
  PeerOptions nested(const std::string& name);

  /// Throws Unsupported unless the flag is absent or has this value, the only one that can be expressed.
  void expect_flag(const std::string& name, bool value);
  /// Options that change how a peer computes, but not its results.
  void ignore(std::initializer_list<const char*> names);
  /// Throws Unsupported for the first option that was not read.
  void require_all_used() const;

  [[noreturn]] void unsupported(const std::string& name) const;

 private:
  const nlohmann::json& use(const std::string& name);
  std::vector<double> numbers(const std::string& name);
  void use_description_of_rates();

  std::shared_ptr<const nlohmann::json> options_;
  std::set<std::string> used_;
  std::vector<BlockShape> shapes_;
};

}  // namespace reference
