// SPDX-License-Identifier: MIT
#pragma once

#include <descent/io/safetensors.hpp>
#include <descent/io/system/paths.hpp>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

// The checkpoints of one run: "run-000000100.safetensors", "run-000000200.safetensors", ...

namespace descent {

namespace detail {
inline constexpr std::string_view checkpoint_ending = ".safetensors";

/// The number in the name of a checkpoint of this run; empty if the name is not one.
inline std::optional<std::int64_t> number_in_name(std::string_view name, std::string_view beginning) {
  if (!name.starts_with(beginning) || !name.ends_with(checkpoint_ending)) return {};
  name.remove_prefix(beginning.size());
  if (name.size() <= checkpoint_ending.size()) return {};
  name.remove_suffix(checkpoint_ending.size());
  std::int64_t number = -1;
  const auto [end, problem] = std::from_chars(name.data(), name.data() + name.size(), number);
  if (problem != std::errc() || end != name.data() + name.size() || number < 0) return {};
  return number;
}

struct NumberedFile {
  std::int64_t number;
  std::string path;
};

/// Whether a file can be read and matches its checksums. Programs without exceptions assume that it does, and
/// fail when they load it.
inline bool is_complete(const std::string& path) {
#if defined(__cpp_exceptions)
  try {
    static_cast<void>(TensorFile::read(path, Checksums::required));
  } catch (const FileError&) {
    return false;
  }
#endif
  return !path.empty();
}

/// The checkpoints of a run, oldest first.
inline std::vector<NumberedFile> checkpoints_of(const std::string& run) {
  const std::filesystem::path place(run);
  const std::string beginning = place.filename().string() + "-";
  std::vector<NumberedFile> files;
  std::error_code problem;
  std::filesystem::directory_iterator entry(folder_of(place), problem), end;
  while (!problem && entry != end) {
    const std::string name = entry->path().filename().string();
    const auto number = number_in_name(name, beginning);
    std::error_code ignored;
    if (number && !entry->is_directory(ignored))
      files.push_back({*number, (place.parent_path() / name).string()});
    entry.increment(problem);
  }
  const bool missing = problem == std::errc::no_such_file_or_directory;
  if (problem && !missing) fail_system(run, "its folder cannot be read", problem.value());
  std::sort(files.begin(), files.end(),
            [](const NumberedFile& a, const NumberedFile& b) { return a.number < b.number; });
  return files;
}
}  // namespace detail

/// The path of a checkpoint of a run with a number, such as the step: "run-000000100.safetensors".
/// Errors: std::invalid_argument for a negative number or an empty name.
inline std::string checkpoint_path(const std::string& run, std::int64_t number) {
  if (run.empty() || number < 0)
    detail::fail_invalid_argument({"checkpoint_path: the run is '", run, "' and the number ",
                                   std::to_string(number),
                                   "; the run must have a name, "
                                   "and the number must be at least 0"});
  const std::string digits = std::to_string(number);
  constexpr std::size_t width = 9;
  return run + "-" + std::string(width - std::min(width, digits.size()), '0') + digits +
         std::string(detail::checkpoint_ending);
}

/// The paths of the checkpoints of a run, oldest first.
/// Errors: FileError if the folder cannot be read.
inline std::vector<std::string> checkpoints(const std::string& run) {
  std::vector<std::string> paths;
  for (auto& file : detail::checkpoints_of(run)) paths.push_back(std::move(file.path));
  return paths;
}

/// The path of the newest complete checkpoint of a run, skipping damaged files; empty if there is none.
/// Errors: FileError if the folder cannot be read.
inline std::optional<std::string> newest_checkpoint(const std::string& run) {
  auto files = detail::checkpoints_of(run);
  for (; !files.empty(); files.pop_back())
    if (detail::is_complete(files.back().path)) return std::move(files.back().path);
  return {};
}

namespace detail {
/// Removes all checkpoints of a run up to `number` except the last `count` of them; later ones belong to a
/// different training.
inline void keep_last_up_to(const std::string& run, std::int64_t number, std::int64_t count) {
  if (count < 1)
    fail_invalid_argument({"keep_last: count is ", std::to_string(count), ", must be at least 1"});
  auto files = checkpoints_of(run);
  std::erase_if(files, [&](const NumberedFile& file) { return file.number > number; });
  const auto kept = static_cast<std::size_t>(count);
  for (std::size_t k = 0; k + kept < files.size(); ++k) {
    std::error_code ignored;
    std::filesystem::remove(files[k].path, ignored);
  }
}
}  // namespace detail

/// Removes all checkpoints of a run except the last `count`, at least 1. Ignores files that cannot be
/// removed.
/// Errors: std::invalid_argument for a count below 1; FileError if the folder cannot be read.
inline void keep_last(const std::string& run, std::int64_t count) {
  detail::keep_last_up_to(run, std::numeric_limits<std::int64_t>::max(), count);
}

}  // namespace descent
