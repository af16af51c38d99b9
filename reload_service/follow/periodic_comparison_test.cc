#include "reload_service/follow/periodic_comparison.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <memory>
#include <string>

#include "clients/cpp/catalog_client.h"
#include "clients/cpp/testing/fake_catalog.h"
#include "common/steady_time.h"
#include "reload_service/follow/reload_coordinator_fixture.h"
#include "toolcatalog/v1/tool.pb.h"

namespace toolcatalog {
namespace {

using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

class PeriodicComparisonTest : public ReloadCoordinatorFixture {
 protected:
  PeriodicComparisonTest() {
    catalog_.SetTool(TestTool("grep", "1.0", 4), 5);
    catalog_.SetTool(TestTool("ping", "1.0", 5), 5);
  }

  // The catalog is at the revision, and the stream does not bring it.
  void StayBehind(int64_t revision) {
    catalog_.SetTool(TestTool("grep", "1.0", revision), revision);
    comparison_.Run();
  }

  std::shared_ptr<FakeCatalog::Watch> watch_ = StartAt5();
  PeriodicComparison comparison_{CatalogChannel(catalog_.address()), &cache_, coordinator_.get()};
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
  Pass(absl::Minutes(5));
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
  EXPECT_TRUE(coordinator_->AwaitRevision(revision, SteadyTime::Now() + absl::Seconds(10)));
}

TEST_F(PeriodicComparisonTest, DoesNothingWhileFrozen) {
  coordinator_->Freeze("release", "");
  catalog_.RemoveTool("ping", 5);
  comparison_.Run();
  coordinator_->Thaw("");
  EXPECT_EQ(AwaitEvent(3).reason(), "thawed: release");
  EXPECT_TRUE(cache_.Get("ping").entry->has_profile());
}

}  // namespace
}  // namespace toolcatalog
