// SPDX-License-Identifier: MIT
#include <descent/training/report/live_view.hpp>

#include "support/catch.hpp"
#include "training/support.hpp"

#include <cmath>
#include <string>
#include <string_view>

using namespace descent;
using namespace training_test;

namespace {

struct Screen {
  std::string text;
  ProgressOutput output() {
    return [this](std::string_view more) { text += more; };
  }
};

}  // namespace

TEST_CASE("live view: the curve, the loss, the rate and the time left") {
  Screen screen;
  LiveView view(4, screen.output());
  CHECK(view.shows());
  view.show(1, 8, 0.5, 10);
  CHECK(screen.text == "\r1/4 ▁ loss 8, rate 0.5, 30 s left");
  screen.text.clear();
  view.show(2, 1, 0.25, 20);
  CHECK(screen.text == "\r2/4 █▁ loss 1, rate 0.25, 20 s left");
  screen.text.clear();
  view.show(3, 2.8, std::nan(""), 20.01);  // too soon to draw
  CHECK(screen.text.empty());
  view(StepReport{.step = 4, .loss = 1, .learning_rate = 0.1, .seconds = 20.02});
  CHECK(screen.text == "\r4/4 █▁▄▁ loss 1, rate 0.1, 21 s    ");
  screen.text.clear();
  view.finish();
  view.finish();
  CHECK(screen.text == "\n");
}

TEST_CASE("live view: a long run still fits in a line; what is not finite is left out of the curve") {
  Screen screen;
  LiveView view(100'000, screen.output());
  for (int step = 1; step <= 50'000; ++step)
    view.show(step, step % 7 == 0 ? std::nan("") : 1.0 / step, std::nan(""), step);
  const std::string last = screen.text.substr(screen.text.rfind('\r'));
  CHECK(last.find("50000/100000 █") == 1);
  CHECK(last.find(", 13 h 54 min left") != std::string::npos);
  CHECK(last.find("rate") == std::string::npos);
  CHECK(last.size() < 160);
}

TEST_CASE("live view: times and curves as text") {
  CHECK(detail::duration_text(0.2) == "1 s");
  CHECK(detail::duration_text(99.5) == "100 s");
  CHECK(detail::duration_text(100) == "2 min");
  CHECK(detail::duration_text(7500) == "2 h 05 min");
  CHECK(detail::sparkline({}).empty());
  CHECK(detail::sparkline({3, 3}) == "▁▁");
  CHECK(detail::sparkline({-1, 0, 1}) == "▁▅█");
  CHECK(detail::sparkline({1, 10, 100}) == "▁▅█");
}

TEST_CASE("live view: a total of no steps is refused") {
  CHECK(message_of([] { LiveView view(0); }) ==
        "descent: LiveView: total_steps is 0, must be at least 1 and finite");
}
