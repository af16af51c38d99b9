// The database is replaced by an older copy of itself, as after a restore: nobody goes on as if nothing had happened.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "tests/e2e/end_to_end_fixture.h"
#include "tests/support/await.h"
#include "tests/support/catalog_calls.h"
#include "tests/support/definitions.h"
#include "tests/support/status_matchers.h"

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

  // `lost` writes are made after the backup, `made` after the restore.
  void WriteAndRestore(int lost, int made) {
    Start(1, {0});
    CreateTools({"kept"});
    auto recorder = Record({0});
    BackUp();
    for (int i = 0; i < lost; ++i) CreateWhenReady(absl::StrCat("lost-", i));
    ASSERT_EQ(AwaitEqualProfiles(catalog(), reload()), "");
    ASSERT_TRUE(recorder->AwaitRevision(1 + lost, kPatience));
    Restore();
    for (int i = 0; i < made; ++i) CreateWhenReady(absl::StrCat("made-", i));
    ExpectDiverged(*recorder);
    ASSERT_TRUE(Await([this] { return Revision(catalog()).ok(); }, kPatience));
    EXPECT_TRUE(Await([this] { return AwaitEqualProfiles(catalog(), reload()).empty(); }, kPatience));
    EXPECT_EQ(AwaitEqualProfiles(catalog(), reload()), "");
    EXPECT_EQ(Profiles(reload()).value().size(), 1u + made);
  }
};

TEST_F(RestoreTest, ToAnEarlierRevision) { WriteAndRestore(5, 0); }

TEST_F(RestoreTest, ToAnEarlierRevisionWithOtherWritesUpToTheSame) { WriteAndRestore(3, 3); }

TEST_F(RestoreTest, ToAnEarlierRevisionWithMoreWritesThanWereLost) { WriteAndRestore(2, 6); }

}  // namespace
}  // namespace toolcatalog
