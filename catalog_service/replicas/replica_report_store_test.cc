#include "catalog_service/replicas/replica_report_store.h"

#include <gmock/gmock.h>

#include <thread>

#include "absl/time/clock.h"
#include "catalog_service/replicas/report_fixture.h"
#include "google/protobuf/util/time_util.h"
#include "tests/support/status_matchers.h"
#include "toolcatalog/internal/v1/replica_service.pb.h"
#include "toolcatalog/v1/reload.pb.h"
#include "toolcatalog/v1/replica.pb.h"

namespace toolcatalog {
namespace {

using google::protobuf::util::TimeUtil;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

using ReplicaReportStoreTest = ReportFixture;

TEST_F(ReplicaReportStoreTest, AnEventIsKeptOnceAndAnsweredAsItCame) {
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

TEST_F(ReplicaReportStoreTest, TheFirstAnswerTellsOfTheProcessBefore) {
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

TEST_F(ReplicaReportStoreTest, ALateReportOfAnOlderProcessOnlyAddsItsEvents) {
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

TEST_F(ReplicaReportStoreTest, OfTwoProcessesOfOneNameTheOlderIsSeenOnceTheNewerHasStopped) {
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

TEST_F(ReplicaReportStoreTest, ReplicasAreListedWithLagAndState) {
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

TEST_F(ReplicaReportStoreTest, ThoseAtWorkAreListedHoweverManyAreLost) {
  Report("zebra", 1);
  Sql("insert into replicas select 'lost ' || i, 'b', 'live', '', false, 0, '', now(), null, now() - interval '1 "
      "hour', "
      "'', '' from generate_series(1, 1500) i");
  const v1::ListReplicasResponse list = Replicas();
  ASSERT_THAT(list.replicas(), SizeIs(1000));
  EXPECT_EQ(list.replicas(999).name(), "zebra");
  EXPECT_EQ(list.replicas(999).state(), "live");
}

TEST_F(ReplicaReportStoreTest, NoMoreReplicasThanAreListedMayBeAtWork) {
  Report("real", 1);
  Sql("insert into replicas select 'made up ' || i, 'b', 'live', '', false, 0, '', now(), null, now(), '', '' "
      "from generate_series(1, 999) i");
  EXPECT_THAT(reports_->Report(ReportOf("one more", 1, {1})).status(), HasCode(absl::StatusCode::kResourceExhausted));
  EXPECT_THAT(List().history(), IsEmpty());
  Report("real", 1, {1});
  EXPECT_THAT(Replicas().replicas(), SizeIs(1000));
  AgeReplicas("31 seconds");
  Report("one more", 1);
}

// Times are stored in microseconds, rounded up: the last ones must not become the year 10000, which no answer can hold.
TEST_F(ReplicaReportStoreTest, TheLastMomentIsReportedAndListed) {
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

// Two processes of the catalog, to which the reports of two replicas come several times and in any order.
TEST_F(ReplicaReportStoreTest, RepeatedReportsAtSeveralCatalogsKeepEachEventOnce) {
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

TEST_F(ReplicaReportStoreTest, AReportDoesNotWaitForAWrite) {
  auto holder = PgConnection::Connect(Options("holder"));
  ASSERT_THAT(holder, IsOk());
  ASSERT_THAT((*holder)->ExecuteScript("begin; select revision from counter for update"), IsOk());
  const absl::Time start = absl::Now();
  Report("a", 1, {1});
  EXPECT_THAT(Ids(), ElementsAre("a/1:1"));
  EXPECT_THAT(RemoveOld({absl::ZeroDuration(), 1}), IsOk());
  EXPECT_LT(absl::Now() - start, absl::Seconds(5));
  ASSERT_THAT((*holder)->ExecuteScript("rollback"), IsOk());
}

}  // namespace
}  // namespace toolcatalog
