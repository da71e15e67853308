// SPDX-License-Identifier: MIT
// A process that saves is killed at any moment: the last complete file is there, and no leftovers pile up.
// DESCENT_KILLS says how often, 200 times by default.
#include <descent/io/parameters.hpp>

#include "io/support.hpp"

#if DESCENT_POSIX_FILES
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <charconv>
#include <cstdlib>
#include <cstring>
#include <random>

namespace {

struct Model {
  Eigen::MatrixXd weights = Eigen::MatrixXd::Zero(100, 70);
  Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor> table =
      Eigen::MatrixXf::Zero(300, 40);
  Eigen::VectorXd bias = Eigen::VectorXd::Zero(300);
  DESCENT_PARAMETERS(weights, table, bias)

  void set(double generation) {
    weights.setConstant(generation);
    table.setConstant(static_cast<float>(generation));
    bias.setConstant(generation);
  }
  /// The generation, if all numbers are of the same one.
  double generation() const {
    const double first = bias(0);
    const bool consistent = (weights.array() == first).all() && (bias.array() == first).all() &&
                            (table.array() == static_cast<float>(first)).all();
    return consistent ? first : -1;
  }
};

int number_of_kills() {
  int count = 200;
  if (const char* const text = std::getenv("DESCENT_KILLS"))
    std::from_chars(text, text + std::strlen(text), count);
  return count;
}

[[noreturn]] void save_for_ever(const std::string& path, double generation) {
  Model model;
  for (;; ++generation) {
    model.set(generation);
    descent::detail::write_tensors(path, descent::detail::tensors_of_tree(model), {}, {.durable = false});
  }
}

}  // namespace

TEST_CASE("a killed save leaves the last complete file") {
  const test::TemporaryFolder folder;
  const std::string path = folder / "model.safetensors";
  Model model;
  model.set(1);
  descent::save_parameters(path, model);
  std::mt19937 random(7);
  std::uniform_int_distribution<useconds_t> microseconds(0, 3000);
  double last = 1;
  std::size_t most_files = 0;
  int with_progress = 0, failures = 0;
  for (int kill = number_of_kills(); kill > 0; --kill) {
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) save_for_ever(path, last + 1);
    ::usleep(microseconds(random));
    REQUIRE(::kill(child, SIGKILL) == 0);
    REQUIRE(::waitpid(child, nullptr, 0) == child);
    descent::load_parameters(path, model, {.checksums = descent::Checksums::required});
    if (model.generation() < last) ++failures;
    if (model.generation() > last) ++with_progress;
    last = model.generation();
    most_files = std::max(most_files, folder.file_count());
  }
  CHECK(failures == 0);
  CHECK(with_progress > 0);
  CHECK(most_files <=
        3);  // a killed child may have left a file, and so may the one before, which never saved
  model.set(0);
  descent::save_parameters(path, model);
  CHECK(folder.file_count() == 1);
  UNSCOPED_INFO(last << " saves, " << with_progress << " kills with progress");
}

TEST_CASE("processes that save the same file at once do not disturb each other") {
  const test::TemporaryFolder folder;
  const std::string path = folder / "model.safetensors";
  constexpr int processes = 4, saves = 40;
  pid_t children[processes];
  for (pid_t& child : children) {
    child = ::fork();
    REQUIRE(child >= 0);
    if (child != 0) continue;
    Model model;
    int failed = 0;
    for (int k = 1; k <= saves; ++k) {
      model.set(k);
      try {
        descent::detail::write_tensors(path, descent::detail::tensors_of_tree(model), {}, {.durable = false});
        descent::load_parameters(path, model);
        if (model.generation() < 1) failed = 1;
      } catch (const std::exception&) {
        failed = 1;
      }
    }
    ::_exit(failed);
  }
  int failed = 0;
  for (const pid_t child : children) {
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    if (status != 0) ++failed;
  }
  CHECK(failed == 0);
  CHECK(folder.file_count() == 1);
}
#else
TEST_CASE("only POSIX has processes to kill") { CHECK(!DESCENT_POSIX_FILES); }
#endif
