#include "reload_service/readiness.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "absl/time/clock.h"

namespace toolcatalog {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(10);

class ReadinessTest : public ::testing::Test {
 protected:
  ReadinessTest() { readiness_.Start(); }

  absl::Time Now() const { return absl::UnixEpoch() + absl::Seconds(seconds_.load()); }
  bool AwaitReady(bool ready) {
    readiness_.Wake();
    const absl::Time deadline = absl::Now() + kPatience;
    while (ready_ != ready && absl::Now() < deadline) std::this_thread::yield();
    return ready_ == ready;
  }
  void Load() {
    CatalogSnapshot snapshot;
    snapshot.position.revision = 5;
    snapshot.received = Now();
    cache_.Apply(snapshot);
  }

  std::atomic<int> seconds_{1000};
  std::atomic<bool> frozen_{false};
  std::atomic<bool> ready_{false};
  std::atomic<int> changes_{0};
  ProfileCache cache_{[this] { return Now(); }};
  Readiness readiness_{{&cache_, [this] { return frozen_.load(); },
                        [this](bool ready) {
                          ++changes_;
                          ready_ = ready;
                        },
                        [this] { return Now(); }, absl::Minutes(15)}};
};

TEST_F(ReadinessTest, FollowsLoadingSilenceAndReturn) {
  Load();
  EXPECT_TRUE(AwaitReady(true));
  seconds_ += 901;
  EXPECT_TRUE(AwaitReady(false));
  cache_.Advance(5, Now());
  EXPECT_TRUE(AwaitReady(true));
  EXPECT_EQ(changes_, 3);
}

TEST_F(ReadinessTest, AFrozenReplicaStaysReady) {
  Load();
  ASSERT_TRUE(AwaitReady(true));
  frozen_ = true;
  seconds_ += 3600;
  // It becomes unready only once it is thawed: the look that sees that is later than those that saw the time.
  readiness_.Wake();
  frozen_ = false;
  EXPECT_TRUE(AwaitReady(false));
  frozen_ = true;
  EXPECT_TRUE(AwaitReady(true));
}

TEST_F(ReadinessTest, NothingIsToldAfterStop) {
  readiness_.Stop();
  Load();
  EXPECT_EQ(changes_, 0);
}

}  // namespace
}  // namespace toolcatalog
