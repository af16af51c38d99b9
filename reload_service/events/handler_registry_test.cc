#include "reload_service/events/handler_registry.h"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <stdexcept>
#include <string>

#include "absl/synchronization/notification.h"
#include "common/steady_time.h"

namespace toolcatalog {
namespace {

using Argument = const std::shared_ptr<const Reload>&;

class HandlerRegistryTest : public ::testing::Test {
 protected:
  void Add(const std::string& name, ReloadHandler handler, absl::Duration limit = absl::Seconds(5)) {
    ASSERT_TRUE(registry_.Register(name, std::move(handler), limit).ok());
  }

  v1::ReloadEvent Run(bool late = false) {
    v1::ReloadEvent event;
    event.set_success(true);
    registry_.Run(std::make_shared<const ReloadBatch>(FetchedTool()), late, &event);
    return event;
  }

  HandlerRegistry registry_;
};

TEST_F(HandlerRegistryTest, OneThatFailsOrThrowsDoesNotStopTheOthers) {
  std::string order;
  Add("fails", [&](Argument) { return order += "1", absl::InternalError("does not like it"); });
  Add("throws", [&](Argument) -> absl::Status { throw std::runtime_error("\xff threw"); });
  Add("throws oddly", [&](Argument) -> absl::Status { throw 7; });
  Add("fine", [&](Argument) { return order += "2", absl::OkStatus(); });
  const v1::ReloadEvent event = Run();
  EXPECT_EQ(order, "12");
  EXPECT_FALSE(event.success());
  EXPECT_EQ(event.error(), "fails: does not like it; throws: \\xff threw; throws oddly: unknown exception");
  ASSERT_EQ(event.handlers_size(), 4);
  EXPECT_EQ(event.handlers(2).error(), "unknown exception");
  EXPECT_TRUE(event.handlers(3).success());
  EXPECT_EQ(event.handlers(3).error(), "");
}

TEST_F(HandlerRegistryTest, OneThatHangsIsPassedByUntilItReturns) {
  absl::Notification release, released;
  std::atomic<int> calls{0}, others{0};
  std::atomic<int64_t> missed{0};
  Add(
      "hangs",
      [&](Argument reload) {
        missed = reload->missed;
        if (++calls == 1) release.WaitForNotification();
        return absl::OkStatus();
      },
      absl::Milliseconds(50));
  Add("other", [&](Argument) { return ++others, absl::OkStatus(); });
  v1::ReloadEvent event = Run();
  EXPECT_EQ(event.error(), "hangs: exceeded its time limit of 50ms; it goes on alone");
  EXPECT_EQ(event.handlers(0).duration_ms(), 50);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(Run().handlers(0).error(), "still busy with an earlier reload");
  EXPECT_EQ(others, 4);
  EXPECT_EQ(calls, 1);
  release.Notify();
  const SteadyTime deadline = SteadyTime::Now() + absl::Seconds(10);
  int passes = 3;
  while (!(event = Run()).success() && SteadyTime::Now() < deadline) ++passes;
  EXPECT_TRUE(event.success());
  EXPECT_EQ(missed, passes);
  EXPECT_TRUE(Run().success());
  EXPECT_EQ(missed, 0);
}

TEST_F(HandlerRegistryTest, WhatIsSkippedIsCounted) {
  int64_t missed = 0;
  Add("one", [&](Argument reload) { return missed = reload->missed, absl::OkStatus(); });
  v1::ReloadEvent event;
  registry_.SkipAll(&event);
  registry_.SkipAll(&event);
  EXPECT_EQ(event.handlers(0).error(), "skipped: too many reloads are waiting for handlers");
  Run();
  EXPECT_EQ(missed, 2);
}

TEST_F(HandlerRegistryTest, OnlySlowHandlersMissReloadsThatComeLate) {
  absl::Notification never;
  int64_t missed = 0;
  int quick = 0;
  Add("slow", [&](Argument reload) {
    missed = reload->missed;
    never.WaitForNotificationWithTimeout(absl::Milliseconds(100));
    return absl::OkStatus();
  });
  Add("quick", [&](Argument) { return ++quick, absl::OkStatus(); });
  Run();
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(Run(/*late=*/true).handlers(0).success());
  EXPECT_EQ(quick, 4);
  EXPECT_TRUE(Run().success());
  EXPECT_EQ(missed, 3);
}

TEST_F(HandlerRegistryTest, RefusesWhatCannotBeRegistered) {
  const ReloadHandler fine = [](Argument) { return absl::OkStatus(); };
  Add("one", fine);
  const absl::Duration limit = absl::Seconds(1);
  EXPECT_TRUE(absl::IsAlreadyExists(registry_.Register("one", fine, limit)));
  EXPECT_TRUE(absl::IsAlreadyExists(registry_.Register("profile_cache", fine, limit)));
  EXPECT_TRUE(absl::IsInvalidArgument(registry_.Register("", fine, limit)));
  EXPECT_TRUE(absl::IsInvalidArgument(registry_.Register("two", nullptr, limit)));
  EXPECT_TRUE(absl::IsInvalidArgument(registry_.Register("two", fine, absl::ZeroDuration())));
  EXPECT_TRUE(absl::IsInvalidArgument(registry_.Register("two", fine, absl::Seconds(6))));
  EXPECT_EQ(Run().handlers_size(), 1);
}

TEST(HandlerRegistryEndTest, AHandlerThatHangsForEverDoesNotKeepTheServiceFromEnding) {
  auto started = std::make_shared<absl::Notification>();
  auto release = std::make_shared<absl::Notification>();
  auto ended = std::make_shared<absl::Notification>();
  SteadyTime start;
  {
    HandlerRegistry registry;
    const auto hangs = [started, release, ended](Argument) {
      started->Notify();
      release->WaitForNotification();
      ended->Notify();
      return absl::OkStatus();
    };
    ASSERT_TRUE(registry.Register("hangs", hangs, absl::Milliseconds(1)).ok());
    v1::ReloadEvent event;
    registry.Run(std::make_shared<const ReloadBatch>(FetchedTool()), false, &event);
    ASSERT_TRUE(started->WaitForNotificationWithTimeout(absl::Seconds(10)));
    start = SteadyTime::Now();
  }
  EXPECT_LT(SteadyTime::Now() - start, absl::Seconds(3));
  release->Notify();
  EXPECT_TRUE(ended->WaitForNotificationWithTimeout(absl::Seconds(10)));
}

}  // namespace
}  // namespace toolcatalog
