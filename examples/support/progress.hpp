// SPDX-License-Identifier: MIT
// A moving bar on a terminal; an occasional line if the output is a file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>
#include <utility>

#if __has_include(<unistd.h>)
#include <unistd.h>
#endif

namespace support {

/// Call `show` as often as you like, `finish` once: its line stays.
class ProgressBar {
 public:
  ProgressBar(std::string name, std::int64_t total) : name_(std::move(name)), total_(total) {}

  void show(std::int64_t done, const std::string& note) const {
    if (!is_terminal()) {
      if (done < total_ && done * 3 / total_ > (done - 1) * 3 / total_)
        std::printf("%-9s %3lld/%lld  %s\n", name_.c_str(), as_printed(done), as_printed(total_),
                    note.c_str());
    } else {
      const auto filled = static_cast<std::size_t>(30 * done / total_);
      const std::string bar = std::string(filled, '=') + std::string(30 - filled, ' ');
      std::printf("\r%-9s [%s] %3lld/%lld  %s\033[K", name_.c_str(), bar.c_str(), as_printed(done),
                  as_printed(total_), note.c_str());
    }
    std::fflush(stdout);
  }

  void finish(const std::string& note) const {
    std::printf("%s%-9s %s%s\n", is_terminal() ? "\r" : "", name_.c_str(), note.c_str(),
                is_terminal() ? "\033[K" : "");
    std::fflush(stdout);
  }

 private:
  static long long as_printed(std::int64_t value) { return value; }

  static bool is_terminal() {
#if __has_include(<unistd.h>)
    return isatty(STDOUT_FILENO) == 1;
#else
    return false;
#endif
  }

  std::string name_;
  std::int64_t total_;
};

}  // namespace support
