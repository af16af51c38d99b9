// The database is replaced by an older copy of itself, as after a restore: nobody goes on as if nothing had happened.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/status.h"
#include "tests/e2e/end_to_end_fixture.h"
#include "tests/support/await.h"
#include "tests/support/catalog_calls.h"
#include "tests/support/definitions.h"
#include "tests/support/reload_calls.h"
#include "tests/support/status_matchers.h"
#include "toolcatalog/v1/reload.pb.h"
#include "toolcatalog/v1/tool.pb.h"

namespace toolcatalog {
namespace {

class RestoreTest : public EndToEndFixture {
 protected:
  void Query(const std::string& sql) { ASSERT_THAT(cluster().Query("postgres", sql), IsOk()); }

  // A copy of the database as it is now. A database cannot be copied while it is in use.
  void BackUp() {
    Query(absl::StrCat("alter database ", database(), " with allow_connections false"));
    EndConnections();
    Query(absl::StrCat("create database ", database(), "_copy template ", database()));
    Query(absl::StrCat("alter database ", database(), " with allow_connections true"));
  }
  void Restore() {
    Query(absl::StrCat("alter database ", database(), " with allow_connections false"));
    EndConnections();
    Query(absl::StrCat("alter database ", database(), " rename to ", database(), "_lost"));
    Query(absl::StrCat("alter database ", database(), "_copy rename to ", database()));
  }
  void EndConnections() {
    Query(absl::StrCat("select pg_terminate_backend(pid, 10000) from pg_stat_activity where datname = '", database(),
                       "'"));
  }

  // Until the catalog has connections again.
  void CreateWhenReady(const std::string& name) {
    ASSERT_TRUE(Await([&] { return Create(catalog(), SampleTool(name)).ok(); }, kPatience));
  }

  void ExpectDiverged(WatchRecorder& recorder) {
    ASSERT_TRUE(recorder.AwaitEnd(kPatience)) << "the stream goes on after the history was replaced";
    const grpc::Status status = recorder.recording().connections.back().status;
    EXPECT_THAT(status, HasCode(grpc::StatusCode::OUT_OF_RANGE));
    EXPECT_THAT(status.error_details(), testing::HasSubstr("HISTORY_DIVERGED"));
    EXPECT_THAT(WatchChecker(recorder.recording()).violations(), testing::IsEmpty());
  }

  void ExpectLoadedAnew(int replica, size_t tools) {
    SCOPED_TRACE(absl::StrCat("replica ", replica));
    EXPECT_TRUE(Await([&] { return AwaitEqualProfiles(catalog(), reload(replica)).empty(); }, kPatience));
    EXPECT_EQ(AwaitEqualProfiles(catalog(), reload(replica)), "");
    EXPECT_EQ(Profiles(reload(replica)).value().size(), tools);
    EXPECT_EQ(AwaitProven(catalog(), reload(replica)), "");
    EXPECT_GE(Statistics(reload(replica))->resyncs(), 1);
    const auto says_so = [&] {
      for (const v1::ReloadEvent& event : EventsOf(reload(replica), "api_update")) {
        if (absl::StartsWith(event.reason(), "HISTORY_DIVERGED") &&
            event.replica() == absl::StrCat("reload-", replica)) {
          return true;
        }
      }
      return false;
    };
    EXPECT_TRUE(Await(says_so, kPatience)) << "the history must tell why all was loaded anew";
  }

  // A client that read `tool` before the restore and now writes.
  void ExpectRefused(const v1::Tool& tool) {
    v1::Tool fields;
    fields.set_tool_name(tool.tool_name());
    fields.set_etag(tool.etag());
    fields.set_description("based on what was lost");
    const auto updated = Update(catalog(), fields);
    EXPECT_EQ(updated.status().code(), absl::StatusCode::kAborted) << updated.status();
    EXPECT_TRUE(HasReason(updated.status(), Reason::kEtagMismatch));
  }

  // `lost` writes, and an edit, are made after the backup, `made` after the restore.
  void WriteAndRestore(int lost, int made) {
    Start(1, {0, 0});
    CreateTools({"kept"});
    auto recorder = Record({0});
    BackUp();
    for (int i = 0; i < lost; ++i) CreateWhenReady(absl::StrCat("lost-", i));
    const auto edited = Describe(catalog(), "kept", "an edit that is lost");
    ASSERT_THAT(edited, IsOk());
    for (int i : {0, 1}) ASSERT_EQ(AwaitEqualProfiles(catalog(), reload(i)), "");
    ASSERT_TRUE(recorder->AwaitRevision(2 + lost, kPatience));
    Restore();
    for (int i = 0; i < made; ++i) CreateWhenReady(absl::StrCat("made-", i));
    ExpectDiverged(*recorder);
    ASSERT_TRUE(Await([this] { return Revision(catalog()).ok(); }, kPatience));
    for (int i : {0, 1}) ExpectLoadedAnew(i, 1 + made);
    ExpectRefused(*edited);
  }
};

TEST_F(RestoreTest, ToAnEarlierRevision) { WriteAndRestore(5, 0); }

TEST_F(RestoreTest, ToAnEarlierRevisionWithOtherWritesUpToTheSame) { WriteAndRestore(3, 4); }

TEST_F(RestoreTest, ToAnEarlierRevisionWithMoreWritesThanWereLost) { WriteAndRestore(2, 6); }

}  // namespace
}  // namespace toolcatalog
