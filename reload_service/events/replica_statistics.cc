#include "reload_service/events/replica_statistics.h"

#include <google/protobuf/util/time_util.h>

#include <algorithm>
#include <limits>

#include "reload_service/events/reload_totals.h"

namespace toolcatalog {
namespace {

constexpr char kMixed[] = "mixed";

void AddCounters(const v1::ReloadStatistics& part, v1::ReloadStatistics* sum) {
  const int64_t entries = int64_t{sum->cache_entries()} + part.cache_entries();
  sum->set_cache_entries(std::min<int64_t>(entries, std::numeric_limits<int32_t>::max()));
  sum->set_cache_hits(sum->cache_hits() + part.cache_hits());
  sum->set_cache_misses(sum->cache_misses() + part.cache_misses());
  sum->set_cache_bytes(sum->cache_bytes() + part.cache_bytes());
  sum->set_reconnects(sum->reconnects() + part.reconnects());
  sum->set_resyncs(sum->resyncs() + part.resyncs());
  sum->set_proof_failures(sum->proof_failures() + part.proof_failures());
  sum->set_webhooks_refused(sum->webhooks_refused() + part.webhooks_refused());
  sum->set_events_dropped(sum->events_dropped() + part.events_dropped());
  sum->set_hook_deliveries(sum->hook_deliveries() + part.hook_deliveries());
  sum->set_hook_failures(sum->hook_failures() + part.hook_failures());
  sum->set_replicas(sum->replicas() + part.replicas());
}

// What is not added up: of all replicas the one that is furthest behind, or has been there first.
void AddState(const v1::ReloadStatistics& part, v1::ReloadStatistics* sum) {
  using google::protobuf::util::TimeUtil;
  sum->set_applied_revision(std::min(sum->applied_revision(), part.applied_revision()));
  sum->set_proven_revision(std::min(sum->proven_revision(), part.proven_revision()));
  sum->set_catalog_revision(std::max(sum->catalog_revision(), part.catalog_revision()));
  sum->set_lag(std::max(sum->lag(), part.lag()));
  sum->set_staleness_ms(std::max(sum->staleness_ms(), part.staleness_ms()));
  sum->set_diverged(sum->diverged() || part.diverged());
  if (sum->stream_state() != part.stream_state()) sum->set_stream_state(kMixed);
  if (part.started_at() < sum->started_at()) *sum->mutable_started_at() = part.started_at();
}

}  // namespace

v1::ReloadStatistics ReplicaStatistics::Report() const {
  v1::ReloadStatistics statistics;
  auto* interval = statistics.mutable_configuration()->mutable_periodic_refresh_interval_seconds();
  interval->set_null_value(google::protobuf::NULL_VALUE);
  statistics.set_replicas(1);
  for (const Part& part : parts_) part(&statistics);
  return statistics;
}

v1::ReloadStatistics SumOf(const v1::ReloadStatistics& own, const std::vector<v1::ReloadStatistics>& others) {
  v1::ReloadStatistics sum = own;
  ReloadTotals totals;
  totals.Add(own);
  for (const v1::ReloadStatistics& other : others) {
    totals.Add(other);
    AddCounters(other, &sum);
    AddState(other, &sum);
  }
  totals.Describe(&sum);
  sum.clear_replica();
  sum.clear_boot_id();
  return sum;
}

v1::ReloadStatistics WithoutRanges(v1::ReloadStatistics statistics) {
  statistics.mutable_duration()->clear_range_counts();
  statistics.mutable_propagation()->clear_range_counts();
  return statistics;
}

}  // namespace toolcatalog
