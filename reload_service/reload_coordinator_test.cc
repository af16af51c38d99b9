#include "reload_service/reload_coordinator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "clients/cpp/catalog_client.h"
#include "clients/cpp/fake_catalog.h"
#include "common/grpc_status.h"
#include "common/status.h"

namespace toolcatalog {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

// Counts the batches, then fails in the way it is told to.
class UnreliableHandler final : public ReloadHandler {
 public:
  enum class Mode { kFine, kFails, kThrows, kThrowsOddly };

  UnreliableHandler(std::string name, Mode mode) : name_(std::move(name)), mode_(mode) {}

  absl::string_view name() const override { return name_; }
  absl::Status Apply(const ReloadBatch& batch) override {
    ++batches;
    if (mode_ == Mode::kFails) return absl::InternalError("does not like it");
    if (mode_ == Mode::kThrows) throw std::runtime_error("threw");
    if (mode_ == Mode::kThrowsOddly) throw 7;
    return absl::OkStatus();
  }

  std::atomic<int> batches{0};

 private:
  const std::string name_;
  const Mode mode_;
};

class ReloadCoordinatorTest : public ::testing::Test {
 protected:
  ReloadCoordinatorTest() {
    ReloadCoordinator::Options options;
    options.watch = {absl::Milliseconds(1), absl::Milliseconds(20), absl::Seconds(20)};
    options.fetch_timeout = absl::Seconds(5);
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

  std::future<v1::ReloadEvent> ReloadTool(const std::string& name, const std::string& triggered_by) {
    auto answer = std::make_shared<std::promise<v1::ReloadEvent>>();
    coordinator_->ReloadTool({name, triggered_by, absl::Now()},
                             [answer](const v1::ReloadEvent& event) { answer->set_value(event); });
    return answer->get_future();
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

  FakeCatalog catalog_;
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
  watch->Send(BookmarkMessage(5));
  const absl::Time deadline = absl::Now() + absl::Seconds(10);
  while (cache_.GetFreshness().current_at == before && absl::Now() < deadline) std::this_thread::yield();
  EXPECT_GT(cache_.GetFreshness().current_at, before);
  EXPECT_EQ(history_.last_event_id(), 1);
}

TEST_F(ReloadCoordinatorTest, IsolatesHandlers) {
  using Mode = UnreliableHandler::Mode;
  UnreliableHandler fails("one", Mode::kFails), throws("two", Mode::kThrows), odd("three", Mode::kThrowsOddly),
      fine("four", Mode::kFine);
  for (UnreliableHandler* handler : {&fails, &throws, &odd, &fine}) coordinator_->AddHandler(handler);
  auto watch = StartAt5();
  const v1::ReloadEvent event = AwaitEvent(1);
  EXPECT_FALSE(event.success());
  EXPECT_EQ(event.error(), "one: does not like it; two: threw; three: unknown exception");
  EXPECT_EQ(fine.batches, 1);
  EXPECT_TRUE(cache_.Get("grep").entry->has_profile());
  watch->Send(ChangesMessage(6, {StoredChange(TestTool("grep", "1.0", 6))}));
  EXPECT_FALSE(AwaitEvent(2).success());
  EXPECT_EQ(fine.batches, 2);
  EXPECT_EQ(cache_.GetFreshness().revision, 6);
  coordinator_.reset();
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
  watch->End(ToGrpcStatus(WithErrorInfo(absl::OutOfRangeError("gone"), kReasonHistoryDiverged, {})));
  watch = catalog_.AwaitWatch();
  watch->Send(SnapshotMessage(3, {TestTool("grep", "1.0", 3)}));
  const v1::ReloadEvent event = AwaitEvent(2);
  EXPECT_EQ(event.trigger(), "api_update");
  EXPECT_FALSE(event.has_tool_name());
  EXPECT_EQ(event.revision(), 3);
  EXPECT_EQ(cache_.Get("ping").entry, nullptr);
  EXPECT_EQ(loads_, 1);
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
