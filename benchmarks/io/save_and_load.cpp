// SPDX-License-Identifier: MIT
// The speed of saving and loading parameters, compared with only copying the same bytes.
//
//   save_and_load [gigabytes, default 1] [folder, default the current one]
//
// Prints the best of three runs. The system's file cache is not emptied, so loading reads from memory.
#include <descent/io/parameters.hpp>

#include <Eigen/Core>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <memory>
#include <string>

namespace {

using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

template <class F>
double best_seconds(F&& f) {
  double best = 1e300;
  for (int run = 0; run < 3; ++run) {
    const auto start = std::chrono::steady_clock::now();
    f();
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    best = std::min(best, seconds.count());
  }
  return best;
}

class Table {
 public:
  explicit Table(double bytes) : bytes_(bytes) {}
  template <class F>
  void row(const char* what, F&& f) {
    const double seconds = best_seconds(f);
    std::printf("| %-52s | %8.3f | %6.2f |\n", what, seconds, bytes_ / seconds / 1e9);
    std::fflush(stdout);
  }

 private:
  double bytes_;
};

void synchronize(const std::string& path) {
#if DESCENT_POSIX_FILES
  const auto file = descent::detail::open_file(path.c_str(), O_RDWR);
  if (descent::detail::synchronize(file.number()) != 0) std::abort();
#else
  static_cast<void>(path);
#endif
}

void copies_in_memory(Table& table, const RowMajor& matrix) {
  const std::size_t bytes = static_cast<std::size_t>(matrix.size()) * sizeof(double);
  const auto target = std::make_unique<std::byte[]>(bytes);
  const auto* const source = reinterpret_cast<const std::byte*>(matrix.data());
  table.row("memcpy", [&] { std::memcpy(target.get(), source, bytes); });
  std::uint64_t sum = 0;
  table.row("checksum", [&] { sum ^= descent::detail::checksum_of({source, bytes}); });
  table.row("memcpy and checksum, in pieces of 256 kB", [&] {
    descent::detail::Checksum checksum;
    for (std::size_t place = 0; place < bytes; place += 1U << 18) {
      const std::size_t count = std::min<std::size_t>(1U << 18, bytes - place);
      checksum.add({source + place, count});
      std::memcpy(target.get() + place, source + place, count);
    }
    sum ^= checksum.value();
  });
  if (sum == 1) std::printf(" ");  // so that it is computed
}

template <class Matrix>
void trips(Table& table, const std::string& folder, Matrix& matrix, const char* kind) {
  const std::string path = folder + "/descent_benchmark.safetensors", copy = path + ".copy";
  const auto name = [&](const char* what) { return std::string(what) + ", " + kind; };
  table.row(name("save to disk").c_str(), [&] { descent::save_parameters(path, matrix); });
  table.row(name("save, not waiting for the disk").c_str(), [&] {
    descent::detail::write_tensors(path, descent::detail::tensors_of_tree(matrix), {}, {.durable = false});
  });
  table.row(name("load").c_str(), [&] { descent::load_parameters(path, matrix); });
  table.row(name("load without checksums").c_str(),
            [&] { descent::load_parameters(path, matrix, {.checksums = descent::Checksums::ignored}); });
  table.row(name("only read the file").c_str(), [&] { descent::detail::read_file(path); });
  using std::filesystem::copy_options;
  table.row(name("copy the file (cp)").c_str(), [&] {
    std::filesystem::remove(copy);
    std::filesystem::copy_file(path, copy, copy_options::overwrite_existing);
  });
  table.row(name("copy the file (cp) to disk").c_str(), [&] {
    std::filesystem::remove(copy);
    std::filesystem::copy_file(path, copy, copy_options::overwrite_existing);
    synchronize(copy);
  });
  std::filesystem::remove(copy);
  std::filesystem::remove(path);
}

}  // namespace

int main(int count, char** arguments) {
  const double gigabytes = count > 1 ? std::atof(arguments[1]) : 1;
  const std::string folder = count > 2 ? arguments[2] : ".";
  const auto rows = static_cast<Eigen::Index>(gigabytes * 1e9 / 8 / 4096);
  Table table(static_cast<double>(rows) * 4096 * 8);
  std::printf("| %-52s | seconds  | GB/s   |\n|------|------|------|\n", "what");
  {
    RowMajor matrix = RowMajor::Constant(rows, 4096, 1.5);
    copies_in_memory(table, matrix);
    trips(table, folder, matrix, "row-major");
  }
  Eigen::MatrixXd matrix = Eigen::MatrixXd::Constant(rows, 4096, 1.5);
  trips(table, folder, matrix, "column-major");
}
