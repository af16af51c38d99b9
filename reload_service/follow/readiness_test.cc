#include "reload_service/follow/readiness.h"

#include <gtest/gtest.h>

#include <atomic>

#include "absl/time/time.h"
#include "common/steady_time.h"
#include "tests/support/await.h"

namespace toolcatalog {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(10);

class ReadinessTest : public ::testing::Test {
 protected:
  ReadinessTest() { readiness_.Start(); }

  SteadyTime Now() const { return start_ + absl::Seconds(seconds_.load()); }
  bool AwaitReady(bool ready) {
    readiness_.Wake();
    return Await([&] { return ready_ == ready; }, kPatience);
  }
  void Load() {
    CatalogSnapshot snapshot;
    snapshot.position.revision = 5;
    cache_.Apply(snapshot);
  }

  const SteadyTime start_ = SteadyTime::Now();
  std::atomic<int> seconds_{0};
  std::atomic<bool> frozen_{false};
  std::atomic<bool> ready_{false};
  std::atomic<int> changes_{0};
  // How often a silent catalog made it ask whether the replica is frozen.
  std::atomic<int> looks_{0};
  ProfileCache cache_{[this] { return Now(); }};
  Readiness readiness_{{&cache_,
                        [this] {
                          ++looks_;
                          return frozen_.load();
                        },
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
  cache_.Advance(5);
  EXPECT_TRUE(AwaitReady(true));
  EXPECT_EQ(changes_, 3);
}

TEST_F(ReadinessTest, AFrozenReplicaStaysReady) {
  Load();
  ASSERT_TRUE(AwaitReady(true));
  frozen_ = true;
  seconds_ += 3600;
  // The second of two looks begins when the first has been acted on.
  const auto has_looked_twice = [this] {
    readiness_.Wake();
    return looks_ >= 2;
  };
  EXPECT_TRUE(Await(has_looked_twice, kPatience));
  EXPECT_TRUE(ready_);
  frozen_ = false;
  EXPECT_TRUE(AwaitReady(false));
}

TEST_F(ReadinessTest, NothingIsToldAfterStop) {
  readiness_.Stop();
  Load();
  EXPECT_EQ(changes_, 0);
}

}  // namespace
}  // namespace toolcatalog
