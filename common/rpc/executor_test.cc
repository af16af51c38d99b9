#include "common/rpc/executor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <optional>
#include <stdexcept>

#include "absl/synchronization/notification.h"

namespace toolcatalog {
namespace {

TEST(ExecutorTest, RunsWhatIsQueuedBeforeItGoes) {
  std::atomic<int> ran{0};
  {
    Executor executor(2, 100);
    for (int i = 0; i < 100; ++i) {
      while (!executor.TrySchedule([&ran] { ++ran; })) {
      }
    }
  }
  EXPECT_EQ(ran, 100);
}

TEST(ExecutorTest, RefusesWhenTheQueueIsFull) {
  absl::Notification started, release;
  std::optional<Executor> executor(std::in_place, 1, 2);
  ASSERT_TRUE(executor->TrySchedule([&] {
    started.Notify();
    release.WaitForNotification();
  }));
  started.WaitForNotification();
  EXPECT_TRUE(executor->TrySchedule([] {}));
  EXPECT_TRUE(executor->TrySchedule([] {}));
  EXPECT_FALSE(executor->TrySchedule([] {}));
  release.Notify();
  executor.reset();
}

TEST(ExecutorTest, GoesOnAfterATaskThatThrows) {
  std::atomic<int> ran{0};
  {
    Executor executor(1, 100);
    for (int i = 0; i < 3; ++i) {
      ASSERT_TRUE(executor.TrySchedule([] { throw std::runtime_error("unexpected"); }));
      ASSERT_TRUE(executor.TrySchedule([&ran] { ++ran; }));
    }
  }
  EXPECT_EQ(ran, 3);
}

TEST(ExecutorTest, SourcesTakeTurnsAndLeavePlacesToOthers) {
  absl::Notification begun, go_on;
  std::vector<std::string> order;
  {
    Executor executor(1, 30);
    ASSERT_TRUE(executor.TrySchedule([&] {
      begun.Notify();
      go_on.WaitForNotification();
    }));
    begun.WaitForNotification();
    int taken = 0;
    while (executor.TrySchedule([&] { order.push_back("greedy"); }, "greedy")) ++taken;
    EXPECT_LE(taken, 10);
    for (int i = 0; i < 2; ++i) {
      ASSERT_TRUE(executor.TrySchedule([&] { order.push_back("modest"); }, "modest"));
    }
    go_on.Notify();
  }
  ASSERT_GT(order.size(), 4u);
  order.resize(4);
  EXPECT_THAT(order, testing::ElementsAre("greedy", "modest", "greedy", "modest"));
}

}  // namespace
}  // namespace toolcatalog
