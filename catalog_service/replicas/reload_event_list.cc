#include "catalog_service/replicas/reload_event_list.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "catalog_service/postgres/transaction.h"
#include "common/status.h"
#include "common/timestamps.h"

namespace toolcatalog {
namespace {

// The size at which a list ends.
constexpr int64_t kListBytes = 3 << 20;

// Events of one process that ended at the same time come by their numbers.
constexpr char kNewestFirst[] = " order by ended_at desc, replica, boot_id, event_id desc";

// Parts of the statements. There is a statement for each set of filters, because one statement for all would have no
// good plan for any. The parameters are those of `Params`.
constexpr char kBodies[] =
    "select body, found from (select body, ended_at, replica, boot_id, event_id, count(*) over () as found, "
    "sum(octet_length(body)) over (order by ended_at desc, replica, boot_id, event_id desc rows unbounded preceding) "
    "- octet_length(body) as bytes_before from (select * from reload_events where ";
constexpr char kAfterPlace[] =
    " and (ended_at < $8 or ended_at = $8 and (replica, boot_id, -event_id) > ($9::text, $10::text, -$11::bigint))";
constexpr char kRowGaps[] =
    "select replica, boot_id, after_event_id, missing, until from ("
    "(select replica, boot_id, event_id - missing_before - 1 as after_event_id, missing_before as missing, "
    "ended_at as until from reload_events where missing_before > 0";
// A process that ended without a last word: another process followed it, or it has not reported for long.
constexpr char kBootGaps[] =
    " union all (select replica, boot_id, last_event_id, null, until from (select replica, boot_id, last_event_id, "
    "stopped, coalesce(lead(coalesce(first_event_at, started_at)) over (partition by replica order by started_at, "
    "boot_id), case when reported_at < clock_timestamp() - interval '30 seconds' then reported_at end) "
    "as until from replica_boots where true";

struct Statements {
  // The parts by which the statements' names differ.
  std::string mark, bodies_mark;
  std::string bodies, count, gaps;
};

Statements MakeStatements(const EventQuery& query) {
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
  made.count = absl::StrCat("select count(*) from reload_events where ", filters);
  // Only the page begins after a place; the number and the gaps are of the whole list.
  const char* after = query.after.has_value() ? kAfterPlace : "";
  made.bodies_mark = absl::StrCat(made.mark, query.after.has_value() ? "_after" : "");
  made.bodies =
      absl::StrCat(kBodies, filters, after, kNewestFirst, " limit $1 + 1) e) f where bytes_before < $4", kNewestFirst);
  made.gaps = absl::StrCat(kRowGaps, of_replica, events_between, " order by ended_at desc limit 100)", kBootGaps,
                           of_replica, ") b where not stopped and until is not null", between,
                           " order by until desc limit 100)) g "
                           "order by until desc, replica, boot_id, after_event_id desc limit 100");
  return made;
}

std::vector<PgParam> Params(const EventQuery& query) {
  const EventPlace after = query.after.value_or(EventPlace{absl::UnixEpoch(), "", "", 0});
  return {PgParam::Int(query.limit),
          PgParam::Text(query.trigger_type),
          PgParam::Text(query.name_key),
          PgParam::Int(kListBytes),
          PgParam::Text(query.replica),
          PgParam::Time(query.since.value_or(absl::UnixEpoch())),
          PgParam::Time(query.until.value_or(absl::UnixEpoch())),
          PgParam::Time(after.ended),
          PgParam::Text(after.replica),
          PgParam::Text(after.boot_id),
          PgParam::Int(after.event_id)};
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

absl::StatusOr<ReloadEventList::Page> ReloadEventList::List(const EventQuery& query) {
  const Statements statements = MakeStatements(query);
  const std::vector<PgParam> params = Params(query);
  const std::string events = absl::StrCat("reload_events", statements.bodies_mark),
                    count = absl::StrCat("reload_count", statements.mark),
                    gaps = absl::StrCat("reload_gaps", statements.mark);
  const PgStatement read_events = {events.c_str(), statements.bodies.c_str()};
  const PgStatement read_count = {count.c_str(), statements.count.c_str()};
  const PgStatement read_gaps = {gaps.c_str(), statements.gaps.c_str()};
  absl::StatusOr<PgPool::Lease> lease = pool_.Take();
  if (!lease.ok()) return lease.status();
  // The answers are of one snapshot, so they agree.
  PgTransaction snapshot(&**lease, PgTransaction::Isolation::kReadOnlySnapshot);
  PgTransaction::Results results =
      snapshot.RunAndCommit({{&read_events, params}, {&read_count, params}, {&read_gaps, params}});
  if (!results.ok()) return results.status();
  return PageOf((*results)[0], (*results)[1], (*results)[2], query.limit);
}

absl::StatusOr<ReloadEventList::Page> ReloadEventList::PageOf(const PgResult& bodies, const PgResult& count,
                                                              const PgResult& gaps, int limit) {
  Page page;
  const int shown = std::min(bodies.rows(), limit);
  for (int i = 0; i < shown; ++i) {
    const absl::string_view body = bodies.Text(i, 0);
    if (!page.response.add_history()->ParseFromArray(body.data(), static_cast<int>(body.size()))) {
      return MakeError(Reason::kDataLoss, "a stored reload event cannot be read");
    }
  }
  page.more = shown > 0 && bodies.Int(0, 1) > shown;
  page.response.set_total(static_cast<int32_t>(count.Int(0, 0)));
  for (int i = 0; i < gaps.rows(); ++i) *page.response.add_gaps() = GapOf(gaps, i);
  return page;
}

}  // namespace toolcatalog
