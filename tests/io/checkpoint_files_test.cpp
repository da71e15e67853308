// SPDX-License-Identifier: MIT
// The checkpoints of a run: their names, the newest one, and the last ones.
#include <descent/core/saved/tensor_of.hpp>
#include <descent/io/checkpoint_files.hpp>

#include "io/support.hpp"
#include "support/catch.hpp"
#include "support/refusals.hpp"

#include <Eigen/Core>

#include <filesystem>
#include <string>
#include <vector>

using namespace descent;
using test::error_of;
using test::refusal_of;
using test::TemporaryFolder;

namespace {
void put_complete_file(const std::string& path) {
  const Eigen::Vector2d numbers(1, 2);
  detail::write_tensors(path, std::vector{detail::tensor_of_block("numbers", numbers)});
}
using Paths = std::vector<std::string>;
}  // namespace

TEST_CASE("checkpoint files: names") {
  CHECK(checkpoint_path("run", 100) == "run-000000100.safetensors");
  CHECK(checkpoint_path("runs/a.b", 0) == "runs/a.b-000000000.safetensors");
  CHECK(checkpoint_path("run", 12'345'678'901) == "run-12345678901.safetensors");
  CHECK(refusal_of([] { checkpoint_path("run", -1); }) ==
        "descent: checkpoint_path: the run is 'run' and the number -1; the run must have a name, and the "
        "number must "
        "be at least 0");
  CHECK(refusal_of([] { checkpoint_path("", 1); }) != "");
}

TEST_CASE("checkpoint files: those of a run, in the order of their numbers") {
  const TemporaryFolder folder;
  const std::string run = folder / "run";
  CHECK(checkpoints(run).empty());
  CHECK_FALSE(newest_checkpoint(run).has_value());
  for (const char* const name :
       {"run-x.safetensors", "run-1.safetensors.tmp", "run2-000000003.safetensors", "run-.safetensors",
        "run--3.safetensors", "run-3x.safetensors", "run-99999999999999999999.safetensors", "run-3.txt",
        ".run-000000003.safetensors.saving-0123456789abcdef", "arun-000000003.safetensors"})
    put_complete_file(folder / name);
  std::filesystem::create_directory(folder / "run-000000099.safetensors");
  CHECK(checkpoints(run).empty());
  const std::int64_t numbers[] = {12'345'678'901, 5, 999'999'999, 40};
  for (const std::int64_t number : numbers) put_complete_file(checkpoint_path(run, number));
  CHECK(checkpoints(run) == Paths{checkpoint_path(run, 5), checkpoint_path(run, 40),
                                  checkpoint_path(run, 999'999'999), checkpoint_path(run, 12'345'678'901)});
  CHECK(newest_checkpoint(run) == checkpoint_path(run, 12'345'678'901));
  CHECK(checkpoints(folder / "run2") == Paths{folder / "run2-000000003.safetensors"});
}

TEST_CASE("checkpoint files: the newest one that is complete") {
  const TemporaryFolder folder;
  const std::string run = folder / "a.run.with.dots";
  for (int number = 1; number <= 4; ++number) put_complete_file(checkpoint_path(run, number));
  const std::string bytes = test::bytes_in(checkpoint_path(run, 4));
  test::put_bytes(checkpoint_path(run, 4), bytes.substr(0, bytes.size() - 1));
  std::string damaged = bytes;
  damaged.back() = static_cast<char>(damaged.back() ^ 4);
  test::put_bytes(checkpoint_path(run, 3), damaged);
  CHECK(newest_checkpoint(run) == checkpoint_path(run, 2));
  test::put_bytes(checkpoint_path(run, 2), "");
  test::put_bytes(checkpoint_path(run, 1), test::file_with_header("{}"));  // without checksums
  CHECK_FALSE(newest_checkpoint(run).has_value());
}

TEST_CASE("checkpoint files: keep_last") {
  const TemporaryFolder folder;
  const std::string run = folder / "run";
  for (int number = 1; number <= 5; ++number) put_complete_file(checkpoint_path(run, number));
  put_complete_file(folder / "run-x.safetensors");
  put_complete_file(folder / "run2-000000001.safetensors");
  keep_last(run, 7);
  CHECK(folder.file_count() == 7);
  keep_last(run, 2);
  CHECK(checkpoints(run) == Paths{checkpoint_path(run, 4), checkpoint_path(run, 5)});
  CHECK(folder.file_count() == 4);
  keep_last(folder / "missing/run", 1);
  CHECK(refusal_of([&] { keep_last(run, 0); }) == "descent: keep_last: count is 0, must be at least 1");
  CHECK(checkpoints(run).size() == 2);
}

TEST_CASE("checkpoint files: a run in the working folder, and one whose folder is a file") {
  const TemporaryFolder folder;
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(folder.path());
  put_complete_file(checkpoint_path("run", 7));
  const auto found = checkpoints("run");
  const auto newest = newest_checkpoint("./run");
  std::filesystem::current_path(before);
  CHECK(found == Paths{"run-000000007.safetensors"});
  CHECK(newest == "./run-000000007.safetensors");
  test::put_bytes(folder / "file", "");
  CHECK(error_of([&] {
          checkpoints(folder / "file/run");
        }).starts_with("descent: " + (folder / "file/run") + ": its folder cannot be read: "));
}
