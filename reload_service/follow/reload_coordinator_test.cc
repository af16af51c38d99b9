#include "reload_service/follow/reload_coordinator.h"

#include <gmock/gmock.h>
#include <google/protobuf/util/time_util.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "clients/cpp/catalog_client.h"
#include "clients/cpp/testing/fake_catalog.h"
#include "common/rpc/grpc_status.h"
#include "common/status.h"
#include "toolcatalog/v1/change.pb.h"
#include "toolcatalog/v1/tool.pb.h"

namespace toolcatalog {
namespace {

using ::google::protobuf::util::TimeUtil;
using ::testing::AllOf;
using ::testing::HasSubstr;

class ReloadCoordinatorTest : public ::testing::Test {
 protected:
  ReloadCoordinatorTest() {
    ReloadCoordinator::Options options;
    options.watch = {absl::Milliseconds(1), absl::Milliseconds(20), absl::Seconds(20)};
    options.fetch_timeout = absl::Seconds(5);
    options.clock = [this] { return Now(); };
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
    const absl::Time deadline = absl::Now() + absl::Seconds(10);
    std::optional<v1::ReloadEvent> event;
    while (!(event = history_.NextAfter(id - 1)).has_value() && absl::Now() < deadline) std::this_thread::yield();
    EXPECT_TRUE(event.has_value()) << "no event " << id;
    return event.value_or(v1::ReloadEvent());
  }

  std::future<v1::ReloadEvent> Ask(const ReloadRequest& request) {
    auto answer = std::make_shared<std::promise<v1::ReloadEvent>>();
    const auto done = [answer](const v1::ReloadEvent& event) { answer->set_value(event); };
    coordinator_->ReloadTool(request, done);
    return answer->get_future();
  }

  std::future<v1::ReloadEvent> ReloadTool(const std::string& name, const std::string& triggered_by) {
    return Ask({name, triggered_by, absl::Now()});
  }

  std::future<v1::ReloadEvent> ReloadAll(const std::string& triggered_by) {
    auto answer = std::make_shared<std::promise<v1::ReloadEvent>>();
    coordinator_->ReloadAll({"", triggered_by, absl::Now()},
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
    const absl::Time deadline = absl::Now() + absl::Seconds(10);
    while (Statistics().proven_revision() != revision && absl::Now() < deadline) std::this_thread::yield();
    EXPECT_EQ(Statistics().proven_revision(), revision);
  }

  // The time that the coordinator is told.
  absl::Time Now() const { return absl::FromUnixSeconds(now_); }
  void Pass(absl::Duration time) { now_ += absl::ToInt64Seconds(time); }

  FakeCatalog catalog_;
  std::atomic<int64_t> now_{absl::ToUnixSeconds(absl::Now()) + 1};
  ProfileCache cache_;
  ReloadHistory history_{100};
  std::atomic<int> loads_{0};
  std::unique_ptr<ReloadCoordinator> coordinator_;
};

TEST_F(ReloadCoordinatorTest, RecordsStartupAndOneEventAWrite) {
  auto watch = StartAt5();
  v1::ReloadEvent event = AwaitEvent(1);
  EXPECT_TRUE(event.success());
  EXPECT_FALSE(event.has_tool_name());
  EXPECT_FALSE(event.has_triggered_by());
  EXPECT_FALSE(event.has_error());
  EXPECT_EQ(event.revision(), 5);
  watch->Send(ChangesMessage(6, {StoredChange(TestTool("Grep", "1.0", 6))}));
  event = AwaitEvent(2);
  EXPECT_EQ(event.trigger(), "api_update");
  EXPECT_EQ(event.tool_name(), "Grep");
  EXPECT_EQ(event.triggered_by(), "tester");
  EXPECT_EQ(event.revision(), 6);
  EXPECT_GT(event.duration_ms(), 0);
  EXPECT_LT(event.duration_ms(), 5000);
  watch->Send(ChangesMessage(7, {StoredChange(TestTool("grep", "1.0", 7))}, true));
  watch->Send(ChangesMessage(7, {StoredChange(TestTool("ping", "1.0", 7))}, false));
  event = AwaitEvent(3);
  EXPECT_FALSE(event.has_tool_name());
  EXPECT_EQ(event.triggered_by(), "tester");
  EXPECT_EQ(event.revision(), 7);
  EXPECT_EQ(loads_, 1);
}

TEST_F(ReloadCoordinatorTest, ABookmarkIsNoReload) {
  auto watch = StartAt5();
  const absl::Time before = cache_.GetFreshness().current_at;
  Pass(absl::Seconds(1));
  watch->Send(BookmarkMessage(5));
  const absl::Time deadline = absl::Now() + absl::Seconds(10);
  while (cache_.GetFreshness().current_at == before && absl::Now() < deadline) std::this_thread::yield();
  EXPECT_GT(cache_.GetFreshness().current_at, before);
  EXPECT_EQ(history_.last_event_id(), 1);
}

TEST_F(ReloadCoordinatorTest, RunsHandlersAfterTheCacheAndListsThem) {
  std::atomic<int> served{0};
  const auto looks = [this, &served](const std::shared_ptr<const Reload>& reload) {
    if (cache_.GetFreshness().revision >= reload->event.revision()) ++served;
    return absl::OkStatus();
  };
  const auto fails = [](const std::shared_ptr<const Reload>&) { return absl::InternalError("does not like it"); };
  ASSERT_TRUE(coordinator_->RegisterHandler("fails", fails).ok());
  auto watch = StartAt5();
  v1::ReloadEvent event = AwaitEvent(1);
  EXPECT_FALSE(event.success());
  EXPECT_EQ(event.error(), "fails: does not like it");
  EXPECT_TRUE(cache_.Get("grep").entry->has_profile());
  ASSERT_TRUE(coordinator_->RegisterHandler("looks", looks).ok());
  EXPECT_TRUE(absl::IsAlreadyExists(coordinator_->RegisterHandler("looks", looks)));
  watch->Send(ChangesMessage(6, {StoredChange(TestTool("grep", "1.0", 6))}));
  event = AwaitEvent(2);
  ASSERT_EQ(event.handlers_size(), 3);
  EXPECT_EQ(event.handlers(0).name(), "profile_cache");
  EXPECT_TRUE(event.handlers(0).success());
  EXPECT_EQ(event.handlers(1).error(), "does not like it");
  EXPECT_EQ(event.handlers(2).name(), "looks");
  EXPECT_EQ(served, 1);
  coordinator_.reset();
}

TEST_F(ReloadCoordinatorTest, AHandlerThatTakesItsTimeDoesNotDelayTheProfiles) {
  absl::Notification release;
  const auto waits = [&release](const std::shared_ptr<const Reload>&) {
    release.WaitForNotification();
    return absl::OkStatus();
  };
  auto watch = StartAt5();
  ASSERT_TRUE(coordinator_->RegisterHandler("waits", waits, absl::Seconds(5)).ok());
  for (int64_t revision = 6; revision <= 20; ++revision) {
    watch->Send(ChangesMessage(revision, {StoredChange(TestTool("grep", "1.0", revision))}));
  }
  EXPECT_TRUE(coordinator_->AwaitRevision(20, absl::Now() + absl::Seconds(10)));
  EXPECT_EQ(history_.last_event_id(), 1);
  release.Notify();
  for (int64_t id = 2; id <= 16; ++id) EXPECT_EQ(AwaitEvent(id).revision(), id + 4);
}

TEST_F(ReloadCoordinatorTest, AnEventOfAWriteSaysWhyWhoAndHowLongAfterTheCommit) {
  auto watch = StartAt5();
  v1::Change change = StoredChange(TestTool("grep", "1.0", 6));
  change.set_reason("typo");
  *change.mutable_time() = TimeUtil::NanosecondsToTimestamp(absl::ToUnixNanos(absl::Now() - absl::Seconds(3)));
  watch->Send(ChangesMessage(6, {change}));
  v1::ReloadEvent event = AwaitEvent(2);
  EXPECT_EQ(event.reason(), "typo");
  EXPECT_EQ(event.triggered_by(), "tester");
  EXPECT_EQ(event.from_revision(), 5);
  EXPECT_EQ(event.revision(), 6);
  EXPECT_GE(event.propagation_ms(), 3000);
  EXPECT_LT(event.propagation_ms(), 5000);
  *change.mutable_time() = TimeUtil::NanosecondsToTimestamp(absl::ToUnixNanos(absl::Now() + absl::Hours(1)));
  watch->Send(ChangesMessage(7, {change}));
  event = AwaitEvent(3);
  EXPECT_TRUE(event.has_propagation_ms());
  EXPECT_EQ(event.propagation_ms(), 0);
  EXPECT_FALSE(AwaitEvent(1).has_propagation_ms());
}

TEST_F(ReloadCoordinatorTest, BadDefinitionIsAFailedEventThatNamesTheTool) {
  auto watch = StartAt5();
  v1::Tool bad = TestTool("grep", "1.0", 6);
  bad.set_description(std::string(600 << 10, 'x'));
  watch->Send(ChangesMessage(6, {StoredChange(bad)}));
  const v1::ReloadEvent event = AwaitEvent(2);
  EXPECT_FALSE(event.success());
  EXPECT_THAT(event.error(), AllOf(HasSubstr("profile_cache"), HasSubstr("grep"), HasSubstr("524288")));
  watch->Send(ChangesMessage(7, {StoredChange(TestTool("ping", "1.0", 7))}));
  EXPECT_TRUE(AwaitEvent(3).success());
}

TEST_F(ReloadCoordinatorTest, SnapshotAfterLostHistoryIsAnUpdateOfAllTools) {
  auto watch = StartAt5();
  watch->End(ToGrpcStatus(MakeError(Reason::kHistoryDiverged, "gone")));
  watch = catalog_.AwaitWatch();
  watch->Send(SnapshotMessage(3, {TestTool("grep", "1.0", 3)}));
  const v1::ReloadEvent event = AwaitEvent(2);
  EXPECT_EQ(event.trigger(), "api_update");
  EXPECT_FALSE(event.has_tool_name());
  EXPECT_EQ(event.revision(), 3);
  EXPECT_EQ(event.reason(), "HISTORY_DIVERGED: gone");
  EXPECT_EQ(cache_.Get("ping").entry, nullptr);
  EXPECT_EQ(loads_, 1);
  EXPECT_EQ(Statistics().resyncs(), 1);
  EXPECT_EQ(Statistics().reconnects(), 1);
}

TEST_F(ReloadCoordinatorTest, KeepsWhatAReloadIsForApart) {
  StartAt5();
  catalog_.SetTool(TestTool("grep", "1.0", 6), 6);
  catalog_.HoldGetTool(true);
  std::vector<std::future<v1::ReloadEvent>> answers;
  const auto reload = [&](const std::string& trigger, const std::string& reason) {
    answers.push_back(Ask({"grep", "admin", absl::Now(), trigger, reason}));
  };
  reload("manual", "");
  ASSERT_TRUE(catalog_.AwaitGetToolCalls(1));
  for (int i = 0; i < 2; ++i) reload("manual", "typo");
  for (int i = 0; i < 2; ++i) reload("webhook", "typo");
  catalog_.HoldGetTool(false);
  std::vector<v1::ReloadEvent> events;
  for (auto& answer : answers) events.push_back(answer.get());
  EXPECT_EQ(history_.last_event_id(), 4);
  EXPECT_EQ(events[1].event_id(), events[2].event_id());
  EXPECT_EQ(events[2].reason(), "typo");
  EXPECT_EQ(events[3].event_id(), events[4].event_id());
  EXPECT_EQ(events[3].trigger(), "webhook");
  EXPECT_EQ(catalog_.get_tool_calls(), 2);
}

TEST_F(ReloadCoordinatorTest, AFailedProofTakesOneSnapshotInFiveMinutes) {
  auto watch = StartAt5();
  watch->Send(BookmarkMessage(5));
  AwaitProof(5);
  v1::WatchToolsResponse wrong = BookmarkMessage(5);
  wrong.set_state_hash(std::string(32, '0'));
  watch->Send(wrong);
  EXPECT_TRUE(watch->AwaitCancelled());
  EXPECT_TRUE(Statistics().diverged());
  EXPECT_TRUE(cache_.Get("grep").entry->has_profile());
  watch = catalog_.AwaitWatch();
  EXPECT_TRUE(watch->request().snapshot());
  watch->Send(SnapshotMessage(6, {TestTool("grep", "1.0", 6)}));
  const v1::ReloadEvent event = AwaitEvent(2);
  EXPECT_EQ(event.trigger(), "api_update");
  EXPECT_THAT(event.reason(), AllOf(HasSubstr("proof failed: "), HasSubstr("revision 5"), HasSubstr("0000")));
  AwaitProof(6);
  EXPECT_FALSE(Statistics().diverged());
  wrong.set_revision(6);
  for (int i = 0; i < 3; ++i) watch->Send(wrong);
  watch->Send(ChangesMessage(7, {StoredChange(TestTool("ping", "1.0", 7))}));
  AwaitProof(7);
  EXPECT_EQ(Statistics().proof_failures(), 4);
  EXPECT_EQ(Statistics().resyncs(), 1);
  Pass(absl::Minutes(5));
  wrong.set_revision(7);
  watch->Send(wrong);
  EXPECT_TRUE(catalog_.AwaitWatch()->request().snapshot());
}

TEST_F(ReloadCoordinatorTest, ASnapshotThatContradictsItselfIsTakenAnewOnce) {
  coordinator_->Start();
  v1::WatchToolsResponse wrong = SnapshotMessage(5, {TestTool("grep", "1.0", 4)});
  wrong.set_state_hash(std::string(32, '0'));
  auto watch = catalog_.AwaitWatch();
  watch->Send(wrong);
  watch = catalog_.AwaitWatch();
  ASSERT_TRUE(watch->request().snapshot());
  watch->Send(wrong);
  EXPECT_THAT(AwaitEvent(2).reason(), HasSubstr("proof failed"));
  watch->Send(ChangesMessage(6, {StoredChange(TestTool("ping", "1.0", 6))}));
  AwaitProof(6);
  EXPECT_EQ(Statistics().proof_failures(), 2);
}

TEST_F(ReloadCoordinatorTest, AWantedSnapshotIsStillWantedAfterADisconnection) {
  auto watch = StartAt5();
  coordinator_->RequestResync("because");
  watch = catalog_.AwaitWatch();
  watch->End(grpc::Status(grpc::StatusCode::UNAVAILABLE, ""));
  watch = catalog_.AwaitWatch();
  EXPECT_FALSE(watch->request().snapshot());
  watch->Send(BookmarkMessage(5));
  watch = catalog_.AwaitWatch();
  EXPECT_TRUE(watch->request().snapshot());
  watch->Send(SnapshotMessage(6, {}));
  EXPECT_EQ(AwaitEvent(2).reason(), "because");
}

TEST_F(ReloadCoordinatorTest, FrozenAppliesNothingAndGoesOnAfterwards) {
  auto watch = StartAt5();
  const v1::FreezeState state = coordinator_->Freeze("release", "admin");
  EXPECT_TRUE(state.frozen());
  EXPECT_EQ(state.reason(), "release");
  EXPECT_EQ(state.revision(), 5);
  EXPECT_EQ(state.since(), TimeUtil::NanosecondsToTimestamp(absl::ToUnixNanos(Now())));
  EXPECT_EQ(AwaitEvent(2).reason(), "frozen: release");
  EXPECT_EQ(AwaitEvent(2).trigger(), "manual");
  EXPECT_EQ(AwaitEvent(2).triggered_by(), "admin");
  EXPECT_EQ(AwaitEvent(2).tool_count(), 0);
  EXPECT_TRUE(watch->AwaitCancelled());
  EXPECT_EQ(Statistics().stream_state(), "frozen");
  cache_.Invalidate("grep");
  Refresh("grep").get();
  EXPECT_EQ(catalog_.get_tool_calls(), 0);
  EXPECT_THAT(ReloadTool("grep", "").get().error(), AllOf(HasSubstr("frozen since"), HasSubstr("release")));
  EXPECT_THAT(ReloadAll("").get().error(), HasSubstr("frozen since"));
  EXPECT_TRUE(absl::IsFailedPrecondition(coordinator_->CheckNotFrozen()));
  Pass(absl::Minutes(1));
  EXPECT_EQ(coordinator_->Freeze("longer", "").since().seconds(), state.since().seconds());
  EXPECT_EQ(coordinator_->freeze_state().reason(), "longer");
  EXPECT_FALSE(coordinator_->Thaw("admin").frozen());
  EXPECT_FALSE(coordinator_->Thaw("admin").frozen());
  EXPECT_EQ(AwaitEvent(6).reason(), "thawed: longer");
  watch = catalog_.AwaitWatch();
  EXPECT_EQ(watch->request().from_revision(), 5);
  watch->Send(ChangesMessage(6, {StoredChange(TestTool("grep", "1.0", 6))}));
  EXPECT_EQ(AwaitEvent(7).revision(), 6);
  EXPECT_EQ(Statistics().stream_state(), "live");
}

TEST_F(ReloadCoordinatorTest, AFreezeFailsWhatWaitsForTheCatalog) {
  StartAt5();
  catalog_.SetTool(TestTool("grep", "1.0", 6), 6);
  catalog_.HoldGetTool(true);
  auto tool = ReloadTool("grep", "");
  auto all = ReloadAll("");
  ASSERT_TRUE(catalog_.AwaitGetToolCalls(1));
  coordinator_->Freeze("release", "");
  EXPECT_THAT(all.get().error(), HasSubstr("frozen since"));
  catalog_.HoldGetTool(false);
  EXPECT_THAT(tool.get().error(), HasSubstr("frozen since"));
  EXPECT_EQ(cache_.Get("grep").entry->as_of, 5);
}

TEST_F(ReloadCoordinatorTest, AReloadThatMeetsAFreezeDoesNotWaitForItsEnd) {
  coordinator_->Start();
  for (int round = 0; round < 300; ++round) {
    std::atomic<bool> freezes{false};
    std::thread freezer([this, &freezes] {
      freezes = true;
      coordinator_->Freeze("release", "");
    });
    while (!freezes) std::this_thread::yield();
    std::vector<std::future<v1::ReloadEvent>> answers;
    while (!coordinator_->freeze_state().frozen()) answers.push_back(ReloadAll(""));
    freezer.join();
    for (auto& answer : answers) {
      ASSERT_EQ(answer.wait_for(std::chrono::seconds(5)), std::future_status::ready) << "round " << round;
      EXPECT_FALSE(answer.get().success());
    }
    coordinator_->Thaw("");
  }
}

TEST_F(ReloadCoordinatorTest, AReloadThatAShortFreezeRefusedIsNoSuccess) {
  StartAt5();
  std::atomic<bool> ended{false};
  std::thread freezer([this, &ended] {
    while (!ended) {
      coordinator_->Freeze("release", "");
      coordinator_->Thaw("");
    }
  });
  int untrue = 0;
  for (int64_t revision = 6; revision < 1000; ++revision) {
    catalog_.SetTool(TestTool("grep", "1.0", revision), revision);
    const v1::ReloadEvent event = ReloadTool("grep", "").get();
    if (event.success() && cache_.Get("grep").entry->as_of != revision) ++untrue;
  }
  ended = true;
  freezer.join();
  EXPECT_EQ(untrue, 0);
}

TEST_F(ReloadCoordinatorTest, AfterAFreezeThatOutlivedItsPositionASnapshotIsTaken) {
  StartAt5();
  coordinator_->Freeze("release", "");
  coordinator_->Thaw("");
  auto watch = catalog_.AwaitWatch();
  EXPECT_EQ(watch->request().from_revision(), 5);
  watch->End(ToGrpcStatus(MakeError(Reason::kCompacted, "too old")));
  watch = catalog_.AwaitWatch();
  EXPECT_TRUE(watch->request().snapshot());
  watch->Send(SnapshotMessage(90, {TestTool("grep", "1.0", 90)}));
  EXPECT_EQ(AwaitEvent(4).reason(), "COMPACTED: too old");
}

TEST_F(ReloadCoordinatorTest, ARestartThatEndedAFreezeIsAnEvent) {
  v1::Replica previous;
  previous.set_freeze_reason("release");
  coordinator_->NoteRestartEndedFreeze(previous);
  EXPECT_EQ(AwaitEvent(1).trigger(), "startup");
  EXPECT_EQ(AwaitEvent(1).reason(), "the restart ended the freeze: release");
}

TEST_F(ReloadCoordinatorTest, ReloadsOneTool) {
  StartAt5();
  catalog_.SetTool(TestTool("grep", "1.0", 6), 6);
  const v1::ReloadEvent event = ReloadTool("GREP", "admin").get();
  EXPECT_EQ(event.trigger(), "manual");
  EXPECT_EQ(event.tool_name(), "GREP");
  EXPECT_EQ(event.triggered_by(), "admin");
  EXPECT_TRUE(event.success()) << event.error();
  EXPECT_EQ(cache_.Get("grep").entry->as_of, 6);
  EXPECT_EQ(history_.last_event_id(), 2);
}

TEST_F(ReloadCoordinatorTest, UnknownToolFailsAndItsProfileGoes) {
  StartAt5();
  catalog_.RemoveTool("grep", 6);
  const v1::ReloadEvent event = ReloadTool("Grep", "").get();
  EXPECT_FALSE(event.success());
  EXPECT_EQ(event.error(), "Tool not found: Grep");
  EXPECT_FALSE(event.has_triggered_by());
  EXPECT_FALSE(cache_.Get("grep").entry->has_profile());
}

TEST_F(ReloadCoordinatorTest, FailedFetchKeepsTheProfile) {
  StartAt5();
  catalog_.FailGetTool(grpc::Status(grpc::StatusCode::UNAVAILABLE, "database is down"));
  const v1::ReloadEvent event = ReloadTool("grep", "").get();
  EXPECT_FALSE(event.success());
  EXPECT_EQ(event.error(), "catalog: database is down");
  EXPECT_TRUE(cache_.Get("grep").entry->has_profile());
}

TEST_F(ReloadCoordinatorTest, RequestsForOneToolShareAFetchThatBeginsAfterThem) {
  StartAt5();
  catalog_.SetTool(TestTool("grep", "1.0", 6), 6);
  catalog_.HoldGetTool(true);
  auto first = ReloadTool("grep", "admin");
  ASSERT_TRUE(catalog_.AwaitGetToolCalls(1));
  // The catalog has read its first answer; those who come now need a later one.
  catalog_.SetTool(TestTool("grep", "1.0", 7), 7);
  std::vector<std::future<v1::ReloadEvent>> others;
  for (int i = 0; i < 10; ++i) others.push_back(ReloadTool("grep", i < 9 ? "admin" : "somebody"));
  catalog_.HoldGetTool(false);
  EXPECT_EQ(first.get().event_id(), 2);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(others[i].get().event_id(), i < 9 ? 3 : 4);
  EXPECT_EQ(catalog_.get_tool_calls(), 2);
  EXPECT_EQ(cache_.Get("grep").entry->as_of, 7);
  EXPECT_EQ(history_.last_event_id(), 4);
}

TEST_F(ReloadCoordinatorTest, ReadersOfAnInvalidatedProfileShareOneFetchWithoutAnEvent) {
  StartAt5();
  cache_.Invalidate("grep");
  catalog_.SetTool(TestTool("grep", "1.0", 6), 6);
  catalog_.HoldGetTool(true);
  std::vector<std::future<void>> reads;
  for (int i = 0; i < 10; ++i) reads.push_back(Refresh("grep"));
  ASSERT_TRUE(catalog_.AwaitGetToolCalls(1));
  for (int i = 0; i < 10; ++i) reads.push_back(Refresh("grep"));
  catalog_.HoldGetTool(false);
  for (auto& read : reads) read.get();
  EXPECT_EQ(catalog_.get_tool_calls(), 1);
  EXPECT_EQ(cache_.Get("grep").invalid_mark, 0);
  EXPECT_EQ(cache_.Get("grep").entry->as_of, 6);
  EXPECT_EQ(history_.last_event_id(), 1);
}

TEST_F(ReloadCoordinatorTest, ReloadsEverything) {
  auto watch = StartAt5();
  auto answer = ReloadAll("admin");
  EXPECT_TRUE(watch->AwaitCancelled());
  watch = catalog_.AwaitWatch();
  EXPECT_TRUE(watch->request().snapshot());
  watch->Send(SnapshotMessage(6, {TestTool("grep", "1.0", 6)}));
  v1::ReloadEvent event = answer.get();
  EXPECT_EQ(event.trigger(), "manual");
  EXPECT_TRUE(event.success());
  EXPECT_FALSE(event.has_tool_name());
  EXPECT_EQ(event.triggered_by(), "admin");
  EXPECT_EQ(event.revision(), 6);
  EXPECT_EQ(cache_.Get("ping").entry, nullptr);
}

TEST_F(ReloadCoordinatorTest, ARequestDuringASnapshotGetsAnotherOne) {
  StartAt5();
  auto first = ReloadAll("admin");
  auto watch = catalog_.AwaitWatch();
  auto second = ReloadAll("admin");
  watch->Send(SnapshotMessage(6, {TestTool("grep", "1.0", 6)}));
  EXPECT_EQ(first.get().revision(), 6);
  catalog_.AwaitWatch()->Send(SnapshotMessage(7, {TestTool("grep", "1.0", 7)}));
  EXPECT_EQ(second.get().revision(), 7);
}

TEST_F(ReloadCoordinatorTest, ReloadOfEverythingFailsWhenTheCatalogIsDown) {
  StartAt5();
  catalog_.Stop();
  const v1::ReloadEvent event = ReloadAll("admin").get();
  EXPECT_FALSE(event.success());
  EXPECT_NE(event.error(), "");
  EXPECT_TRUE(cache_.Get("grep").entry->has_profile());
}

TEST_F(ReloadCoordinatorTest, StopFailsThoseWhoWaitForASnapshot) {
  auto watch = StartAt5();
  auto answer = ReloadAll("admin");
  catalog_.AwaitWatch();
  coordinator_->Stop();
  EXPECT_EQ(answer.get().error(), "the service is stopping");
  EXPECT_EQ(ReloadAll("admin").get().error(), "the service is stopping");
}

}  // namespace
}  // namespace toolcatalog
