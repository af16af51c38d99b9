#include "catalog_service/replicas/reload_event_list.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/timestamps.h"

namespace toolcatalog {
namespace {

constexpr PgStatement kBegin = {"reload_list_begin", "begin isolation level repeatable read, read only"};
constexpr PgStatement kCommit = {"reload_list_commit", "commit"};
constexpr PgStatement kRollback = {"reload_list_rollback", "rollback"};

// The size at which a list ends.
constexpr int64_t kListBytes = 3 << 20;

// Of one time, those of one process by their numbers.
constexpr char kNewestFirst[] = " order by ended_at desc, replica, boot_id, event_id desc";

// Parts of the statements, which differ by what they filter: with one statement for all, the database could not plan
// for any. The parameters are those of `Params`.
constexpr char kBodies[] =
    "select body from (select body, ended_at, replica, boot_id, event_id, "
    "sum(octet_length(body)) over (order by ended_at desc, replica, boot_id, event_id desc rows unbounded preceding) "
    "- octet_length(body) as bytes_before from (select * from reload_events where ";
constexpr char kRowGaps[] =
    "select replica, boot_id, after_event_id, missing, until from ("
    "(select replica, boot_id, event_id - missing_before - 1 as after_event_id, missing_before as missing, "
    "ended_at as until from reload_events where missing_before > 0";
// A process that was followed by another, or has not been heard of for long, and had no last word.
constexpr char kBootGaps[] =
    " union all (select replica, boot_id, last_event_id, null, until from (select replica, boot_id, last_event_id, "
    "stopped, coalesce(lead(coalesce(first_event_at, started_at)) over (partition by replica order by started_at, "
    "boot_id), case when reported_at < clock_timestamp() - interval '30 seconds' then reported_at end) "
    "as until from replica_boots where true";

struct Statements {
  // What the statements' names differ by.
  std::string mark;
  std::string bodies, count, gaps;
};

Statements MakeStatements(const ReloadEventList::Query& query) {
  Statements made;
  std::string filters = "true";
  const auto add = [&](bool used, const char* name, const char* condition) {
    if (!used) return;
    absl::StrAppend(&made.mark, "_", name);
    absl::StrAppend(&filters, " and ", condition);
  };
  const char* of_replica = query.replica.empty() ? "" : " and replica = $5";
  add(!query.trigger_type.empty(), "trigger", "trigger_type = $2");
  add(!query.name_key.empty(), "tool", "tool_names @> array[$3]");
  add(query.success.has_value(), query.success.value_or(false) ? "good" : "bad",
      query.success.value_or(false) ? "success" : "not success");
  add(!query.replica.empty(), "replica", "replica = $5");
  add(query.since.has_value(), "since", "ended_at >= $6");
  add(query.until.has_value(), "until", "ended_at < $7");
  const std::string events_between = absl::StrCat(query.since.has_value() ? " and ended_at >= $6" : "",
                                                  query.until.has_value() ? " and ended_at < $7" : "");
  const std::string between =
      absl::StrCat(query.since.has_value() ? " and until >= $6" : "", query.until.has_value() ? " and until < $7" : "");
  made.bodies = absl::StrCat(kBodies, filters, kNewestFirst, " limit $1) e) f where bytes_before < $4", kNewestFirst);
  made.count = absl::StrCat("select count(*) from reload_events where ", filters);
  made.gaps = absl::StrCat(kRowGaps, of_replica, events_between, " order by ended_at desc limit 100)", kBootGaps,
                           of_replica, ") b where not stopped and until is not null", between,
                           " order by until desc limit 100)) g "
                           "order by until desc, replica, boot_id, after_event_id desc limit 100");
  return made;
}

std::vector<PgParam> Params(const ReloadEventList::Query& query) {
  return {PgParam::Int(query.limit),
          PgParam::Text(query.trigger_type),
          PgParam::Text(query.name_key),
          PgParam::Int(kListBytes),
          PgParam::Text(query.replica),
          PgParam::Time(query.since.value_or(absl::UnixEpoch())),
          PgParam::Time(query.until.value_or(absl::UnixEpoch()))};
}

v1::ReloadEventGap GapOf(const PgResult& rows, int row) {
  v1::ReloadEventGap gap;
  gap.set_replica(std::string(rows.Text(row, 0)));
  gap.set_boot_id(std::string(rows.Text(row, 1)));
  gap.set_after_event_id(rows.Int(row, 2));
  if (!rows.IsNull(row, 3)) gap.set_missing(rows.Int(row, 3));
  *gap.mutable_until() = ToTimestamp(rows.Time(row, 4));
  return gap;
}

}  // namespace

absl::StatusOr<v1::ListReloadEventsResponse> ReloadEventList::List(const Query& query) {
  const Statements statements = MakeStatements(query);
  const std::vector<PgParam> params = Params(query);
  const std::string events = absl::StrCat("reload_events", statements.mark),
                    count = absl::StrCat("reload_count", statements.mark),
                    gaps = absl::StrCat("reload_gaps", statements.mark);
  const PgStatement read_events = {events.c_str(), statements.bodies.c_str()};
  const PgStatement read_count = {count.c_str(), statements.count.c_str()};
  const PgStatement read_gaps = {gaps.c_str(), statements.gaps.c_str()};
  // Of one snapshot, so that they agree.
  const std::vector<PgCommand> commands = {
      {&kBegin, {}}, {&read_events, params}, {&read_count, params}, {&read_gaps, params}, {&kCommit, {}}};
  absl::StatusOr<PgPool::Lease> lease = pool_.Take();
  if (!lease.ok()) return lease.status();
  absl::StatusOr<std::vector<PgResult>> results = (*lease)->Pipeline(commands);
  if (!results.ok()) {
    if (!(*lease)->broken()) (*lease)->Execute(kRollback, {}).status().IgnoreError();
    return results.status();
  }
  return ResponseOf((*results)[1], (*results)[2], (*results)[3]);
}

absl::StatusOr<v1::ListReloadEventsResponse> ReloadEventList::ResponseOf(const PgResult& bodies, const PgResult& count,
                                                                         const PgResult& gaps) {
  v1::ListReloadEventsResponse response;
  for (int i = 0; i < bodies.rows(); ++i) {
    const absl::string_view body = bodies.Text(i, 0);
    if (!response.add_history()->ParseFromArray(body.data(), static_cast<int>(body.size()))) {
      return absl::DataLossError("a stored reload event cannot be read");
    }
  }
  response.set_total(static_cast<int32_t>(count.Int(0, 0)));
  for (int i = 0; i < gaps.rows(); ++i) *response.add_gaps() = GapOf(gaps, i);
  return response;
}

}  // namespace toolcatalog
