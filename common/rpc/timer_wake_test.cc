#include "common/rpc/timer_wake.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "common/rpc/bounded_wait.h"
#include "common/steady_time.h"
#include "tests/support/stepped_clock.h"

namespace toolcatalog {
namespace {

TEST(TimerWakeTest, AlarmsRingThoughTheClockIsSetBack) {
  std::atomic<int> expired{0};
  const auto expire = [&expired] { ++expired; };
  // Not of `absl::Now`, which may notice a step two seconds later.
  const auto soon = [] { return absl::FromChrono(std::chrono::system_clock::now()) + absl::Milliseconds(300); };
  const auto before = BoundedWait::Start(soon(), expire);
  const SteppedClock back(-absl::Hours(1));
  const auto after = BoundedWait::Start(soon(), expire);
  const SteadyTime end = SteadyTime::Now() + absl::Seconds(10);
  while (expired < 2 && SteadyTime::Now() < end) {
    WakeGrpcTimers();
    absl::SleepFor(absl::Milliseconds(20));
  }
  EXPECT_EQ(expired, 2);
}

}  // namespace
}  // namespace toolcatalog
