// SPDX-License-Identifier: MIT
// Options of all programs besides those of Google Benchmark: --quick, --milliseconds=N for each case.
#include "cases.hpp"
#include "limit.hpp"

#include <cstdlib>
#include <cstring>
#include <fstream>
#include <vector>

namespace bench {

bool fits(const Options& options, const Shape& shape) {
  // Parameters and gradient are kept in both types; a case has its own state, or its own copy of everything.
  return static_cast<double>(shape.parameters()) * 10 * sizeof(double) < options.gigabytes * 1e9;
}

std::vector<Shape> all_shapes(const Options& options) {
  std::vector<Shape> shapes = {sixteen(), thousand(), sixteen_thousand(), million(), twenty_million()};
  if (!options.quick) {
    shapes.push_back(small_blocks("1 000 of 64", 1000, 64));
    shapes.push_back(resnet50());
  }
  std::erase_if(shapes, [&](const Shape& shape) { return !fits(options, shape); });
  return shapes;
}

namespace {

/// The free memory that Linux reports; on other systems enough for 20 million parameters.
double free_gigabytes() {
  std::ifstream meminfo("/proc/meminfo");
  std::string word;
  while (meminfo >> word) {
    if (double kilobytes = 0; word == "MemAvailable:" && meminfo >> kilobytes) return kilobytes * 1e-6;
  }
  return 2;
}

std::string processor() {
  std::ifstream cpuinfo("/proc/cpuinfo");
  for (std::string line; std::getline(cpuinfo, line);) {
    if (line.rfind("model name", 0) == 0) return line.substr(line.find(':') + 2);
  }
  return "unknown";
}

Options take_options(int& argc, char** argv) {
  Options options{.gigabytes = 0.8 * free_gigabytes()};
  int kept = 1;
  for (int k = 1; k < argc; ++k) {
    if (std::strcmp(argv[k], "--quick") == 0) {
      options.quick = true;
    } else if (std::strncmp(argv[k], "--milliseconds=", 15) == 0) {
      options.milliseconds = std::atof(argv[k] + 15);
    } else {
      argv[kept++] = argv[k];
    }
  }
  argc = kept;
  return options;
}

}  // namespace
}  // namespace bench

int main(int argc, char** argv) {
  const bench::Options options = bench::take_options(argc, argv);
  benchmark::AddCustomContext("compiler", DESCENT_BENCHMARK_COMPILER);
  benchmark::AddCustomContext("flags", DESCENT_BENCHMARK_FLAGS);
  benchmark::AddCustomContext("processor", bench::processor());
  benchmark::AddCustomContext("limit", limit::instructions);
  benchmark::AddCustomContext("eigen", std::to_string(EIGEN_WORLD_VERSION) + '.' +
                                           std::to_string(EIGEN_MAJOR_VERSION) + '.' +
                                           std::to_string(EIGEN_MINOR_VERSION));
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  bench::register_cases(options);
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
}
