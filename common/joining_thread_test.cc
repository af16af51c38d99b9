#include "common/joining_thread.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "absl/synchronization/notification.h"

namespace toolcatalog {
namespace {

TEST(JoiningThreadTest, ManyThreadsMayWaitForItsEnd) {
  absl::Notification go_on;
  std::atomic<bool> ended{false};
  JoiningThread thread;
  thread.Start([&] {
    go_on.WaitForNotification();
    ended = true;
  });
  std::vector<std::thread> owners;
  for (int i = 0; i < 4; ++i) {
    owners.emplace_back([&] {
      thread.Join();
      EXPECT_TRUE(ended);
    });
  }
  go_on.Notify();
  for (std::thread& owner : owners) owner.join();
  thread.Join();
}

TEST(JoiningThreadTest, DoesNotWaitForItself) {
  absl::Notification joined;
  JoiningThread thread;
  thread.Start([&] {
    thread.Join();
    joined.Notify();
  });
  joined.WaitForNotification();
}

TEST(JoiningThreadTest, NeedNotBeStarted) { JoiningThread().Join(); }

}  // namespace
}  // namespace toolcatalog
