// What reload services report, on a real PostgreSQL.

#include <gmock/gmock.h>

#include <algorithm>
#include <atomic>
#include <iostream>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "catalog_service/compactor.h"
#include "catalog_service/read/state_reader.h"
#include "catalog_service/replicas/reload_event_list.h"
#include "catalog_service/replicas/reload_hook_store.h"
#include "catalog_service/replicas/replica_report_store.h"
#include "catalog_service/testing/store_fixture.h"
#include "common/definition/definition.h"
#include "google/protobuf/util/time_util.h"
#include "tests/support/status_matchers.h"
#include "toolcatalog/internal/v1/replica_service.pb.h"
#include "toolcatalog/v1/hook.pb.h"
#include "toolcatalog/v1/query.pb.h"
#include "toolcatalog/v1/reload.pb.h"
#include "toolcatalog/v1/replica.pb.h"

namespace toolcatalog {
namespace {

using google::protobuf::util::TimeUtil;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr int64_t kEpochSeconds = 1790000000;

google::protobuf::Timestamp At(int64_t seconds) { return TimeUtil::SecondsToTimestamp(kEpochSeconds + seconds); }

// A report of the process "<replica>/<number>", which started at that number's time.
internal::v1::ReportReloadEventsRequest ReportOf(const std::string& replica, int boot,
                                                 const std::vector<int64_t>& event_ids = {}) {
  internal::v1::ReportReloadEventsRequest request;
  v1::Replica& stands = *request.mutable_replica();
  stands.set_name(replica);
  stands.set_boot_id(absl::StrCat(replica, "/", boot));
  stands.set_state("live");
  stands.set_version("1.2.3");
  *stands.mutable_started_at() = At(1000 * boot);
  for (const int64_t id : event_ids) {
    v1::ReloadEvent& event = *request.add_events();
    event.set_replica(replica);
    event.set_boot_id(stands.boot_id());
    event.set_event_id(id);
    event.set_trigger("api_update");
    event.set_success(true);
    *event.mutable_timestamp() = At(1000 * boot + id);
  }
  return request;
}

// A gap as (boot, after event, missing or -1, seconds of `until`).
using Gap = std::tuple<std::string, int64_t, int64_t, int64_t>;

class ReloadReportTest : public StoreFixture {
 protected:
  void SetUp() override {
    StoreFixture::SetUp();
    reports_ = std::make_unique<ReplicaReportStore>(pool_.get());
    events_ = std::make_unique<ReloadEventList>(pool_.get());
  }

  internal::v1::ReportReloadEventsResponse Report(const internal::v1::ReportReloadEventsRequest& request) {
    auto response = reports_->Report(request);
    EXPECT_THAT(response, IsOk());
    return response.ok() ? *std::move(response) : internal::v1::ReportReloadEventsResponse();
  }
  internal::v1::ReportReloadEventsResponse Report(const std::string& replica, int boot,
                                                  const std::vector<int64_t>& ids = {}) {
    return Report(ReportOf(replica, boot, ids));
  }

  v1::ListReloadEventsResponse List(ReloadEventList::Query query = {}) {
    if (query.limit == 0) query.limit = 1000;
    auto page = events_->List(query);
    EXPECT_THAT(page, IsOk());
    return page.ok() ? std::move(page->response) : v1::ListReloadEventsResponse();
  }
  // The events of a list as "boot:id", newest first.
  std::vector<std::string> Ids(const ReloadEventList::Query& query = {}) {
    std::vector<std::string> ids;
    const v1::ListReloadEventsResponse response = List(query);
    for (const auto& event : response.history()) ids.push_back(absl::StrCat(event.boot_id(), ":", event.event_id()));
    if (query.limit == 0) {
      EXPECT_EQ(response.total(), static_cast<int>(ids.size()));
    }
    return ids;
  }
  std::vector<Gap> Gaps(const ReloadEventList::Query& query = {}) {
    std::vector<Gap> gaps;
    const v1::ListReloadEventsResponse response = List(query);
    for (const auto& gap : response.gaps()) {
      EXPECT_EQ(gap.boot_id().substr(0, gap.replica().size()), gap.replica());
      gaps.emplace_back(gap.boot_id(), gap.after_event_id(), gap.has_missing() ? gap.missing() : -1,
                        gap.until().seconds() - kEpochSeconds);
    }
    return gaps;
  }
  v1::ListReplicasResponse Replicas(bool with_statistics = false) {
    auto response = reports_->Replicas(with_statistics);
    EXPECT_THAT(response, IsOk());
    return response.ok() ? *std::move(response) : v1::ListReplicasResponse();
  }
  void AgeReplicas(const std::string& interval) {
    Sql(absl::StrCat("update replicas set reported_at = reported_at - interval '", interval,
                     "'; update replica_boots set reported_at = reported_at - interval '", interval, "'"));
  }
  absl::StatusOr<Compaction> Compact(const EventRetention& retention) {
    return Compactor(Options("test"), {absl::Hours(1000), 1000, retention})
        .Run([](const Compaction&) {}, [](absl::Duration) { return true; });
  }

  std::unique_ptr<ReplicaReportStore> reports_;
  std::unique_ptr<ReloadEventList> events_;
};

TEST_F(ReloadReportTest, AnEventIsKeptOnceAndAnsweredAsItCame) {
  internal::v1::ReportReloadEventsRequest request = ReportOf("a", 1, {1, 2});
  v1::ReloadEvent& event = *request.mutable_events(1);
  event.set_tool_name("GreP");
  event.set_error("broken");
  event.set_propagation_ms(1.5);
  event.add_handlers()->set_name("profile_cache");
  Report(request);
  internal::v1::ReportReloadEventsRequest changed = request;
  changed.mutable_events(1)->set_error("changed");
  Report(changed);
  const v1::ListReloadEventsResponse list = List();
  ASSERT_THAT(list.history(), SizeIs(2));
  EXPECT_EQ(list.history(0).SerializeAsString(), event.SerializeAsString());
  EXPECT_EQ(list.total(), 2);
  EXPECT_THAT(list.gaps(), IsEmpty());
  EXPECT_FALSE(list.partial());
  EXPECT_EQ(Sql("select revision from counter")[0][0], "0") << "reports take no revision";
}

TEST_F(ReloadReportTest, ListsAreFilteredAndNewestFirst) {
  internal::v1::ReportReloadEventsRequest a = ReportOf("a", 1, {1, 2, 3}), b = ReportOf("b", 1, {1, 2});
  a.mutable_events(0)->set_trigger("startup");
  a.mutable_events(1)->set_tool_name("GreP");
  a.mutable_events(1)->add_tool_names("sed");
  a.mutable_events(2)->set_success(false);
  b.mutable_events(1)->add_tool_names("Sed");
  Report(a);
  Report(b);
  EXPECT_THAT(Ids(), ElementsAre("a/1:3", "a/1:2", "b/1:2", "a/1:1", "b/1:1"));
  ReloadEventList::Query query;
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

TEST_F(ReloadReportTest, AListOfLargeEventsIsBounded) {
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

TEST_F(ReloadReportTest, WhatIsLeftOutIsAGapUntilItComes) {
  Report("a", 1, {1, 2});
  Report("a", 1, {6, 7, 10});
  EXPECT_THAT(Gaps(), ElementsAre(Gap("a/1", 7, 2, 1010), Gap("a/1", 2, 3, 1006)));
  Report("a", 1, {4});
  EXPECT_THAT(Gaps(), ElementsAre(Gap("a/1", 7, 2, 1010), Gap("a/1", 4, 1, 1006), Gap("a/1", 2, 1, 1004)));
  Report("a", 1, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11});
  EXPECT_THAT(Gaps(), IsEmpty());
  EXPECT_THAT(Ids(), SizeIs(11));
}

TEST_F(ReloadReportTest, WhatAProcessCouldNotKeepIsAGap) {
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
  ReloadEventList::Query query;
  query.replica = "b";
  EXPECT_THAT(Gaps(query), ElementsAre(Gap("b/1", 0, 2, 1003)));
  query = {};
  query.since = absl::FromUnixSeconds(kEpochSeconds + 1004);
  EXPECT_THAT(Gaps(query), ElementsAre(Gap("a/1", 1, 3, 1005)));
  query.until = absl::FromUnixSeconds(kEpochSeconds + 1005);
  EXPECT_THAT(Gaps(query), IsEmpty());
}

TEST_F(ReloadReportTest, AProcessThatIsLostIsAGapThoughNoneOfItsNameFollows) {
  Report("a", 1, {1, 2});
  EXPECT_THAT(Gaps(), IsEmpty());
  AgeReplicas("31 seconds");
  const v1::ListReloadEventsResponse listed = List();
  ASSERT_EQ(listed.gaps_size(), 1);
  EXPECT_EQ(listed.gaps(0).after_event_id(), 2);
  EXPECT_FALSE(listed.gaps(0).has_missing());
}

TEST_F(ReloadReportTest, AProcessWithoutALastWordIsAGapOnceAnotherFollows) {
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
  ReloadEventList::Query query;
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

TEST_F(ReloadReportTest, TheNewestHundredGapsAreAnswered) {
  std::vector<int64_t> ids;
  for (int id = 2; id <= 300; id += 2) ids.push_back(id);
  Report("a", 1, ids);
  const std::vector<Gap> gaps = Gaps();
  ASSERT_THAT(gaps, SizeIs(100));
  EXPECT_EQ(gaps.front(), Gap("a/1", 298, 1, 1300));
  EXPECT_EQ(gaps.back(), Gap("a/1", 100, 1, 1102));
}

TEST_F(ReloadReportTest, TheFirstAnswerTellsOfTheProcessBefore) {
  internal::v1::ReportReloadEventsRequest first = ReportOf("a", 1, {1});
  first.mutable_replica()->set_state("frozen");
  first.mutable_replica()->set_freeze_reason("inventory");
  first.mutable_replica()->set_applied_revision(7);
  first.mutable_replica()->mutable_statistics()->set_total_reloads(5);
  first.set_stopping(true);
  EXPECT_FALSE(Report(first).has_previous());
  const internal::v1::ReportReloadEventsResponse answer = Report("a", 2);
  ASSERT_TRUE(answer.has_previous());
  EXPECT_EQ(answer.previous().boot_id(), "a/1");
  EXPECT_EQ(answer.previous().state(), "frozen") << "as it said, though it has stopped";
  EXPECT_EQ(answer.previous().freeze_reason(), "inventory");
  EXPECT_EQ(answer.previous().applied_revision(), 7);
  EXPECT_FALSE(answer.previous().has_statistics());
  EXPECT_FALSE(Report("a", 2).has_previous());
  internal::v1::ReportReloadEventsRequest repeated = ReportOf("a", 2);
  repeated.set_unanswered(true);
  EXPECT_EQ(Report(repeated).previous().boot_id(), "a/1");
  EXPECT_FALSE(Report("b", 1).has_previous());
}

TEST_F(ReloadReportTest, ALateReportOfAnOlderProcessOnlyAddsItsEvents) {
  Report("a", 1, {1});
  internal::v1::ReportReloadEventsRequest newer = ReportOf("a", 2, {1});
  newer.mutable_replica()->set_applied_revision(9);
  Report(newer);
  internal::v1::ReportReloadEventsRequest late = ReportOf("a", 1, {2});
  late.mutable_replica()->set_state("disconnected");
  late.set_stopping(true);
  late.set_unanswered(true);
  EXPECT_FALSE(Report(late).has_previous());
  const v1::ListReplicasResponse replicas = Replicas();
  ASSERT_THAT(replicas.replicas(), SizeIs(1));
  EXPECT_EQ(replicas.replicas(0).boot_id(), "a/2");
  EXPECT_EQ(replicas.replicas(0).applied_revision(), 9);
  EXPECT_EQ(replicas.replicas(0).state(), "live");
  EXPECT_THAT(Ids(), ElementsAre("a/2:1", "a/1:2", "a/1:1"));
  EXPECT_THAT(Gaps(), IsEmpty());
  // A process that was never heard of is as old.
  EXPECT_FALSE(Report("a", 0, {1}).has_previous());
  EXPECT_EQ(Replicas().replicas(0).boot_id(), "a/2");
}

TEST_F(ReloadReportTest, OfTwoProcessesOfOneNameTheOlderIsSeenOnceTheNewerHasStopped) {
  EXPECT_FALSE(Report("a", 1, {1}).superseded());
  EXPECT_FALSE(Report("a", 2, {1}).superseded());
  EXPECT_TRUE(Report("a", 1, {2}).superseded());
  internal::v1::ReportReloadEventsRequest last = ReportOf("a", 2);
  last.set_stopping(true);
  Report(last);
  EXPECT_FALSE(Report("a", 1, {3}).superseded());
  const v1::ListReplicasResponse replicas = Replicas();
  EXPECT_EQ(replicas.replicas(0).boot_id(), "a/1");
  EXPECT_EQ(replicas.replicas(0).state(), "live");
}

TEST_F(ReloadReportTest, ReplicasAreListedWithLagAndState) {
  for (const char* name : {"x", "y", "z"}) ASSERT_THAT(Create(name), IsOk());
  internal::v1::ReportReloadEventsRequest b = ReportOf("b", 1);
  b.mutable_replica()->set_applied_revision(1);
  *b.mutable_replica()->mutable_applied_at() = At(5);
  b.mutable_replica()->mutable_statistics()->set_total_reloads(5);
  EXPECT_EQ(Report(b).revision(), 3);
  internal::v1::ReportReloadEventsRequest a = ReportOf("a", 1);
  a.mutable_replica()->set_applied_revision(4);
  a.mutable_replica()->set_state("frozen");
  a.mutable_replica()->set_freeze_reason("because");
  Report(a);
  v1::ListReplicasResponse list = Replicas();
  EXPECT_EQ(list.revision(), 3);
  ASSERT_THAT(list.replicas(), SizeIs(2));
  EXPECT_EQ(list.replicas(0).name(), "a");
  EXPECT_EQ(list.replicas(0).lag(), 0) << "the catalog was restored to an older state";
  EXPECT_EQ(list.replicas(0).state(), "frozen");
  EXPECT_EQ(list.replicas(0).freeze_reason(), "because");
  EXPECT_FALSE(list.replicas(0).has_applied_at());
  EXPECT_EQ(list.replicas(1).lag(), 2);
  EXPECT_EQ(list.replicas(1).version(), "1.2.3");
  EXPECT_EQ(list.replicas(1).applied_at().seconds(), At(5).seconds());
  EXPECT_EQ(list.replicas(1).started_at().seconds(), At(1000).seconds());
  EXPECT_NEAR(list.replicas(1).reported_at().seconds(), absl::ToUnixSeconds(absl::Now()), 60);
  EXPECT_FALSE(list.replicas(1).has_statistics());
  EXPECT_EQ(Replicas(true).replicas(1).statistics().total_reloads(), 5);

  AgeReplicas("31 seconds");
  b.set_stopping(true);
  Report(b);
  AgeReplicas("31 seconds");
  EXPECT_EQ(Replicas().replicas(0).state(), "lost");
  EXPECT_EQ(Replicas().replicas(1).state(), "stopped");
  // What was sent before the last word and comes after it does not undo it.
  b.set_stopping(false);
  Report(b);
  EXPECT_EQ(Replicas().replicas(1).state(), "stopped");
  AgeReplicas("24 hours");
  EXPECT_THAT(Replicas().replicas(), IsEmpty());
  EXPECT_EQ(Replicas().revision(), 3);
}

// Times are stored in microseconds, rounded up: the last ones must not become the year 10000, which no answer can hold.
TEST_F(ReloadReportTest, TheLastMomentIsReportedAndListed) {
  google::protobuf::Timestamp last;
  last.set_seconds(TimeUtil::kTimestampMaxSeconds);
  last.set_nanos(999999999);
  internal::v1::ReportReloadEventsRequest request = ReportOf("late", 1, {3});
  *request.mutable_replica()->mutable_started_at() = last;
  *request.mutable_replica()->mutable_applied_at() = last;
  *request.mutable_events(0)->mutable_timestamp() = last;
  Report(request);
  const v1::ListReplicasResponse replicas = Replicas();
  ASSERT_EQ(replicas.replicas_size(), 1);
  EXPECT_EQ(TimeUtil::ToString(replicas.replicas(0).started_at()), "9999-12-31T23:59:59.999999Z");
  EXPECT_EQ(TimeUtil::ToString(replicas.replicas(0).applied_at()), "9999-12-31T23:59:59.999999Z");
  const v1::ListReloadEventsResponse list = List();
  ASSERT_EQ(list.gaps_size(), 1);
  EXPECT_EQ(TimeUtil::ToString(list.gaps(0).until()), "9999-12-31T23:59:59.999999Z");
  // As a release before this one stored it.
  Sql("update replicas set started_at = 'infinity'");
  EXPECT_EQ(TimeUtil::ToString(Replicas().replicas(0).started_at()), "9999-12-31T23:59:59.999999999Z");
}

TEST_F(ReloadReportTest, HooksAreAnsweredToEveryReport) {
  ReloadHookStore hooks(pool_.get());
  v1::Hook hook;
  hook.set_name("b");
  hook.set_url("http://localhost/b");
  hook.add_triggers("manual");
  hook.set_secret("first");
  EXPECT_THAT(hooks.Add(hook, true), IsOk());
  EXPECT_THAT(hooks.Remove("b", true), HasCode(absl::StatusCode::kNotFound)) << "it was only checked";
  ASSERT_THAT(hooks.Add(hook, false), IsOk());
  EXPECT_THAT(hooks.Add(hook, true), HasCode(absl::StatusCode::kAlreadyExists));
  EXPECT_THAT(hooks.Remove("b", true), IsOk());
  EXPECT_THAT(hooks.Add(hook, false), HasCode(absl::StatusCode::kAlreadyExists)) << "it is still there";
  hook.set_name("a");
  ASSERT_THAT(hooks.Add(hook, false), IsOk());
  const internal::v1::ReportReloadEventsResponse answer = Report("a", 1);
  ASSERT_THAT(answer.hooks(), SizeIs(2));
  EXPECT_EQ(answer.hooks(0).name(), "a");
  EXPECT_EQ(answer.hooks(1).secret(), "first");
  EXPECT_THAT(answer.hooks(1).triggers(), ElementsAre("manual"));
  ASSERT_THAT(hooks.Remove("a", false), IsOk());
  EXPECT_THAT(hooks.Remove("a", false), HasCode(absl::StatusCode::kNotFound));
  EXPECT_THAT(Report("a", 1).hooks(), SizeIs(1));
}

TEST_F(ReloadReportTest, NamesOfHooksAreUniqueInAnyCase) {
  ReloadHookStore hooks(pool_.get());
  v1::Hook hook;
  hook.set_name("Build");
  hook.set_url("http://build/");
  ASSERT_THAT(hooks.Add(hook, false), IsOk());
  hook.set_name("bUILD");
  EXPECT_TRUE(absl::IsAlreadyExists(hooks.Add(hook, false)));
  EXPECT_THAT(hooks.Remove("BUILD", false), IsOk());
  EXPECT_THAT(hooks.Add(hook, false), IsOk());
}

TEST_F(ReloadReportTest, AHundredHooksAreTheMostHoweverManyAreAddedAtOnce) {
  ReloadHookStore hooks(pool_.get());
  std::atomic<int> added = 0, refused = 0;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&, thread] {
      for (int i = 0; i < 30; ++i) {
        v1::Hook hook;
        hook.set_name(absl::StrCat("hook-", thread, "-", i));
        hook.set_url("http://localhost");
        const absl::Status status = hooks.Add(hook, false);
        if (status.ok()) ++added;
        if (absl::IsResourceExhausted(status)) ++refused;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(added, 100);
  EXPECT_EQ(refused, 20);
}

TEST_F(ReloadReportTest, EventsGoByAgeAndByCountWithoutMakingGaps) {
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
  auto done = Compact({absl::Hours(500), 1000000});
  ASSERT_THAT(done, IsOk());
  EXPECT_EQ(done->reload_events, 3 * 400);
  EXPECT_EQ(List().total(), 3 * 500);
  done = Compact({absl::Hours(500), 100});
  ASSERT_THAT(done, IsOk());
  EXPECT_EQ(done->reload_events, 1400);
  const v1::ListReloadEventsResponse list = List();
  EXPECT_EQ(list.total(), 100);
  EXPECT_EQ(list.history(0).event_id(), 900);
  EXPECT_EQ(list.history(99).event_id(), 867);
  EXPECT_THAT(list.gaps(), IsEmpty());
  Report("r0", 1, {901});
  EXPECT_THAT(Gaps(), IsEmpty());
  ASSERT_THAT(Compact({absl::ZeroDuration(), 100}), IsOk());
  EXPECT_THAT(Sql("select 1 from reload_events where ended_at < clock_timestamp()"), IsEmpty());
  Report("r0", 1, {902});
  EXPECT_THAT(Gaps(), IsEmpty()) << "the process is known though none of its events is";
}

TEST_F(ReloadReportTest, ReplicasAndProcessesAreForgotten) {
  Report("a", 1, {1});
  AgeReplicas("25 hours");
  Report("b", 1);
  ASSERT_THAT(Compact({}), IsOk());
  EXPECT_EQ(Sql("select string_agg(replica, ' ') from replicas")[0][0], "b");
  EXPECT_EQ(Sql("select count(*) from replica_boots")[0][0], "2");
  AgeReplicas("30 days");
  Report("b", 1);
  ASSERT_THAT(Compact({}), IsOk());
  EXPECT_EQ(Sql("select string_agg(replica, ' ') from replica_boots")[0][0], "b");
}

// Two processes of the catalog, to which the reports of two replicas come several times and in any order.
TEST_F(ReloadReportTest, RepeatedReportsAtSeveralCatalogsKeepEachEventOnce) {
  PgPool other_pool(Options("test"), 4);
  ReplicaReportStore other(&other_pool);
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 6; ++thread) {
    threads.emplace_back([&, thread] {
      ReplicaReportStore& store = thread % 2 == 0 ? *reports_ : other;
      for (int round = 0; round < 20; ++round) {
        const int64_t begin = (round * 7 + thread * 3) % 20 * 5 + 1;
        std::vector<int64_t> ids;
        for (int64_t id = begin; id < begin + 5; ++id) ids.push_back(id);
        EXPECT_THAT(store.Report(ReportOf(thread % 3 == 0 ? "a" : "b", 1, ids)), IsOk());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(List().total(), 200);
  EXPECT_THAT(Gaps(), IsEmpty());
}

TEST_F(ReloadReportTest, AReportDoesNotWaitForAWrite) {
  auto holder = PgConnection::Connect(Options("holder"));
  ASSERT_THAT(holder, IsOk());
  ASSERT_THAT((*holder)->ExecuteScript("begin; select revision from counter for update"), IsOk());
  const absl::Time start = absl::Now();
  Report("a", 1, {1});
  EXPECT_THAT(Ids(), ElementsAre("a/1:1"));
  EXPECT_THAT(Compact({absl::ZeroDuration(), 1}), IsOk());
  EXPECT_LT(absl::Now() - start, absl::Seconds(5));
  ASSERT_THAT((*holder)->ExecuteScript("rollback"), IsOk());
}

TEST_F(ReloadReportTest, ContentHashesArePagedByName) {
  StateReader state(pool_.get());
  v1::GetRevisionResponse empty;
  ASSERT_THAT(state.Revision(&empty), IsOk());
  EXPECT_EQ(empty.revision(), 0);
  v1::ListContentHashesResponse none;
  ASSERT_THAT(state.ContentHashes({}, &none), IsOk());
  EXPECT_THAT(none.tools(), IsEmpty());
  for (const char* name : {"c", "A", "b"}) ASSERT_THAT(Create(name), IsOk());
  ASSERT_THAT(Create("A", "2.0"), IsOk());
  v1::ListContentHashesRequest request;
  request.set_page_size(2);
  std::vector<std::string> found;
  do {
    v1::ListContentHashesResponse page;
    ASSERT_THAT(state.ContentHashes(request, &page), IsOk());
    EXPECT_EQ(page.revision(), 4);
    for (const auto& tool : page.tools()) {
      found.push_back(absl::StrCat(tool.tool_name(), " ", tool.version()));
      const auto stored = store_->Get(NameKey(tool.tool_name()), "");
      ASSERT_THAT(stored, IsOk());
      EXPECT_EQ(tool.content_hash(), stored->content_hash());
    }
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  EXPECT_THAT(found, ElementsAre("A 2.0", "b 1.0", "c 1.0"));
  request.set_page_token("nonsense");
  v1::ListContentHashesResponse page;
  EXPECT_THAT(state.ContentHashes(request, &page), HasCode(absl::StatusCode::kInvalidArgument));
  v1::GetRevisionResponse revision;
  ASSERT_THAT(state.Revision(&revision), IsOk());
  EXPECT_EQ(revision.revision(), 4);
  EXPECT_EQ(revision.state_hash(), Sql("select encode(state_hash, 'hex') from counter")[0][0]);
}

// What a report of 1,000 events and the lists cost on a history of its usual size.
TEST_F(ReloadReportTest, ReportsAndListsAreFastOnALongHistory) {
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
  const auto measure = [&](const char* what, const ReloadEventList::Query& query) {
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
  ReloadEventList::Query query;
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
