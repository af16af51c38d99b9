#include "catalog_service/replicas/report_retention.h"

#include <algorithm>

#include "absl/status/statusor.h"

namespace toolcatalog {
namespace {

constexpr int64_t kStepEvents = 1000;
// A replica is listed, and a process's last event known, for at least so long after its last report.
constexpr absl::Duration kReplicaAge = absl::Hours(24);

// How many are too many, $1 being allowed.
constexpr PgStatement kExcess = {"report_excess", "select greatest(count(*) - $1, 0) from reload_events"};

// The oldest $1 events.
constexpr PgStatement kRemoveOldest = {
    "report_remove_oldest",
    "with gone as (delete from reload_events where (replica, boot_id, event_id) in (select replica, boot_id, event_id "
    "from reload_events order by ended_at, replica, boot_id, event_id limit $1) returning 1) "
    "select count(*) from gone"};

// The oldest $1 of those that ended $2 microseconds ago.
constexpr PgStatement kRemoveByAge = {
    "report_remove_by_age",
    "with gone as (delete from reload_events where (replica, boot_id, event_id) in (select replica, boot_id, event_id "
    "from reload_events where ended_at < clock_timestamp() - $2 * interval '1 microsecond' "
    "order by ended_at, replica, boot_id, event_id limit $1) returning 1) select count(*) from gone"};

constexpr PgStatement kRemoveReplicas = {
    "report_remove_replicas",
    "delete from replicas where reported_at < clock_timestamp() - $1 * interval '1 microsecond'"};
constexpr PgStatement kRemoveBoots = {
    "report_remove_boots",
    "with gone as (delete from replica_boots where (replica, boot_id) in (select replica, boot_id from replica_boots "
    "where reported_at < clock_timestamp() - $2 * interval '1 microsecond' limit $1) returning 1) "
    "select count(*) from gone"};

PgParam Micros(absl::Duration age) { return PgParam::Int(absl::ToInt64Microseconds(age)); }

}  // namespace

absl::Status RemoveOldReports(PgConnection& connection, const EventRetention& retention,
                              const std::function<bool(int64_t removed)>& progress) {
  absl::StatusOr<PgResult> excess = connection.Execute(kExcess, {PgParam::Int(retention.events)});
  if (!excess.ok()) return excess.status();
  for (int64_t left = excess->Int(0, 0); left > 0;) {
    absl::StatusOr<PgResult> rows = connection.Execute(kRemoveOldest, {PgParam::Int(std::min(left, kStepEvents))});
    if (!rows.ok()) return rows.status();
    left = rows->Int(0, 0) == 0 ? 0 : left - rows->Int(0, 0);
    if (!progress(rows->Int(0, 0))) return absl::OkStatus();
  }
  for (int64_t removed = kStepEvents; removed == kStepEvents;) {
    absl::StatusOr<PgResult> rows =
        connection.Execute(kRemoveByAge, {PgParam::Int(kStepEvents), Micros(retention.age)});
    if (!rows.ok()) return rows.status();
    removed = rows->Int(0, 0);
    if (!progress(removed)) return absl::OkStatus();
  }
  absl::StatusOr<PgResult> replicas = connection.Execute(kRemoveReplicas, {Micros(kReplicaAge)});
  if (!replicas.ok()) return replicas.status();
  for (int64_t removed = kStepEvents; removed == kStepEvents;) {
    absl::StatusOr<PgResult> rows =
        connection.Execute(kRemoveBoots, {PgParam::Int(kStepEvents), Micros(std::max(retention.age, kReplicaAge))});
    if (!rows.ok()) return rows.status();
    removed = rows->Int(0, 0);
    if (!progress(0)) return absl::OkStatus();
  }
  return absl::OkStatus();
}

}  // namespace toolcatalog
