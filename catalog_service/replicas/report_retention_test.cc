#include "catalog_service/replicas/report_retention.h"

#include <gmock/gmock.h>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "catalog_service/replicas/report_fixture.h"
#include "tests/support/status_matchers.h"
#include "toolcatalog/internal/v1/replica_service.pb.h"
#include "toolcatalog/v1/reload.pb.h"

namespace toolcatalog {
namespace {

using ::testing::IsEmpty;

using ReportRetentionTest = ReportFixture;

TEST_F(ReportRetentionTest, EventsGoByAgeAndByCountWithoutMakingGaps) {
  const int64_t now = absl::ToUnixSeconds(absl::Now()) - kEpochSeconds;
  std::vector<int64_t> ids;
  for (int id = 1; id <= 900; ++id) ids.push_back(id);
  for (int boot = 0; boot < 3; ++boot) {
    internal::v1::ReportReloadEventsRequest request = ReportOf(absl::StrCat("r", boot), 1, ids);
    // An hour apart, the newest a minute ago.
    for (auto& event : *request.mutable_events())
      *event.mutable_timestamp() = At(now - 60 - 3600 * (900 - event.event_id()));
    Report(request);
  }
  auto removed = RemoveOld({absl::Hours(500), 1000000});
  ASSERT_THAT(removed, IsOk());
  EXPECT_EQ(*removed, 3 * 400);
  EXPECT_EQ(List().total(), 3 * 500);
  removed = RemoveOld({absl::Hours(500), 100});
  ASSERT_THAT(removed, IsOk());
  EXPECT_EQ(*removed, 1400);
  const v1::ListReloadEventsResponse list = List();
  EXPECT_EQ(list.total(), 100);
  EXPECT_EQ(list.history(0).event_id(), 900);
  EXPECT_EQ(list.history(99).event_id(), 867);
  EXPECT_THAT(list.gaps(), IsEmpty());
  Report("r0", 1, {901});
  EXPECT_THAT(Gaps(), IsEmpty());
  ASSERT_THAT(RemoveOld({absl::ZeroDuration(), 100}), IsOk());
  EXPECT_THAT(Sql("select 1 from reload_events where ended_at < clock_timestamp()"), IsEmpty());
  Report("r0", 1, {902});
  EXPECT_THAT(Gaps(), IsEmpty()) << "the process is known though none of its events is";
}

TEST_F(ReportRetentionTest, ReplicasAndProcessesAreForgotten) {
  Report("a", 1, {1});
  AgeReplicas("25 hours");
  Report("b", 1);
  ASSERT_THAT(RemoveOld({}), IsOk());
  EXPECT_EQ(Sql("select string_agg(replica, ' ') from replicas")[0][0], "b");
  EXPECT_EQ(Sql("select count(*) from replica_boots")[0][0], "2");
  AgeReplicas("30 days");
  Report("b", 1);
  ASSERT_THAT(RemoveOld({}), IsOk());
  EXPECT_EQ(Sql("select string_agg(replica, ' ') from replica_boots")[0][0], "b");
}

}  // namespace
}  // namespace toolcatalog
