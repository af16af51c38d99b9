#ifndef RELOAD_SERVICE_FOLLOW_RELOAD_COORDINATOR_FIXTURE_H_
#define RELOAD_SERVICE_FOLLOW_RELOAD_COORDINATOR_FIXTURE_H_

#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <future>
#include <memory>
#include <string>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "clients/cpp/catalog_client.h"
#include "clients/cpp/testing/fake_catalog.h"
#include "common/steady_time.h"
#include "reload_service/cache/profile_cache.h"
#include "reload_service/events/reload_events.h"
#include "reload_service/events/reload_history.h"
#include "reload_service/follow/reload_coordinator.h"
#include "tests/support/await.h"
#include "toolcatalog/v1/reload.pb.h"
#include "toolcatalog/v1/replica.pb.h"
#include "toolcatalog/v1/tool.pb.h"

namespace toolcatalog {

// A coordinator that follows a catalog which the test plays.
class ReloadCoordinatorFixture : public ::testing::Test {
 protected:
  ReloadCoordinatorFixture() {
    ReloadCoordinator::Options options;
    options.watch = {absl::Milliseconds(1), absl::Milliseconds(20), absl::Seconds(20)};
    options.fetch_timeout = absl::Seconds(5);
    options.clock = [this] { return Now(); };
    options.steady_clock = [this] { return SteadyNow(); };
    coordinator_ = std::make_unique<ReloadCoordinator>(
        CatalogChannel(catalog_.address()), &cache_, &history_, [this] { ++loads_; }, options);
  }

  // Starts, and loads grep and ping at revision 5.
  std::shared_ptr<FakeCatalog::Watch> StartAt5() {
    coordinator_->Start();
    auto watch = catalog_.AwaitWatch();
    watch->Send(SnapshotMessage(5, {TestTool("grep", "1.0", 4), TestTool("ping", "1.0", 5)}));
    EXPECT_EQ(AwaitEvent(1).trigger(), "startup");
    return watch;
  }

  v1::ReloadEvent AwaitEvent(int64_t id) {
    ReloadHistory::Event event;
    EXPECT_TRUE(Await([&] { return (event = history_.NextAfter(id - 1)) != nullptr; }, kPatience)) << "no event " << id;
    return event == nullptr ? v1::ReloadEvent() : *event;
  }

  std::future<v1::ReloadEvent> Ask(const ReloadRequest& request) {
    auto answer = std::make_shared<std::promise<v1::ReloadEvent>>();
    const auto done = [answer](const v1::ReloadEvent& event) { answer->set_value(event); };
    coordinator_->ReloadTool(request, done);
    return answer->get_future();
  }

  std::future<v1::ReloadEvent> ReloadTool(const std::string& name, const std::string& triggered_by) {
    return Ask({name, triggered_by, SteadyTime::Now()});
  }

  std::future<v1::ReloadEvent> ReloadAll(const std::string& triggered_by) {
    auto answer = std::make_shared<std::promise<v1::ReloadEvent>>();
    coordinator_->ReloadAll({"", triggered_by, SteadyTime::Now()},
                            [answer](const v1::ReloadEvent& event) { answer->set_value(event); });
    return answer->get_future();
  }

  std::future<void> Refresh(const std::string& key) {
    auto answer = std::make_shared<std::promise<void>>();
    coordinator_->Refresh(key, cache_.Get(key).invalid_mark, [answer] { answer->set_value(); });
    return answer->get_future();
  }

  v1::ReloadStatistics Statistics() {
    v1::ReloadStatistics statistics;
    coordinator_->Describe(&statistics);
    return statistics;
  }

  // Waits until what was applied is proven at the revision.
  void AwaitProof(int64_t revision) {
    Await([&] { return Statistics().proven_revision() == revision; }, kPatience);
    EXPECT_EQ(Statistics().proven_revision(), revision);
  }

  // The times that the coordinator and the cache are told.
  absl::Time Now() const { return absl::FromUnixSeconds(now_); }
  SteadyTime SteadyNow() const { return start_ + absl::Seconds(passed_.load()); }
  void Pass(absl::Duration time) {
    passed_ += absl::ToInt64Seconds(time);
    now_ += absl::ToInt64Seconds(time);
  }
  // Somebody sets the machine's clock back.
  void SetBack(absl::Duration step) { now_ -= absl::ToInt64Seconds(step); }

  static constexpr absl::Duration kPatience = absl::Seconds(10);

  FakeCatalog catalog_;
  std::atomic<int64_t> now_{absl::ToUnixSeconds(absl::Now()) + 1};
  const SteadyTime start_ = SteadyTime::Now();
  std::atomic<int64_t> passed_{0};
  ProfileCache cache_{[this] { return SteadyNow(); }};
  ReloadHistory history_{100};
  std::atomic<int> loads_{0};
  std::unique_ptr<ReloadCoordinator> coordinator_;
};

}  // namespace toolcatalog

#endif  // RELOAD_SERVICE_FOLLOW_RELOAD_COORDINATOR_FIXTURE_H_
