#include "common/steady_cond_var.h"

#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "common/steady_time.h"
#include "common/wake.h"
#include "tests/support/stepped_clock.h"

namespace toolcatalog {
namespace {

// Something that a thread waits for.
class SteadyCondVarTest : public ::testing::Test {
 protected:
  bool Await(absl::Duration limit) {
    absl::MutexLock lock(&mutex_);
    return changed_.AwaitUntil(mutex_, absl::Condition(&there_), SteadyTime::Now() + limit);
  }
  void Bring() {
    absl::MutexLock lock(&mutex_);
    there_ = true;
    changed_.NotifyAll();
  }

  absl::Mutex mutex_;
  SteadyCondVar changed_;
  bool there_ ABSL_GUARDED_BY(mutex_) = false;
};

TEST_F(SteadyCondVarTest, EndsWhenTheConditionHolds) {
  std::thread other([this] { Bring(); });
  EXPECT_TRUE(Await(absl::InfiniteDuration()));
  other.join();
  EXPECT_TRUE(Await(absl::ZeroDuration()));
}

TEST_F(SteadyCondVarTest, EndsAtTheDeadline) {
  const SteadyTime start = SteadyTime::Now();
  EXPECT_FALSE(Await(absl::Milliseconds(20)));
  EXPECT_GE(SteadyTime::Now() - start, absl::Milliseconds(20));
  EXPECT_FALSE(Await(absl::ZeroDuration()));
  EXPECT_FALSE(Await(-absl::InfiniteDuration()));
}

// The waits of the two kinds, while the system's clock is set back.
TEST_F(SteadyCondVarTest, EndsInTimeThoughTheClockIsSetBack) {
  bool by_system_clock_waits = false, by_system_clock_ended = false;
  bool steady_waits = false, ended = false;
  // A wait looks at its condition when it has fixed its end.
  const auto system_condition = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    by_system_clock_waits = true;
    return there_;
  };
  const auto steady_condition = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    steady_waits = true;
    return there_;
  };
  std::thread by_system_clock([&] {
    absl::MutexLock lock(&mutex_);
    mutex_.AwaitWithTimeout(absl::Condition(&system_condition), absl::Milliseconds(200));
    by_system_clock_ended = true;
  });
  std::thread steady([&] {
    absl::MutexLock lock(&mutex_);
    changed_.AwaitUntil(mutex_, absl::Condition(&steady_condition), SteadyTime::Now() + absl::Milliseconds(200));
    ended = true;
  });
  {
    absl::MutexLock lock(&mutex_);
    const auto both_wait = [&] { return by_system_clock_waits && steady_waits; };
    mutex_.Await(absl::Condition(&both_wait));
  }
  Wake never;
  // Not `absl::Now`, which may notice a step two seconds later.
  const auto before = std::chrono::system_clock::now();
  const SteppedClock back(-absl::Hours(1));
  EXPECT_LT(std::chrono::system_clock::now(), before - std::chrono::minutes(59));
  EXPECT_FALSE(never.WaitFor(absl::Milliseconds(500)));
  {
    absl::MutexLock lock(&mutex_);
    EXPECT_TRUE(ended);
    // Shows that the step is one; why nothing waits so.
    EXPECT_FALSE(by_system_clock_ended);
  }
  Bring();
  by_system_clock.join();
  steady.join();
}

TEST(SteadyTimeTest, IsOrderedAndCountsDurations) {
  const SteadyTime now = SteadyTime::Now();
  EXPECT_LT(SteadyTime::InfinitePast(), now);
  EXPECT_LT(now, SteadyTime::InfiniteFuture());
  EXPECT_EQ(now + absl::Hours(1) - now, absl::Hours(1));
  EXPECT_EQ(now - (now - absl::Seconds(2)), absl::Seconds(2));
  EXPECT_LE(SteadyTime::Of(absl::Now()) - now, absl::Minutes(1));
}

TEST(WakeTest, WaitsForLongAndForShortTimes) {
  Wake wake;
  const SteadyTime start = SteadyTime::Now();
  EXPECT_FALSE(wake.WaitFor(absl::Microseconds(300)));
  EXPECT_GE(SteadyTime::Now() - start, absl::Microseconds(300));
  std::thread other([&wake] { wake.Set(); });
  // More milliseconds than poll(2) can take.
  EXPECT_TRUE(wake.WaitFor(absl::Hours(24 * 365)));
  other.join();
  EXPECT_TRUE(wake.WaitFor(absl::InfiniteDuration()));
}

}  // namespace
}  // namespace toolcatalog
