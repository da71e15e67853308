// SPDX-License-Identifier: MIT
// On Ctrl-C, fit must finish its step, save and return.
#include <descent/io/checkpoint.hpp>
#include <descent/optimizers/adamw.hpp>
#include <descent/schedules/cosine_decay.hpp>
#include <descent/training/fit/fit.hpp>
#include <descent/training/fit/interrupt.hpp>

#include "io/support.hpp"
#include "support/catch.hpp"
#include "training/support.hpp"

#include <csignal>
#include <string>

#if DESCENT_POSIX_FILES
#include <sys/wait.h>
#include <unistd.h>
#endif

using namespace descent;
using namespace training_test;

namespace {

int calls = 0;
void count_calls(int) { ++calls; }

/// Installs a handler that counts; restores the previous one.
struct CountingHandler {
  int signal = SIGINT;
  void (*before)(int) = std::signal(signal, count_calls);
  explicit CountingHandler(int number = SIGINT) : signal(number) { calls = 0; }
  CountingHandler(const CountingHandler&) = delete;
  ~CountingHandler() { static_cast<void>(std::signal(signal, before)); }
};

using Options = FitOptions<Regression<double>>;

}  // namespace

TEST_CASE("StopOnInterrupt notices a signal, and gives the handlers back") {
  const CountingHandler handler(SIGINT), of_term(SIGTERM);
  const int signal = GENERATE(SIGINT, SIGTERM);
  {
    const StopOnInterrupt interrupt;
    CHECK_FALSE(interrupt.is_requested());
    static_cast<void>(std::raise(signal));
    CHECK(interrupt.is_requested());
  }
  CHECK(calls == 0);
  static_cast<void>(std::raise(SIGINT));
  static_cast<void>(std::raise(SIGTERM));
  CHECK(calls == 2);
  const StopOnInterrupt again;
  CHECK_FALSE(again.is_requested());
}

TEST_CASE("fit ends after the step in which Ctrl-C or SIGTERM came, and goes on from its checkpoint") {
  const int signal = GENERATE(SIGINT, SIGTERM);
  const CountingHandler handler(signal);
  const test::TemporaryFolder folder;
  const RegressionData<double> data(20);
  const Samples samples{data.inputs, data.targets};
  const AdamW rule{.learning_rate = 0.1};
  Options options{.epochs = 3, .batch_size = 5, .stop_on_interrupt = true, .progress = Progress::none};
  auto whole = zero_regression<double>(), model = whole;
  CHECK(fit(whole, samples, rule, options).status == FitStatus::finished);

  options.checkpoint.path = folder / "run";
  options.on_step = [&](const StepReport& step) {
    if (step.step == 6) static_cast<void>(std::raise(signal));
  };
  const FitResult stopped = fit(model, samples, rule, options);
  CHECK(stopped.status == FitStatus::interrupted);
  CHECK(stopped.steps == 6);
  CHECK(std::string(to_string(stopped.status)) == "interrupted");
  CHECK(newest_checkpoint(folder / "run") == checkpoint_path(folder / "run", 6));
  static_cast<void>(std::raise(signal));
  CHECK(calls == 1);

  options.on_step = {};
  options.resume = true;
  model = zero_regression<double>();
  CHECK(fit(model, samples, rule, options).status == FitStatus::finished);
  CHECK(model.weights == whole.weights);
}

TEST_CASE("fit gives the handler back if it throws") {
  const CountingHandler handler;
  const RegressionData<double> data(20);
  auto model = zero_regression<double>();
  Options options{.stop_on_interrupt = true, .progress = Progress::none};
  options.on_step = [] { throw Interruption(); };
  CHECK_THROWS_AS(fit(model, Samples{data.inputs, data.targets}, AdamW{}, options), Interruption);
  static_cast<void>(std::raise(SIGINT));
  CHECK(calls == 1);
}

#if DESCENT_POSIX_FILES
TEST_CASE("a second signal of the same kind ends the program") {
  const int signal = GENERATE(SIGINT, SIGTERM);
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    static_cast<void>(std::signal(signal, SIG_DFL));
    const StopOnInterrupt interrupt;
    static_cast<void>(std::raise(signal));
    if (!interrupt.is_requested()) ::_exit(1);
    static_cast<void>(std::raise(signal));
    ::_exit(0);  // not reached
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(WIFSIGNALED(status));
  CHECK(WTERMSIG(status) == signal);
}
#endif
