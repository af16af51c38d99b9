#include "reload_service/events/replica_statistics.h"

#include <gtest/gtest.h>

#include "reload_service/events/reload_totals.h"
#include "toolcatalog/v1/reload.pb.h"

namespace toolcatalog {
namespace {

// Statistics of a replica with so many reloads of `duration_ms` each, and other figures that follow from `number`.
v1::ReloadStatistics Replica(int number, int reloads, double duration_ms) {
  ReloadTotals totals;
  for (int i = 0; i < reloads; ++i) {
    v1::ReloadEvent event;
    event.set_trigger("manual");
    event.set_success(i > 0);
    event.set_duration_ms(duration_ms);
    event.mutable_timestamp()->set_seconds(1000 - number);
    totals.Add(event);
  }
  v1::ReloadStatistics statistics;
  totals.Describe(&statistics);
  statistics.set_applied_revision(number);
  statistics.set_proven_revision(number);
  statistics.set_catalog_revision(100 + number);
  statistics.set_lag(100);
  statistics.set_staleness_ms(number);
  statistics.set_cache_hits(number);
  statistics.set_cache_entries(number);
  statistics.set_events_dropped(number);
  statistics.set_stream_state("live");
  statistics.set_replica("replica");
  statistics.set_boot_id("boot");
  statistics.mutable_started_at()->set_seconds(100 - number);
  statistics.mutable_configuration()->set_max_history_size(number);
  statistics.set_replicas(1);
  return statistics;
}

TEST(ReplicaStatisticsTest, ComposesWhatThePartsTell) {
  const ReplicaStatistics statistics(
      {[](auto* s) { s->set_applied_revision(7); }, [](auto* s) { s->set_lag(s->applied_revision() + 1); }});
  const v1::ReloadStatistics report = statistics.Report();
  EXPECT_EQ(report.applied_revision(), 7);
  EXPECT_EQ(report.lag(), 8);
  EXPECT_EQ(report.replicas(), 1);
  EXPECT_TRUE(report.configuration().periodic_refresh_interval_seconds().has_null_value());
}

TEST(ReplicaStatisticsTest, SumsReplicasUp) {
  const v1::ReloadStatistics sum = SumOf(Replica(10, 4, 100), {Replica(20, 12, 500), Replica(5, 0, 0)});
  EXPECT_EQ(sum.total_reloads(), 16);
  EXPECT_EQ(sum.failed_reloads(), 2);
  EXPECT_EQ(sum.success_rate(), 87.5);
  EXPECT_EQ(sum.average_duration_ms(), 400);
  EXPECT_EQ(sum.last_reload().timestamp().seconds(), 990);
  EXPECT_EQ(sum.by_trigger(0).total_reloads(), 16);
  EXPECT_EQ(sum.duration().count(), 16);
  EXPECT_NEAR(sum.duration().p50_ms(), 500, 25);
  EXPECT_EQ(sum.duration().max_ms(), 500);
  EXPECT_EQ(sum.cache_hits(), 35);
  EXPECT_EQ(sum.cache_entries(), 35);
  EXPECT_EQ(sum.events_dropped(), 35);
  EXPECT_EQ(sum.replicas(), 3);
}

TEST(ReplicaStatisticsTest, TellsTheStateOfTheReplicaThatIsFurthestBehind) {
  v1::ReloadStatistics behind = Replica(5, 1, 1);
  behind.set_lag(130);
  behind.set_diverged(true);
  const v1::ReloadStatistics sum = SumOf(Replica(10, 1, 1), {Replica(20, 1, 1), behind});
  EXPECT_EQ(sum.applied_revision(), 5);
  EXPECT_EQ(sum.proven_revision(), 5);
  EXPECT_EQ(sum.catalog_revision(), 120);
  EXPECT_EQ(sum.lag(), 130);
  EXPECT_EQ(sum.staleness_ms(), 20);
  EXPECT_TRUE(sum.diverged());
  EXPECT_EQ(sum.started_at().seconds(), 80);
}

TEST(ReplicaStatisticsTest, NamesNoReplicaAndKeepsTheConfigurationOfTheOneThatAnswers) {
  v1::ReloadStatistics frozen = Replica(20, 1, 1);
  EXPECT_EQ(SumOf(Replica(10, 1, 1), {frozen}).stream_state(), "live");
  frozen.set_stream_state("frozen");
  const v1::ReloadStatistics sum = SumOf(Replica(10, 1, 1), {frozen, Replica(5, 1, 1)});
  EXPECT_EQ(sum.stream_state(), "mixed");
  EXPECT_EQ(sum.replica(), "");
  EXPECT_EQ(sum.boot_id(), "");
  EXPECT_EQ(sum.configuration().max_history_size(), 10);
}

TEST(ReplicaStatisticsTest, CallersDoNotGetTheRanges) {
  v1::ReloadStatistics statistics = Replica(1, 3, 5);
  EXPECT_GT(statistics.duration().range_counts_size(), 0);
  statistics = WithoutRanges(statistics);
  EXPECT_EQ(statistics.duration().range_counts_size(), 0);
  EXPECT_EQ(statistics.duration().count(), 3);
}

}  // namespace
}  // namespace toolcatalog
