#include "catalog_service/replicas/replica_report_store.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/fixed_array.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "catalog_service/postgres/transaction.h"
#include "catalog_service/replicas/event_gaps.h"
#include "common/definition/definition.h"
#include "common/request_time.h"
#include "common/status.h"
#include "common/timestamps.h"
#include "toolcatalog/v1/reload.pb.h"

namespace toolcatalog {
namespace {

// Locks the process's row, so reports of one process come one after the other. The row has no xmax if this statement
// has made it.
constexpr PgStatement kTakeBoot = {
    "report_take_boot",
    "insert into replica_boots as b (replica, boot_id, started_at, last_event_id, reported_at, stopped) "
    "values ($1, $2, $3, 0, clock_timestamp(), false) on conflict (replica, boot_id) "
    "do update set reported_at = excluded.reported_at returning b.last_event_id, b.xmax = 0"};

// The gaps to which events from $3 to $4 may belong.
constexpr PgStatement kGaps = {
    "report_gaps",
    "select event_id, missing_before from reload_events where replica = $1 and boot_id = $2 and missing_before > 0 "
    "and event_id > $3 and event_id - missing_before <= $4 order by event_id"};

// The replica as it was before the report. The second column tells whether it was this process, the third whether it
// was a newer process that is still at work.
constexpr PgStatement kTakeReplica = {
    "report_take_replica",
    "select previous, boot_id = $2, (started_at, boot_id) > ($3, $2) and not stopped and "
    "reported_at > clock_timestamp() - interval '30 seconds', replica, boot_id, state, freeze_reason, "
    "applied_revision, version, started_at, applied_at, reported_at, "
    "not stopped and reported_at > clock_timestamp() - interval '30 seconds' "
    "from replicas where replica = $1 for update"};
constexpr int kFirstReplicaColumn = 3;
constexpr int kAtWorkColumn = 12;

constexpr PgStatement kInsert = {
    "report_events",
    "insert into reload_events (replica, boot_id, event_id, ended_at, trigger_type, success, tool_names, "
    "missing_before, body) select $1, $2, u.event_id, u.ended_at, u.trigger_type, u.success, "
    "string_to_array(u.tool_names, E'\\n'), u.missing_before, u.body "
    "from unnest($3::bigint[], $4::timestamptz[], $5::text[], $6::boolean[], $7::text[], $8::bigint[], $9::bytea[]) "
    "as u(event_id, ended_at, trigger_type, success, tool_names, missing_before, body) on conflict do nothing"};

constexpr PgStatement kChangeGaps = {
    "report_change_gaps",
    "update reload_events e set missing_before = u.missing_before from unnest($3::bigint[], $4::bigint[]) "
    "as u(event_id, missing_before) where e.replica = $1 and e.boot_id = $2 and e.event_id = u.event_id"};

// $3 = number of the report's last event, or 0 if the report has no events; $5 = time of its first event.
constexpr PgStatement kUpdateBoot = {
    "report_boot",
    "update replica_boots set last_event_id = greatest(last_event_id, $3), stopped = stopped or $4 = 1, "
    "first_event_at = least(first_event_at, case when $3 > 0 then $5 end) where replica = $1 and boot_id = $2"};

constexpr PgStatement kUpdateReplica = {
    "report_replica",
    "insert into replicas as r (replica, boot_id, started_at, state, freeze_reason, stopped, applied_revision, "
    "version, "
    "applied_at, reported_at, statistics, previous) "
    "values ($1, $2, $3, $4, $5, $6 = 1, $7, $8, nullif($9, timestamptz 'epoch'), clock_timestamp(), $10, $11) "
    "on conflict (replica) do update set boot_id = excluded.boot_id, started_at = excluded.started_at, "
    "state = excluded.state, freeze_reason = excluded.freeze_reason, "
    "stopped = excluded.stopped or (r.stopped and r.boot_id = excluded.boot_id), "
    "applied_revision = excluded.applied_revision, version = excluded.version, applied_at = excluded.applied_at, "
    "reported_at = excluded.reported_at, statistics = excluded.statistics, previous = excluded.previous "
    "where (excluded.started_at, excluded.boot_id) >= (r.started_at, r.boot_id) or r.stopped or "
    "r.reported_at <= clock_timestamp() - interval '30 seconds'"};

constexpr PgStatement kRevision = {"report_revision", "select revision from counter"};
constexpr PgStatement kHooks = {"report_hooks", "select body from reload_hooks order by name"};

// How many replicas other than $1 are at work.
constexpr PgStatement kAtWork = {"report_at_work",
                                 "select count(*) from (select from replicas where replica <> $1 and not stopped and "
                                 "reported_at > clock_timestamp() - interval '30 seconds' limit 1000) at_work"};
constexpr int kMaxAtWork = 1000;

// Those at work come first, so that no number of others pushes them out.
constexpr PgStatement kReplicas = {
    "list_replicas",
    "select c.revision, r.stopped, r.reported_at < clock_timestamp() - interval '30 seconds', "
    "r.replica, r.boot_id, r.state, r.freeze_reason, r.applied_revision, r.version, r.started_at, r.applied_at, "
    "r.reported_at, case when $1 = 1 then r.statistics end "
    "from counter c left join (select * from replicas where reported_at > clock_timestamp() - interval '24 hours' "
    "order by stopped or reported_at < clock_timestamp() - interval '30 seconds', replica limit 1000) r on true "
    "order by r.replica"};
constexpr int kStatisticsColumn = 12;

// Reads the columns that both statements about replicas have.
v1::Replica ReplicaOf(const PgResult& rows, int row) {
  constexpr int kFirst = kFirstReplicaColumn;
  v1::Replica replica;
  replica.set_name(std::string(rows.Text(row, kFirst)));
  replica.set_boot_id(std::string(rows.Text(row, kFirst + 1)));
  replica.set_state(std::string(rows.Text(row, kFirst + 2)));
  replica.set_freeze_reason(std::string(rows.Text(row, kFirst + 3)));
  replica.set_applied_revision(rows.Int(row, kFirst + 4));
  replica.set_version(std::string(rows.Text(row, kFirst + 5)));
  *replica.mutable_started_at() = ToTimestamp(rows.Time(row, kFirst + 6));
  if (!rows.IsNull(row, kFirst + 7)) *replica.mutable_applied_at() = ToTimestamp(rows.Time(row, kFirst + 7));
  *replica.mutable_reported_at() = ToTimestamp(rows.Time(row, kFirst + 8));
  return replica;
}

template <typename Message>
absl::Status Parse(absl::string_view bytes, Message* message) {
  if (message->ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return absl::OkStatus();
  return MakeError(Reason::kDataLoss, "what a reload service has reported cannot be read");
}

// The keys of all tools that an event names, one a line.
std::string ToolKeys(const v1::ReloadEvent& event) {
  std::vector<std::string> keys;
  if (!event.tool_name().empty()) keys.push_back(NameKey(event.tool_name()));
  for (const std::string& name : event.tool_names()) {
    if (!name.empty()) keys.push_back(NameKey(name));
  }
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  return absl::StrJoin(keys, "\n");
}

PgCommand InsertEvents(const internal::v1::ReportReloadEventsRequest& request,
                       const std::vector<int64_t>& missing_before) {
  std::vector<int64_t> ids;
  std::vector<absl::Time> times;
  std::vector<std::string> triggers, tool_keys, bodies;
  absl::FixedArray<bool> successes(request.events_size());
  for (const v1::ReloadEvent& event : request.events()) {
    successes[ids.size()] = event.success();
    ids.push_back(event.event_id());
    times.push_back(StoredTime(event.timestamp()));
    triggers.push_back(event.trigger());
    tool_keys.push_back(ToolKeys(event));
    bodies.push_back(event.SerializeAsString());
  }
  return {&kInsert,
          {PgParam::Text(request.replica().name()), PgParam::Text(request.replica().boot_id()), PgParam::IntArray(ids),
           PgParam::TimeArray(times), PgParam::TextArray(triggers), PgParam::BoolArray(successes),
           PgParam::TextArray(tool_keys), PgParam::IntArray(missing_before), PgParam::BytesArray(bodies)}};
}

PgCommand ChangeGaps(const v1::Replica& replica, const std::vector<NumberedEvent>& changed) {
  std::vector<int64_t> ids, missing;
  for (const NumberedEvent& event : changed) {
    ids.push_back(event.event_id);
    missing.push_back(event.missing_before);
  }
  return {&kChangeGaps,
          {PgParam::Text(replica.name()), PgParam::Text(replica.boot_id()), PgParam::IntArray(ids),
           PgParam::IntArray(missing)}};
}

PgCommand UpdateBoot(const internal::v1::ReportReloadEventsRequest& request) {
  const bool has_events = !request.events().empty();
  return {&kUpdateBoot,
          {PgParam::Text(request.replica().name()), PgParam::Text(request.replica().boot_id()),
           PgParam::Int(has_events ? request.events().rbegin()->event_id() : 0), PgParam::Int(request.stopping()),
           PgParam::Time(has_events ? StoredTime(request.events(0).timestamp()) : absl::UnixEpoch())}};
}

PgCommand UpdateReplica(const internal::v1::ReportReloadEventsRequest& request, const std::string& previous) {
  const v1::Replica& replica = request.replica();
  return {
      &kUpdateReplica,
      {PgParam::Text(replica.name()), PgParam::Text(replica.boot_id()), PgParam::Time(StoredTime(replica.started_at())),
       PgParam::Text(replica.state()), PgParam::Text(replica.freeze_reason()), PgParam::Int(request.stopping()),
       PgParam::Int(replica.applied_revision()), PgParam::Text(replica.version()),
       PgParam::Time(replica.has_applied_at() ? StoredTime(replica.applied_at()) : absl::UnixEpoch()),
       PgParam::Bytes(replica.statistics().SerializeAsString()), PgParam::Bytes(previous)}};
}

// A process as the database knows it before its report.
struct KnownBoot {
  int64_t last_event_id = 0;
  bool is_new = false;
  std::vector<NumberedEvent> gaps;
  // The process before it, serialized; "" if none is known.
  std::string previous;
  bool superseded = false;
};

// RESOURCE_EXHAUSTED if as many other replicas are at work as may.
absl::Status CheckPlace(PgTransaction& transaction, const PgParam& name) {
  PgTransaction::Results others = transaction.Run({{&kAtWork, {name}}});
  if (!others.ok()) return others.status();
  if (others->front().Int(0, 0) < kMaxAtWork) return absl::OkStatus();
  return MakeError(Reason::kTooManyReplicas, absl::StrCat("at most ", kMaxAtWork, " replicas may report at a time"));
}

absl::StatusOr<KnownBoot> TakeBoot(PgTransaction& transaction, const internal::v1::ReportReloadEventsRequest& request) {
  const PgParam name = PgParam::Text(request.replica().name()), boot = PgParam::Text(request.replica().boot_id()),
                start = PgParam::Time(StoredTime(request.replica().started_at()));
  const bool has_events = !request.events().empty();
  const int64_t first = has_events ? request.events(0).event_id() : 0;
  const int64_t last = has_events ? request.events().rbegin()->event_id() : 0;
  PgTransaction::Results results = transaction.Run({{&kTakeBoot, {name, boot, start}},
                                                    {&kGaps, {name, boot, PgParam::Int(first), PgParam::Int(last)}},
                                                    {&kTakeReplica, {name, boot, start}}});
  if (!results.ok()) return results.status();
  const PgResult &taken = (*results)[0], &gaps = (*results)[1], &replica = (*results)[2];
  if (replica.rows() == 0 || !replica.Bool(0, kAtWorkColumn)) {
    if (absl::Status status = CheckPlace(transaction, name); !status.ok()) return status;
  }
  KnownBoot known{taken.Int(0, 0), taken.Bool(0, 1), {}, "", replica.rows() > 0 && replica.Bool(0, 2)};
  for (int i = 0; i < gaps.rows(); ++i) known.gaps.push_back({gaps.Int(i, 0), gaps.Int(i, 1)});
  if (replica.rows() > 0 && replica.Bool(0, 1)) {
    known.previous = std::string(replica.Text(0, 0));
  } else if (replica.rows() > 0 && !known.superseded) {
    known.previous = ReplicaOf(replica, 0).SerializeAsString();
  }
  return known;
}

// The rest of the transaction.
absl::StatusOr<internal::v1::ReportReloadEventsResponse> Store(PgTransaction& transaction,
                                                               const internal::v1::ReportReloadEventsRequest& request,
                                                               const KnownBoot& known) {
  std::vector<NumberedEvent> numbers;
  for (const v1::ReloadEvent& event : request.events()) numbers.push_back({event.event_id(), event.missing_before()});
  const EventGaps gaps = FillGaps(known.last_event_id, known.gaps, numbers);
  std::vector<PgCommand> commands;
  if (!request.events().empty()) commands.push_back(InsertEvents(request, gaps.missing_before));
  if (!gaps.changed.empty()) commands.push_back(ChangeGaps(request.replica(), gaps.changed));
  commands.push_back(UpdateBoot(request));
  commands.push_back(UpdateReplica(request, known.previous));
  commands.push_back({&kRevision, {}});
  commands.push_back({&kHooks, {}});
  PgTransaction::Results results = transaction.RunAndCommit(std::move(commands));
  if (!results.ok()) return results.status();
  const PgResult &revision = (*results)[results->size() - 2], &hooks = results->back();
  internal::v1::ReportReloadEventsResponse response;
  response.set_revision(revision.Int(0, 0));
  response.set_superseded(known.superseded);
  for (int i = 0; i < hooks.rows(); ++i) {
    if (absl::Status status = Parse(hooks.Text(i, 0), response.add_hooks()); !status.ok()) return status;
  }
  if ((known.is_new || request.unanswered()) && !known.previous.empty()) {
    if (absl::Status status = Parse(known.previous, response.mutable_previous()); !status.ok()) return status;
  }
  return response;
}

}  // namespace

absl::StatusOr<internal::v1::ReportReloadEventsResponse> ReplicaReportStore::Report(
    const internal::v1::ReportReloadEventsRequest& request) {
  absl::StatusOr<PgPool::Lease> lease = pool_.Take();
  if (!lease.ok()) return lease.status();
  PgTransaction transaction(&**lease);
  absl::StatusOr<KnownBoot> known = TakeBoot(transaction, request);
  if (!known.ok()) return known.status();
  return Store(transaction, request, *known);
}

absl::StatusOr<v1::ListReplicasResponse> ReplicaReportStore::Replicas(bool with_statistics) {
  absl::StatusOr<PgResult> rows = pool_.Read(kReplicas, {PgParam::Int(with_statistics)});
  if (!rows.ok()) return rows.status();
  v1::ListReplicasResponse response;
  response.set_revision(rows->Int(0, 0));
  for (int i = 0; i < rows->rows() && !rows->IsNull(i, kFirstReplicaColumn); ++i) {
    v1::Replica& replica = *response.add_replicas();
    replica = ReplicaOf(*rows, i);
    replica.set_lag(std::max<int64_t>(0, response.revision() - replica.applied_revision()));
    if (rows->Bool(i, 1)) {
      replica.set_state("stopped");
    } else if (rows->Bool(i, 2)) {
      replica.set_state("lost");
    }
    if (!with_statistics) continue;
    absl::Status status = Parse(rows->Text(i, kStatisticsColumn), replica.mutable_statistics());
    if (!status.ok()) return status;
  }
  return response;
}

}  // namespace toolcatalog
