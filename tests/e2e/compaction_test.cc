// What is kept no longer is refused everywhere with the oldest revision, and what is kept goes on as before.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tests/e2e/end_to_end_fixture.h"
#include "tests/support/await.h"
#include "tests/support/catalog_calls.h"
#include "tests/support/child_process.h"
#include "tests/support/definitions.h"
#include "tests/support/reload_calls.h"
#include "tests/support/status_matchers.h"
#include "tests/support/tcp_proxy.h"
#include "toolcatalog/v1/change.pb.h"
#include "toolcatalog/v1/query.pb.h"
#include "toolcatalog/v1/reload.pb.h"

namespace toolcatalog {
namespace {

using testing::HasSubstr;

class CompactionTest : public EndToEndFixture {
 protected:
  void SetUp() override {
    EndToEndFixture::SetUp();
    if (HasFatalFailure()) return;
    Start(1, {0});
    if (HasFatalFailure()) return;
    CreateTools({"one", "two"});
    for (int i = 0; i < 28; ++i) ASSERT_THAT(Describe(catalog(), "one", absl::StrCat("text ", i)), IsOk());
  }

  // Makes all writes an hour older and runs the command.
  std::string Compact(int revisions) {
    EXPECT_THAT(cluster().Query(database(), "update revisions set committed_at = committed_at - interval '1 hour'"),
                IsOk());
    auto process = ChildProcess::Start({"compact",
                                        {"catalog_service/catalog_service", "compact", "--database", conninfo(),
                                         "--retention-revisions", absl::StrCat(revisions)},
                                        {},
                                        ""});
    EXPECT_THAT(process, IsOk());
    EXPECT_EQ((*process)->Wait(kPatience).value_or(-1), 0);
    return (*process)->LastLines(1);
  }

  std::unique_ptr<WatchRecorder> From(int64_t revision) {
    v1::WatchToolsRequest request;
    request.set_from_revision(revision);
    return std::make_unique<WatchRecorder>([this](int) { return &catalog(); }, request, WatchRecorder::OnEnd::kResume);
  }
};

TEST_F(CompactionTest, TheCommandRemovesAndReadsTellWhatIsGone) {
  auto running = From(0);
  ASSERT_TRUE(running->AwaitRevision(30, kPatience));
  EXPECT_THAT(Compact(10), HasSubstr("\"oldest_revision\":20"));
  for (const int64_t revision : {int64_t{19}, int64_t{20}}) {
    grpc::ClientContext context;
    v1::GetToolRequest request;
    request.set_tool_name("two");
    request.set_revision(revision);
    v1::GetToolResponse response;
    const grpc::Status status = catalog().GetTool(&context, request, &response);
    if (revision == 20) {
      EXPECT_THAT(status, IsOk());
      EXPECT_EQ(response.tool().revision(), 2) << "a definition that did not change since is kept";
    } else {
      EXPECT_THAT(status, HasCode(grpc::StatusCode::OUT_OF_RANGE));
      EXPECT_THAT(status.error_details(), HasSubstr("COMPACTED"));
    }
  }
  auto gone = From(19);
  ASSERT_TRUE(gone->AwaitEnd(kPatience));
  EXPECT_THAT(gone->recording().connections[0].status.error_details(), HasSubstr("COMPACTED"));
  // Streams that are ahead, and those that begin with what is kept, go on.
  auto base = From(20), all = From(0);
  ASSERT_THAT(Describe(catalog(), "one", "after"), IsOk());
  for (WatchRecorder* recorder : {running.get(), base.get(), all.get()}) {
    ASSERT_TRUE(recorder->AwaitRevision(31, kPatience));
    EXPECT_THAT(WatchChecker(recorder->recording()).violations(), testing::IsEmpty());
  }
  EXPECT_EQ(WatchChecker(all->recording()).writes().size(), 11u);
  EXPECT_EQ(AwaitEqualProfiles(catalog(), reload()), "");
}

TEST_F(CompactionTest, AReloadServiceThatFellBehindTheOldestRevisionLoadsAnew) {
  auto proxy = TcpProxy::Start("127.0.0.1:0", services().catalog_process().address());
  ASSERT_THAT(proxy, IsOk());
  ASSERT_THAT(services().AddReload((*proxy)->address(), services().catalog_process().internal_address(), ""), IsOk());
  ASSERT_EQ(AwaitEqualProfiles(catalog(), reload(1)), "");
  (*proxy)->SetRefusing(true);
  (*proxy)->DropConnections();
  ASSERT_THAT(Delete(catalog(), "two", ""), IsOk());
  for (int i = 0; i < 5; ++i) ASSERT_THAT(Describe(catalog(), "one", absl::StrCat("later ", i)), IsOk());
  EXPECT_THAT(Compact(2), HasSubstr("\"oldest_revision\":34"));
  (*proxy)->SetRefusing(false);
  EXPECT_EQ(AwaitEqualProfiles(catalog(), reload(1)), "");
  EXPECT_EQ(AwaitProven(catalog(), reload(1)), "");
  const auto says_so = [this] {
    for (const v1::ReloadEvent& event : EventsOf(reload(1), "api_update")) {
      if (event.replica() == "reload-1" && absl::StartsWith(event.reason(), "COMPACTED")) return true;
    }
    return false;
  };
  EXPECT_TRUE(Await(says_so, kPatience)) << "the history must tell why all was loaded anew";
  EXPECT_EQ(Statistics(reload(1))->resyncs(), 1);
}

}  // namespace
}  // namespace toolcatalog
