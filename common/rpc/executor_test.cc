#include "common/rpc/executor.h"

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

}  // namespace
}  // namespace toolcatalog
