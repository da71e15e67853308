// SPDX-License-Identifier: MIT
// report FOLDER TABLE.md PICTURE.svg COMMAND: summarises all rounds in the folder.
#include "picture.hpp"
#include "results.hpp"
#include "tables.hpp"

#include <fstream>
#include <iostream>

namespace report {
namespace {

std::string of(const Results& results, const std::string& key) {
  const auto found = results.context().find(key);
  return found == results.context().end() ? "unknown" : found->second;
}

void write_head(std::ostream& out, const Results& results, const std::string& command) {
  out << "# Benchmarks\n\n"
      << "- processor: " << of(results, "processor") << ", limits written with " << of(results, "limit")
      << "\n"
      << "- compiler: " << of(results, "compiler") << ", `" << of(results, "flags") << "`, Eigen "
      << of(results, "eigen") << "\n"
      << "- compared with: "
      << (results.context().count("libtorch") ? "libtorch " + of(results, "libtorch") : "no libtorch")
      << "\n- command: `" << command << "`, " << results.rounds() << " rounds\n\n"
      << "Times are medians over the rounds; in brackets the median of the ratios, each within one round, to "
         "the\n"
         "case that the section names. Times are the processor's, but for those of threads.\n";
}

auto is(const char* subject, std::vector<std::string> rules, std::vector<std::string> shapes) {
  return [=](const Measured& m) {
    return m.subject == subject &&
           (rules.empty() || std::find(rules.begin(), rules.end(), m.rule) != rules.end()) &&
           (shapes.empty() || std::find(shapes.begin(), shapes.end(), m.shape) != shapes.end());
  };
}

std::vector<Target> targets() {
  const std::vector<std::string> own_limit = {"SGD", "SGD with momentum", "AdamW", "Adam"};
  const auto two_threads = [](const Measured& m) { return m.subject == "descent" && m.threads == "2"; };
  const auto misaligned = [](const Measured& m) { return m.rule.find("off") != std::string::npos; };
  const auto half_state = [](const Measured& m) {
    return m.scalar == "float, state in bfloat16" && m.shape == "20 M";
  };
  return {
      {"a step of 3 or 16 parameters of fixed size", "fixed_size",
       is("descent", {"SGD", "SGD with momentum", "Adam", "AdamW"}, {}), 15, true},
      {"1 000 parameters (L1) against the limit", "common_rules", is("descent", own_limit, {"1 000"}), 1.10},
      {"16 000 parameters (L2) against the limit", "common_rules", is("descent", own_limit, {"16 000"}),
       1.05},
      {"1 M parameters (L3) against the limit", "common_rules", is("descent", own_limit, {"1 M"}), 1.10},
      {"20 M parameters (DRAM) against the limit", "common_rules", is("descent", own_limit, {"20 M"}), 1.05},
      {"a misaligned start against an aligned one", "layouts", misaligned, 1.05},
      {"two threads against the limit with two", "threads", two_threads, 1.10},
      {"1 000 blocks of 64 against one", "layouts", is("descent", {}, {"1 000 blocks of 64"}), 1.4},
      {"1 000 blocks of 1 000 against one", "layouts", is("descent", {}, {"1 000 blocks of 1 000"}), 1.3},
      {"a chain of four against one rule", "chains",
       is("descent", {"chain of four"}, {"1 000", "16 000", "1 M", "20 M"}), 1.08},
      {"moments in bfloat16 against float, 20 M", "storage", half_state, 0.75},
  };
}

std::vector<Section> sections() {
  return {
      {"common_rules", "The usual rules",
       "ns for each parameter (ratio to the limit: the same update by hand; for Lion the one with the same "
       "traffic).",
       Unit::ns_per_parameter},
      {"peer_eigen", "Compared with plain Eigen", "ns for each parameter (ratio to the limit).",
       Unit::ns_per_parameter},
      {"peer_libtorch", "Compared with libtorch", "ns for each parameter (ratio to the limit).",
       Unit::ns_per_parameter},
      {"peer_ensmallen", "Compared with ensmallen", "ns for each parameter (ratio to the limit).",
       Unit::ns_per_parameter},
      {"fixed_size", "Blocks of fixed size", "ns a step.", Unit::ns_per_step},
      {"chains", "Chains",
       "ns for each parameter (ratio to one rule with the formula of the chain; to AdamW alone).",
       Unit::ns_per_parameter},
      {"layouts", "Placement and blocks",
       "ns for each parameter (ratio to the aligned start; to the limit; to "
       "one block of the same size).",
       Unit::ns_per_parameter},
      {"threads", "Threads",
       "The fastest step of many, by the clock: ns for each parameter (ratio to the limit with as many "
       "threads).",
       Unit::ns_per_parameter},
      {"storage", "Storage", "ns for each parameter (ratio to float).", Unit::ns_per_parameter},
      {"matrices", "Rules of whole matrices", "ms a step (ratio to the same algorithm in plain Eigen).",
       Unit::ms_per_step},
      {"all_rules", "All rules",
       "ns for each parameter (ratio to the bare traffic of parameters, gradient and state in one pass).",
       Unit::ns_per_parameter},
  };
}

}  // namespace
}  // namespace report

int main(int argc, char** argv) {
  if (argc != 5) {
    std::cerr << "usage: report FOLDER TABLE.md PICTURE.svg COMMAND\n";
    return 2;
  }
  const report::Results results(argv[1]);
  if (results.all().empty()) {
    std::cerr << "report: no results in " << argv[1] << "\n";
    return 1;
  }
  std::ofstream table(argv[2]);
  report::write_head(table, results, argv[4]);
  report::write_targets(table, results, report::targets());
  for (const report::Section& section : report::sections()) report::write_section(table, results, section);
  report::Picture(results).write(argv[3]);
  return table.good() ? 0 : 1;
}
