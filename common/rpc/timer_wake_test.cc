#include "common/rpc/timer_wake.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>

#include "absl/time/time.h"
#include "common/rpc/bounded_wait.h"
#include "tests/support/await.h"
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
  const auto both_expired = [&expired] {
    WakeGrpcTimers();
    return expired == 2;
  };
  EXPECT_TRUE(Await(both_expired, absl::Seconds(10)));
}

}  // namespace
}  // namespace toolcatalog
