// SPDX-License-Identifier: MIT
#include "support/catch.hpp"
#include "support/refusals.hpp"

#include <descent/optimizers/adamw.hpp>
#include <descent/optimizers/aggmo.hpp>
#include <descent/optimizers/muon.hpp>
#include <descent/optimizers/prodigy.hpp>
#include <descent/optimizers/sgd.hpp>
#include <descent/runtime/options_of_rule.hpp>
#include <descent/runtime/read_expression.hpp>
#include <descent/runtime/rule_to_string.hpp>
#include <descent/transforms/clip/clip_by_global_norm.hpp>
#include <descent/transforms/clip/clip_by_power_norm.hpp>
#include <descent/transforms/decay/add_decayed_weights.hpp>
#include <descent/transforms/gradient/add_noise.hpp>
#include <descent/transforms/scale/scale_by_adam.hpp>
#include <descent/transforms/whole_step/freeze.hpp>
#include <descent/wrappers/partition.hpp>
#include <descent/wrappers/selectors.hpp>

#include <cstdint>
#include <string>

using namespace descent;

namespace {

template <class R>
R read(const std::string& text) {
  const auto parsed = detail::parsed_rule(text);
  return detail::rule_from<R>(parsed, parsed.expression);
}
template <class R>
std::string refusal(const std::string& text) {
  return test::refusal_of([&] { static_cast<void>(read<R>(text)); });
}

}  // namespace

TEST_CASE("options are read by name and by place, in every type") {
  const auto adamw = read<AdamW>("AdamW{1e-2, .beta2 = 0.99, .amsgrad = true}");
  CHECK(adamw.learning_rate(0) == 1e-2);
  CHECK(adamw.beta2(0) == 0.99);
  CHECK(adamw.beta1(0) == AdamW{}.beta1(0));
  CHECK(adamw.amsgrad);
  CHECK(read<Muon>("Muon{.steps = 7, .scale = MuonScale::none}").steps == 7);
  CHECK(read<Muon>("Muon{.scale = descent::MuonScale::none}").scale == MuonScale::none);
  CHECK(read<Muon>("Muon{.scale = none}").scale == MuonScale::none);
  CHECK(read<Muon>("Muon{.coefficients = {{1, 2, 3}, {4, 5, 6}}}").coefficients[1][2] == 6);
  CHECK(read<Prodigy>("Prodigy{.beta3 = 0.5}").beta3 == 0.5);
  CHECK_FALSE(read<Prodigy>("Prodigy{.beta3 = std::nullopt}").beta3.has_value());
  CHECK(read<AggMo>("AggMo{.betas = {0, 0.5}}").betas.size() == 2);
  const double infinity = std::numeric_limits<double>::infinity();
  CHECK(read<ClipByPowerNorm>("ClipByPowerNorm{.power = std::numeric_limits<double>::infinity()}").power ==
        infinity);
  CHECK(read<ClipByPowerNorm>("ClipByPowerNorm{.power = inf}").power == infinity);
  const auto scheduled =
      read<Sgd>("Sgd{.learning_rate = warmup(2) >> CosineDecay{.initial = 1, .steps = 10}}");
  CHECK(scheduled.learning_rate(0) == 0.5);
  CHECK(scheduled.learning_rate(2) == 1);
}

TEST_CASE("a wrong option is refused with its place and the nearest name") {
  CHECK(
      refusal<Sgd>("Sgd{.momentun = 0.5}") ==
      "descent: make_optimizer: at character 5: found '.momentun', expected an option of Sgd; the nearest is "
      "'.momentum'; there are learning_rate, momentum, dampening, nesterov, weight_decay, maximize, "
      "rate_in_momentum");
  CHECK(refusal<Sgd>("Sgd{.nesterov = yes}") ==
        "descent: make_optimizer: at character 17: found 'yes', expected true or false");
  CHECK(refusal<Sgd>("Sgd{.momentum = 0.5, .momentum = 0.6}") ==
        "descent: make_optimizer: at character 22: '.momentum' is given twice");
  CHECK(refusal<Sgd>("Sgd{0.1, .learning_rate = 0.5}") ==
        "descent: make_optimizer: at character 10: '.learning_rate' is given twice");
  CHECK(refusal<Sgd>("Sgd{1, 1, 1, 1, 1, 1, 1, 1}").find("found '1', expected") != std::string::npos);
  CHECK(refusal<Muon>("Muon{.steps = 2.5}") ==
        "descent: make_optimizer: at character 15: found '2.5', expected a whole number");
  CHECK(refusal<Muon>("Muon{.scale = MuonScale::big}") ==
        "descent: make_optimizer: at character 26: found 'big', expected one of the values of MuonScale: "
        "original, "
        "match_rms_adamw, spectral_unclamped, original_for_output_columns, none");
  CHECK(refusal<Muon>("Muon{.coefficients = {{1, 2}}}") ==
        "descent: make_optimizer: at character 28: found '}', expected 3 values");
  CHECK(refusal<Sgd>("Sgd{.learning_rate = CosineDecay{.initial = 1}}") ==
        "descent: make_optimizer: at character 22: CosineDecay: steps is 0, must be at least 1");
  CHECK(refusal<Sgd>("Sgd{.momentum = 0.5 0.6}") ==
        "descent: make_optimizer: at character 21: found '0.6', expected '>>', '+', '*' or the end");
  CHECK(refusal<Freeze>("Freeze{1}") ==
        "descent: make_optimizer: at character 8: found '1', expected '}': Freeze has no options");
  CHECK(refusal<Freeze>("Freeze{.a = 1}") ==
        "descent: make_optimizer: at character 8: found '.', expected '}': Freeze has no options");
}

TEST_CASE("every seed is read as it is written") {
  for (const std::uint64_t seed : {std::uint64_t{0}, std::uint64_t{1} << 53 | 1, ~std::uint64_t{0}}) {
    const std::string text = to_string(AddNoise{.seed = seed});
    INFO(text);
    CHECK(read<AddNoise>(text).seed == seed);
  }
  CHECK(read<AddNoise>("AddNoise{.seed = 1'000}").seed == 1000);
  CHECK(read<AddNoise>("AddNoise{.seed = 1e4}").seed == 10000);
  CHECK(refusal<AddNoise>("AddNoise{.seed = 18446744073709551616}") ==
        "descent: make_optimizer: at character 18: found '18446744073709551616', expected a whole number");
  CHECK(refusal<AddNoise>("AddNoise{.seed = -1}") ==
        "descent: make_optimizer: at character 18: found '-1', expected a whole number from 0 to "
        "18446744073709551615");
}

TEST_CASE("a rule is written as a line of C++") {
  CHECK(to_string(AdamW{}) == "AdamW{}");
  CHECK(to_string(AdamW{.learning_rate = 0.1, .amsgrad = true}) ==
        "AdamW{.learning_rate = 0.1, .amsgrad = true}");
  CHECK(to_string(ClipByGlobalNorm{.max_norm = 2} | AdamW{}) == "ClipByGlobalNorm{.max_norm = 2} | AdamW{}");
  CHECK(to_string(partition(matrices, Muon{.scale = MuonScale::none}, Freeze{})) ==
        "partition(matrices, Muon{.scale = MuonScale::none}, Freeze{})");
  CHECK(to_string(ScaleByAdam{} | masked(by_path("head.*"), AddDecayedWeights{0.5})) ==
        "ScaleByAdam{} | masked(by_path(\"head.*\"), AddDecayedWeights{.weight_decay = 0.5})");
  CHECK(to_string(ClipByPowerNorm{.power = std::numeric_limits<double>::infinity()}) ==
        "ClipByPowerNorm{.power = inf}");
  CHECK(to_string(either(true, Sgd{}, AdamW{})) == "Sgd{}");
  CHECK(to_string(Sgd{.learning_rate = [](std::int64_t) { return 0.1; }}) ==
        "Sgd{.learning_rate = <callable>}");
  CHECK(to_string(masked([](const BlockInfo&) { return true; }, Freeze{})) == "masked(<callable>, Freeze{})");
}

namespace {
struct WithOddOptions {  // the options that rules of descent do not have
  std::string name = "plain";
  double (*function)(double) = nullptr;
  float narrow = 1;
  unsigned char count = 3;
  template <class V>
  static V update(V u, V) {
    return u;
  }
};
}  // namespace

TEST_CASE("options of your own: texts, small numbers, and what text cannot say") {
  const auto rule = read<WithOddOptions>("WithOddOptions{.name = \"a, b}\", .narrow = 0.5, .count = 255}");
  CHECK(rule.name == "a, b}");
  CHECK(rule.narrow == 0.5F);
  CHECK(rule.count == 255);
  CHECK(to_string(rule) ==
        "WithOddOptions{.name = \"a, b}\", .function = <callable>, .narrow = 0.5, .count = 255}");
  CHECK(refusal<WithOddOptions>("WithOddOptions{.count = 256}") ==
        "descent: make_optimizer: at character 25: found '256', expected a whole number from 0 to 255");
  CHECK(refusal<WithOddOptions>("WithOddOptions{.count = -1}") ==
        "descent: make_optimizer: at character 25: found '-1', expected a whole number from 0 to 255");
  CHECK(refusal<WithOddOptions>("WithOddOptions{.function = sin}") ==
        "descent: make_optimizer: at character 28: found 'sin', expected no value: this option takes "
        "something of the "
        "program, which no text can say");
}
