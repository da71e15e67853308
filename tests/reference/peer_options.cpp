// SPDX-License-Identifier: MIT
#include "reference/peer_options.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>

namespace reference {
namespace {

/// The value of each step; after the end the last one.
descent::Schedule by_step(std::vector<double> values) {
  return [values = std::move(values)](std::int64_t step) {
    return values[std::min(static_cast<std::size_t>(step), values.size() - 1)];
  };
}

/// Reads "0.1 * 0.8^k" from left to right.
class Formula {
 public:
  explicit Formula(const std::string& text) : rest_(text) {}

  std::optional<double> number() {
    char* end = nullptr;
    const double value = std::strtod(rest_.c_str(), &end);
    if (end == rest_.c_str()) return std::nullopt;
    rest_.erase(0, static_cast<std::size_t>(end - rest_.c_str()));
    return value;
  }
  bool sign(std::string_view expected) {
    rest_.erase(0, rest_.find_first_not_of(' '));
    if (rest_.compare(0, expected.size(), expected) != 0) return false;
    rest_.erase(0, expected.size());
    return true;
  }
  bool power_of_step() { return (sign("^") || sign("**")) && sign("k") && at_end(); }
  bool at_end() const { return rest_.find_first_not_of(' ') == std::string::npos; }

 private:
  std::string rest_;
};

descent::Schedule geometric(double first, double factor) {
  return [=](std::int64_t step) { return first * std::pow(factor, static_cast<double>(step)); };
}

/// `a`, `a * b^k` or `b^k`, where k counts the steps from 0.
std::optional<descent::Schedule> parse_rate(const std::string& text) {
  Formula formula(text);
  const auto a = formula.number();
  if (!a.has_value()) return std::nullopt;
  if (formula.at_end()) return descent::Schedule(*a);
  Formula power = formula;
  if (power.power_of_step()) return geometric(1, *a);
  if (!formula.sign("*")) return std::nullopt;
  const auto b = formula.number();
  if (!b.has_value() || !formula.power_of_step()) return std::nullopt;
  return geometric(*a, *b);
}

bool is_triple(const nlohmann::json& value) {
  return value.is_array() && value.size() == 3 &&
         std::all_of(value.begin(), value.end(), [](const auto& entry) { return entry.is_number(); });
}

}  // namespace

PeerOptions::PeerOptions(const nlohmann::json& options, std::vector<BlockShape> shapes)
    : options_(std::make_shared<const nlohmann::json>(options)), shapes_(std::move(shapes)) {}

bool PeerOptions::has(const std::string& name) const {
  return options_->contains(name) && !options_->at(name).is_null();
}

bool PeerOptions::is_null(const std::string& name) const {
  return options_->contains(name) && options_->at(name).is_null();
}

const nlohmann::json& PeerOptions::use(const std::string& name) {
  used_.insert(name);
  return options_->at(name);
}

PeerOptions PeerOptions::nested(const std::string& name) {
  return {has(name) ? use(name) : nlohmann::json::object(), shapes_};
}

void PeerOptions::unsupported(const std::string& name) const {
  std::string value = options_->value(name, nlohmann::json()).dump();
  if (value.size() > 60) value = value.substr(0, 57) + "...";
  throw Unsupported("option " + name + " = " + value);
}

double PeerOptions::real(const std::string& name, double otherwise) {
  if (!has(name)) return otherwise;
  const auto& value = use(name);
  if (value == "inf") return std::numeric_limits<double>::infinity();
  if (!value.is_number()) unsupported(name);
  return value.get<double>();
}

int PeerOptions::whole(const std::string& name, int otherwise) {
  if (!has(name)) return otherwise;
  const auto& value = use(name);
  if (!value.is_number() || value.get<double>() != std::floor(value.get<double>())) unsupported(name);
  return value.get<int>();
}

bool PeerOptions::flag(const std::string& name, bool otherwise) {
  if (!has(name)) return otherwise;
  const auto& value = use(name);
  if (!value.is_boolean()) unsupported(name);
  return value.get<bool>();
}

std::string PeerOptions::text(const std::string& name, const std::string& otherwise) {
  if (!has(name)) return otherwise;
  const auto& value = use(name);
  if (!value.is_string()) unsupported(name);
  return value.get<std::string>();
}

std::vector<double> PeerOptions::numbers(const std::string& name) {
  const auto& value = use(name);
  const bool all =
      value.is_array() && !value.empty() &&
      std::all_of(value.begin(), value.end(), [](const auto& entry) { return entry.is_number(); });
  if (!all) unsupported(name);
  return value.get<std::vector<double>>();
}

std::vector<double> PeerOptions::list(const std::string& name, std::vector<double> otherwise) {
  return has(name) ? numbers(name) : std::move(otherwise);
}

std::pair<double, double> PeerOptions::pair(const std::string& name, double first, double second) {
  if (!has(name)) return {first, second};
  const auto values = numbers(name);
  if (values.size() != 2) unsupported(name);
  return {values[0], values[1]};
}

std::pair<std::optional<double>, std::optional<double>> PeerOptions::optional_pair(
    const std::string& name, std::optional<double> first, std::optional<double> second) {
  if (!has(name)) return {first, second};
  const auto& values = use(name);
  const auto legal = [](const auto& entry) { return entry.is_number() || entry.is_null(); };
  if (!values.is_array() || values.size() != 2 || !std::all_of(values.begin(), values.end(), legal))
    unsupported(name);
  const auto number = [](const nlohmann::json& entry) {
    return entry.is_null() ? std::nullopt : std::optional<double>(entry.get<double>());
  };
  return {number(values[0]), number(values[1])};
}

std::pair<std::string, double> PeerOptions::named_number(const std::string& name) {
  const auto& value = use(name);
  if (!value.is_array() || value.size() != 2 || !value[0].is_string() || !value[1].is_number())
    unsupported(name);
  return {value[0].get<std::string>(), value[1].get<double>()};
}

std::vector<std::array<double, 3>> PeerOptions::triples(const std::string& name,
                                                        std::array<double, 3> otherwise) {
  if (!has(name)) return {otherwise};
  const auto& value = use(name);
  if (is_triple(value)) return {value.get<std::array<double, 3>>()};
  if (!value.is_array() || value.empty() || !std::all_of(value.begin(), value.end(), is_triple))
    unsupported(name);
  return value.get<std::vector<std::array<double, 3>>>();
}

/// The options of PyTorch's schedulers; the case contains the learning rates themselves.
void PeerOptions::use_description_of_rates() {
  ignore({"schedule",      "max_lr",       "base_lr",         "total_steps",      "epochs",
          "base_momentum", "max_momentum", "steps_per_epoch", "start_factor",     "end_factor",
          "warmup",        "total_iters",  "T_max",           "eta_min",          "T_0",
          "T_mult",        "gamma",        "step_size",       "milestones",       "pct_start",
          "power",         "div_factor",   "anneal_strategy", "final_div_factor", "three_phase"});
}

descent::Schedule PeerOptions::rate(const std::string& name, double otherwise) {
  used_.insert(name);
  if (has("rates")) {
    use_description_of_rates();
    return by_step(numbers("rates"));
  }
  if (!has(name) || !options_->at(name).is_string()) return real(name, otherwise);
  const auto parsed = parse_rate(options_->at(name).get<std::string>());
  if (!parsed.has_value()) unsupported(name);
  return *parsed;
}

descent::Schedule PeerOptions::momentum(const std::string& name, double otherwise) {
  const double constant = real(name, otherwise);
  if (!has("momenta")) return constant;
  const auto momenta = numbers("momenta");
  // PyTorch does not change the buffer in a step without momentum.
  if (std::count(momenta.begin(), momenta.end(), 0.0) > 0) unsupported("momenta");
  return by_step(momenta);
}

descent::Schedule PeerOptions::corrected_decay(double weight_decay, const std::string& rate_name) {
  if (!has("rates")) return weight_decay;
  const double largest = real(rate_name, 0);
  if (!(largest > 0)) unsupported(rate_name);
  return [=, rate = by_step(numbers("rates"))](std::int64_t step) {
    return weight_decay * rate(step) / largest;
  };
}

void PeerOptions::expect_flag(const std::string& name, bool value) {
  if (flag(name, value) != value) unsupported(name);
}

void PeerOptions::ignore(std::initializer_list<const char*> names) {
  used_.insert(names.begin(), names.end());
}

void PeerOptions::require_all_used() const {
  for (const auto& item : options_->items())
    if (!item.value().is_null() && used_.count(item.key()) == 0) unsupported(item.key());
}

}  // namespace reference
