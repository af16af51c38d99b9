#include "reload_service/follow/periodic_schedule.h"

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <thread>

#include "common/steady_time.h"
#include "tests/support/stepped_clock.h"

namespace toolcatalog {
namespace {

v1::SetPeriodicReloadRequest Request(bool enabled, int seconds) {
  v1::SetPeriodicReloadRequest request;
  request.set_enabled(enabled);
  request.set_interval_seconds(seconds);
  return request;
}

TEST(PeriodicScheduleTest, RunsOnceItIsTurnedOn) {
  std::atomic<int> runs{0};
  PeriodicSchedule schedule([&runs] { ++runs; }, absl::ZeroDuration());
  schedule.Start();
  v1::ReloadStatistics statistics;
  schedule.Describe(&statistics);
  EXPECT_FALSE(statistics.configuration().periodic_refresh_enabled());
  EXPECT_TRUE(statistics.configuration().periodic_refresh_interval_seconds().has_null_value());
  const SteadyTime start = SteadyTime::Now();
  ASSERT_TRUE(schedule.Set(Request(true, 1)).ok());
  while (runs < 2 && SteadyTime::Now() - start < absl::Seconds(10)) std::this_thread::yield();
  EXPECT_EQ(runs, 2);
  EXPECT_GT(SteadyTime::Now() - start, absl::Milliseconds(1700));
  schedule.Describe(&statistics);
  EXPECT_EQ(statistics.configuration().periodic_refresh_interval_seconds().number_value(), 1);
}

TEST(PeriodicScheduleTest, GoesOnAfterARunThatThrows) {
  std::atomic<int> runs{0};
  const auto run = [&runs] {
    ++runs;
    throw std::runtime_error("unexpected");
  };
  PeriodicSchedule schedule(run, absl::Milliseconds(1));
  schedule.Start();
  const SteadyTime start = SteadyTime::Now();
  while (runs < 3 && SteadyTime::Now() - start < absl::Seconds(10)) std::this_thread::yield();
  EXPECT_GE(runs, 3);
}

TEST(PeriodicScheduleTest, GoesOnThoughTheClockIsSetBack) {
  std::atomic<int> runs{0};
  PeriodicSchedule schedule([&runs] { ++runs; }, absl::Milliseconds(300));
  schedule.Start();
  while (runs == 0) std::this_thread::yield();
  const SteppedClock back(-absl::Hours(1));
  const SteadyTime start = SteadyTime::Now();
  while (runs < 3 && SteadyTime::Now() - start < absl::Seconds(10)) std::this_thread::yield();
  EXPECT_GE(runs, 3);
}

TEST(PeriodicScheduleTest, KeepsTheIntervalWhileItIsOff) {
  PeriodicSchedule schedule([] {}, absl::Seconds(60));
  EXPECT_EQ(schedule.Set(Request(false, 0))->interval_seconds(), 0);
  EXPECT_EQ(schedule.Set(Request(true, 0))->interval_seconds(), 60);
  EXPECT_EQ(schedule.Set(Request(true, 86400))->interval_seconds(), 86400);
}

TEST(PeriodicScheduleTest, RefusesWhatMakesNoSense) {
  PeriodicSchedule schedule([] {}, absl::ZeroDuration());
  for (const auto& request : {Request(true, 0), Request(true, -1), Request(true, 86401), Request(false, 5)}) {
    EXPECT_TRUE(absl::IsInvalidArgument(schedule.Set(request).status())) << request.ShortDebugString();
  }
}

TEST(PeriodicScheduleTest, StopsAtOnce) {
  PeriodicSchedule schedule([] {}, absl::Hours(1));
  schedule.Start();
  const SteadyTime start = SteadyTime::Now();
  schedule.Stop();
  EXPECT_LT(SteadyTime::Now() - start, absl::Seconds(5));
}

}  // namespace
}  // namespace toolcatalog
