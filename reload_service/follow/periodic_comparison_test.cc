#include "reload_service/follow/periodic_comparison.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <thread>

#include "absl/time/clock.h"
#include "clients/cpp/testing/fake_catalog.h"
#include "toolcatalog/v1/tool.pb.h"

namespace toolcatalog {
namespace {

using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

class PeriodicComparisonTest : public ::testing::Test {
 protected:
  PeriodicComparisonTest() {
    coordinator_.Start();
    watch_ = catalog_.AwaitWatch();
    const v1::Tool grep = TestTool("grep", "1.0", 4), ping = TestTool("ping", "1.0", 5);
    watch_->Send(SnapshotMessage(5, {grep, ping}));
    EXPECT_EQ(AwaitEvent(1).trigger(), "startup");
    catalog_.SetTool(grep, 5);
    catalog_.SetTool(ping, 5);
  }

  v1::ReloadEvent AwaitEvent(int64_t id) {
    const absl::Time deadline = absl::Now() + absl::Seconds(10);
    std::optional<v1::ReloadEvent> event;
    while (!(event = history_.NextAfter(id - 1)).has_value() && absl::Now() < deadline) std::this_thread::yield();
    EXPECT_TRUE(event.has_value()) << "no event " << id;
    return event.value_or(v1::ReloadEvent());
  }

  // What the coordinator is made with; its clock is the test's.
  ReloadCoordinator::Options Options() {
    ReloadCoordinator::Options options;
    options.clock = [this] { return absl::FromUnixSeconds(now_); };
    return options;
  }
  // The catalog is at the revision, and the stream does not bring it.
  void StayBehind(int64_t revision) {
    catalog_.SetTool(TestTool("grep", "1.0", revision), revision);
    comparison_.Run();
  }

  std::atomic<int64_t> now_{absl::ToUnixSeconds(absl::Now())};
  FakeCatalog catalog_;
  const std::shared_ptr<grpc::Channel> channel_ = CatalogChannel(catalog_.address());
  ProfileCache cache_;
  ReloadHistory history_{100};
  ReloadCoordinator coordinator_{channel_, &cache_, &history_, [] {}, Options()};
  PeriodicComparison comparison_{channel_, &cache_, &coordinator_};
  std::shared_ptr<FakeCatalog::Watch> watch_;
};

TEST_F(PeriodicComparisonTest, FindsNothingToMend) {
  comparison_.Run();
  const v1::ReloadEvent event = AwaitEvent(2);
  EXPECT_EQ(event.trigger(), "periodic");
  EXPECT_TRUE(event.success()) << event.error();
  EXPECT_EQ(event.tool_count(), 2);
  EXPECT_EQ(event.changed(), 0);
  EXPECT_EQ(catalog_.get_tool_calls(), 0);
}

TEST_F(PeriodicComparisonTest, MendsWhatIsOtherMissingAndSurplus) {
  v1::Tool other = TestTool("grep", "1.0", 4);
  other.set_description("as the catalog has it");
  catalog_.SetTool(other, 5);
  catalog_.SetTool(TestTool("new", "1.0", 3), 5);
  catalog_.RemoveTool("ping", 5);
  comparison_.Run();
  const v1::ReloadEvent event = AwaitEvent(2);
  EXPECT_TRUE(event.success()) << event.error();
  EXPECT_EQ(event.tool_count(), 2);
  EXPECT_EQ(event.added(), 1);
  EXPECT_EQ(event.changed(), 1);
  EXPECT_EQ(event.removed(), 1);
  EXPECT_THAT(event.tool_names(), UnorderedElementsAre("grep", "new", "ping"));
  EXPECT_TRUE(cache_.Get("new").entry->has_profile());
  EXPECT_EQ(cache_.Get("ping").entry, nullptr);
  comparison_.Run();
  EXPECT_EQ(AwaitEvent(3).tool_names_size(), 0);
}

TEST_F(PeriodicComparisonTest, SaysThatTheCatalogCouldNotBeAsked) {
  catalog_.FailLists(grpc::Status(grpc::StatusCode::UNAVAILABLE, "database is down"));
  comparison_.Run();
  EXPECT_FALSE(AwaitEvent(2).success());
  EXPECT_EQ(AwaitEvent(2).error(), "profile_cache: catalog: database is down");
}

TEST_F(PeriodicComparisonTest, AStreamThatStaysBehindIsReplacedByOneSnapshotInFiveMinutes) {
  StayBehind(9);
  EXPECT_THAT(AwaitEvent(2).error(), HasSubstr("the stream is at revision 5"));
  watch_ = catalog_.AwaitWatch();
  ASSERT_TRUE(watch_->request().snapshot());
  watch_->Send(SnapshotMessage(9, {TestTool("grep", "1.0", 9)}));
  EXPECT_THAT(AwaitEvent(3).reason(), HasSubstr("periodic: "));
  StayBehind(10);
  EXPECT_THAT(AwaitEvent(4).error(), HasSubstr("the stream is at revision 9"));
  watch_->Send(ChangesMessage(10, {StoredChange(TestTool("grep", "1.0", 10))}));
  EXPECT_EQ(AwaitEvent(5).revision(), 10);
  now_ += 300;
  StayBehind(11);
  watch_ = catalog_.AwaitWatch();
  EXPECT_TRUE(watch_->request().snapshot());
}

TEST_F(PeriodicComparisonTest, AStreamThatIsBehindAndMovesIsKept) {
  catalog_.SetTool(TestTool("grep", "1.0", 1000000), 1000000);
  auto run = std::async(std::launch::async, [this] { comparison_.Run(); });
  int64_t revision = 5;
  do {
    ++revision;
    watch_->Send(ChangesMessage(revision, {StoredChange(TestTool("grep", "1.0", revision))}));
  } while (run.wait_for(std::chrono::milliseconds(10)) != std::future_status::ready);
  ++revision;
  watch_->Send(ChangesMessage(revision, {StoredChange(TestTool("grep", "1.0", revision))}));
  EXPECT_TRUE(coordinator_.AwaitRevision(revision, absl::Now() + absl::Seconds(10)));
}

TEST_F(PeriodicComparisonTest, DoesNothingWhileFrozen) {
  coordinator_.Freeze("release", "");
  catalog_.RemoveTool("ping", 5);
  comparison_.Run();
  coordinator_.Thaw("");
  EXPECT_EQ(AwaitEvent(3).reason(), "thawed: release");
  EXPECT_TRUE(cache_.Get("ping").entry->has_profile());
}

}  // namespace
}  // namespace toolcatalog
