#include "catalog_service/replicas/reload_event_list.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <iostream>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "catalog_service/replicas/report_fixture.h"
#include "common/rpc/event_page.h"
#include "google/protobuf/util/time_util.h"
#include "tests/support/status_matchers.h"
#include "toolcatalog/internal/v1/replica_service.pb.h"
#include "toolcatalog/v1/reload.pb.h"

namespace toolcatalog {
namespace {

using google::protobuf::util::TimeUtil;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

using ReloadEventListTest = ReportFixture;

TEST_F(ReloadEventListTest, ListsAreFilteredAndNewestFirst) {
  internal::v1::ReportReloadEventsRequest a = ReportOf("a", 1, {1, 2, 3}), b = ReportOf("b", 1, {1, 2});
  a.mutable_events(0)->set_trigger("startup");
  a.mutable_events(1)->set_tool_name("GreP");
  a.mutable_events(1)->add_tool_names("sed");
  a.mutable_events(2)->set_success(false);
  b.mutable_events(1)->add_tool_names("Sed");
  Report(a);
  Report(b);
  EXPECT_THAT(Ids(), ElementsAre("a/1:3", "a/1:2", "b/1:2", "a/1:1", "b/1:1"));
  EventQuery query;
  query.trigger_type = "startup";
  EXPECT_THAT(Ids(query), ElementsAre("a/1:1"));
  query = {};
  query.name_key = "sed";
  EXPECT_THAT(Ids(query), ElementsAre("a/1:2", "b/1:2"));
  query.name_key = "grep";
  EXPECT_THAT(Ids(query), ElementsAre("a/1:2"));
  query = {};
  query.success = false;
  EXPECT_THAT(Ids(query), ElementsAre("a/1:3"));
  query.success = true;
  EXPECT_THAT(Ids(query), ElementsAre("a/1:2", "b/1:2", "a/1:1", "b/1:1"));
  query = {};
  query.replica = "b";
  EXPECT_THAT(Ids(query), ElementsAre("b/1:2", "b/1:1"));
  query = {};
  query.since = absl::FromUnixSeconds(kEpochSeconds + 1002);
  EXPECT_THAT(Ids(query), ElementsAre("a/1:3", "a/1:2", "b/1:2"));
  query.until = absl::FromUnixSeconds(kEpochSeconds + 1003);
  EXPECT_THAT(Ids(query), ElementsAre("a/1:2", "b/1:2"));
  query.replica = "a";
  query.trigger_type = "api_update";
  query.name_key = "sed";
  query.success = true;
  EXPECT_THAT(Ids(query), ElementsAre("a/1:2"));
  query = {};
  query.limit = 2;
  EXPECT_THAT(Ids(query), ElementsAre("a/1:3", "a/1:2"));
  EXPECT_EQ(List(query).total(), 5);
}

// A page begins after the stored time of an event, which is that of the event rounded up to microseconds.
TEST_F(ReloadEventListTest, PagesHaveEveryEventOnceWhateverItsNanoseconds) {
  for (const char* replica : {"a", "b", "c"}) {
    internal::v1::ReportReloadEventsRequest report = ReportOf(replica, 1, {1, 2, 3});
    for (int i = 0; i < 3; ++i) report.mutable_events(i)->mutable_timestamp()->set_nanos(400 * (i + 1));
    Report(report);
  }
  std::vector<std::string> pages;
  v1::ListReloadEventsRequest request;
  request.set_limit(1);
  for (int page = 0; page < 20; ++page) {
    const EventQuery query = *EventQueryOf(request);
    const std::vector<std::string> ids = Ids(query);
    if (ids.empty()) break;
    pages.insert(pages.end(), ids.begin(), ids.end());
    request.set_page_token(NextEventPageToken(query, List(query).history(0)));
  }
  EXPECT_EQ(pages, Ids());
  EXPECT_THAT(pages, SizeIs(9));
}

TEST_F(ReloadEventListTest, AListOfLargeEventsIsBounded) {
  std::vector<int64_t> ids;
  for (int id = 1; id <= 100; ++id) ids.push_back(id);
  internal::v1::ReportReloadEventsRequest request = ReportOf("a", 1, ids);
  for (auto& event : *request.mutable_events()) event.set_error(std::string(60000, 'x'));
  Report(request);
  const v1::ListReloadEventsResponse list = List();
  EXPECT_GT(list.history_size(), 40);
  EXPECT_LT(list.ByteSizeLong(), 3500000u);
  EXPECT_EQ(list.total(), 100);
  EXPECT_EQ(list.history(0).event_id(), 100);
}

TEST_F(ReloadEventListTest, WhatIsLeftOutIsAGapUntilItComes) {
  Report("a", 1, {1, 2});
  Report("a", 1, {6, 7, 10});
  EXPECT_THAT(Gaps(), ElementsAre(Gap("a/1", 7, 2, 1010), Gap("a/1", 2, 3, 1006)));
  Report("a", 1, {4});
  EXPECT_THAT(Gaps(), ElementsAre(Gap("a/1", 7, 2, 1010), Gap("a/1", 4, 1, 1006), Gap("a/1", 2, 1, 1004)));
  Report("a", 1, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11});
  EXPECT_THAT(Gaps(), IsEmpty());
  EXPECT_THAT(Ids(), SizeIs(11));
}

TEST_F(ReloadEventListTest, WhatAProcessCouldNotKeepIsAGap) {
  Report("a", 1, {1});
  internal::v1::ReportReloadEventsRequest request = ReportOf("a", 1, {5});
  request.mutable_events(0)->set_missing_before(3);
  Report(request);
  Report(request);
  EXPECT_THAT(Gaps(), ElementsAre(Gap("a/1", 1, 3, 1005))) << "counted once";
  internal::v1::ReportReloadEventsRequest first = ReportOf("b", 1, {3});
  first.mutable_events(0)->set_missing_before(2);
  Report(first);
  EXPECT_THAT(Gaps(), ElementsAre(Gap("a/1", 1, 3, 1005), Gap("b/1", 0, 2, 1003)));
  EventQuery query;
  query.replica = "b";
  EXPECT_THAT(Gaps(query), ElementsAre(Gap("b/1", 0, 2, 1003)));
  query = {};
  query.since = absl::FromUnixSeconds(kEpochSeconds + 1004);
  EXPECT_THAT(Gaps(query), ElementsAre(Gap("a/1", 1, 3, 1005)));
  query.until = absl::FromUnixSeconds(kEpochSeconds + 1005);
  EXPECT_THAT(Gaps(query), IsEmpty());
}

TEST_F(ReloadEventListTest, AProcessThatIsLostIsAGapThoughNoneOfItsNameFollows) {
  Report("a", 1, {1, 2});
  EXPECT_THAT(Gaps(), IsEmpty());
  AgeReplicas("31 seconds");
  const v1::ListReloadEventsResponse listed = List();
  ASSERT_EQ(listed.gaps_size(), 1);
  EXPECT_EQ(listed.gaps(0).after_event_id(), 2);
  EXPECT_FALSE(listed.gaps(0).has_missing());
}

TEST_F(ReloadEventListTest, AProcessWithoutALastWordIsAGapOnceAnotherFollows) {
  Report("a", 1, {1, 2});
  EXPECT_THAT(Gaps(), IsEmpty());
  Report("a", 2);
  EXPECT_THAT(Gaps(), ElementsAre(Gap("a/1", 2, -1, 2000))) << "nothing but the start of the next is known";
  Report("a", 2, {1});
  EXPECT_THAT(Gaps(), ElementsAre(Gap("a/1", 2, -1, 2001)));
  internal::v1::ReportReloadEventsRequest last = ReportOf("a", 2, {2});
  last.set_stopping(true);
  Report(last);
  Report("a", 3, {1});
  Report("a", 4);
  EXPECT_THAT(Gaps(), ElementsAre(Gap("a/3", 1, -1, 4000), Gap("a/1", 2, -1, 2001)));
  EventQuery query;
  query.until = absl::FromUnixSeconds(kEpochSeconds + 4000);
  EXPECT_THAT(Gaps(query), ElementsAre(Gap("a/1", 2, -1, 2001)));
  query.replica = "b";
  EXPECT_THAT(Gaps(query), IsEmpty());
  // Its last word comes late.
  internal::v1::ReportReloadEventsRequest late = ReportOf("a", 1, {3});
  late.set_stopping(true);
  Report(late);
  EXPECT_THAT(Gaps(), ElementsAre(Gap("a/3", 1, -1, 4000)));
}

TEST_F(ReloadEventListTest, TheNewestHundredGapsAreAnswered) {
  std::vector<int64_t> ids;
  for (int id = 2; id <= 300; id += 2) ids.push_back(id);
  Report("a", 1, ids);
  const std::vector<Gap> gaps = Gaps();
  ASSERT_THAT(gaps, SizeIs(100));
  EXPECT_EQ(gaps.front(), Gap("a/1", 298, 1, 1300));
  EXPECT_EQ(gaps.back(), Gap("a/1", 100, 1, 1102));
}

// What a report of 1,000 events and the lists cost on a history of its usual size.
TEST_F(ReloadEventListTest, ReportsAndListsAreFastOnALongHistory) {
  Sql("insert into reload_events (replica, boot_id, event_id, ended_at, trigger_type, success, tool_names, "
      "missing_before, body) select 'host-' || i % 3 || ':8082', '00112233aabbccdd', i / 3 + 1, "
      "clock_timestamp() - (300000 - i) * interval '1 second', "
      "case when i % 1000 = 0 then 'manual' else 'api_update' end, i % 5000 <> 0, "
      "array['tool-' || i % 5000], 0, decode('62fa01' || repeat('72', 250), 'hex') from generate_series(0, 299999) i");
  Sql("vacuum analyze reload_events");
  absl::Duration reports, slowest;
  constexpr int kReports = 30;
  for (int round = 0; round < kReports; ++round) {
    std::vector<int64_t> ids;
    for (int64_t id = 0; id < 1000; ++id) ids.push_back(round / 3 * 1000 + id + 1);
    internal::v1::ReportReloadEventsRequest request = ReportOf(absl::StrCat("new-", round % 3), 1, ids);
    for (auto& event : *request.mutable_events()) {
      *event.mutable_timestamp() = TimeUtil::GetCurrentTime();
      event.add_tool_names(absl::StrCat("tool-", event.event_id() % 5000));
      event.set_reason(std::string(200, 'r'));
    }
    const absl::Time start = absl::Now();
    Report(request);
    reports += absl::Now() - start;
    slowest = std::max(slowest, absl::Now() - start);
  }
  EXPECT_EQ(Sql("select count(*) from reload_events")[0][0], absl::StrCat(300000 + kReports * 1000));
  std::cout << "a report of 1,000 events: mean " << reports / kReports << ", slowest " << slowest << "\n";
  EXPECT_LT(reports / kReports, absl::Milliseconds(100));
  const auto measure = [&](const char* what, const EventQuery& query) {
    absl::Duration best = absl::InfiniteDuration();
    int total = 0;
    for (int i = 0; i < 3; ++i) {
      const absl::Time start = absl::Now();
      auto list = events_->List(query);
      best = std::min(best, absl::Now() - start);
      ASSERT_THAT(list, IsOk());
      total = list->response.total();
    }
    std::cout << "list by " << what << ", " << total << " match: " << best << "\n";
    EXPECT_LT(best, absl::Milliseconds(500)) << what;
  };
  EventQuery query;
  query.limit = 50;
  measure("nothing", query);
  query.name_key = "tool-17";
  measure("tool", query);
  query.name_key = "";
  query.replica = "host-1:8082";
  measure("replica", query);
  query.replica = "";
  query.trigger_type = "manual";
  measure("trigger", query);
  query.trigger_type = "";
  query.success = false;
  measure("failure", query);
  query.success.reset();
  query.since = absl::Now() - absl::Hours(1);
  measure("time", query);
}

}  // namespace
}  // namespace toolcatalog
