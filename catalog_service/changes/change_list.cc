#include "catalog_service/changes/change_list.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "catalog_service/changes/change_rows.h"
#include "common/steady_time.h"

namespace toolcatalog {
namespace {

constexpr int kChunkRows = 64;
constexpr size_t kPageBytes = 3 << 20;
// About what one statement brings of definitions.
constexpr size_t kChunkBytes = 1 << 20;
// How many rows of the log, or writes of an actor, one statement looks through for changes that pass the filters; and
// for how long a page may go on looking.
constexpr int kWindowChanges = 2000;
constexpr int kWindowWrites = 200;
constexpr absl::Duration kSearchTime = absl::Milliseconds(1500);

constexpr PgStatement kBounds = {"list_bounds",
                                 "select (select min(revision) from revisions), (select revision from counter)"};

// Commit times never decrease from one revision to the next.
constexpr PgStatement kSince = {
    "first_revision_since",
    "select revision from revisions where committed_at >= $1 order by committed_at, revision limit 1"};
constexpr PgStatement kUntil = {
    "last_revision_until",
    "select revision from revisions where committed_at < $1 order by committed_at desc, revision desc limit 1"};

// The statements of lists look through a window `w` of the log, and select from it the changes that pass the filters.
// Their parameters: the window lies between ($1, $2) and ($3, $4), both exclusive; $5 = kind, $6 = actor, $7 = size of
// the window, $8 = number of changes to find, $9 = the bytes of definitions after which the rows are cut (the first
// always fits), $10 = name key. One row `s` tells how far the window reaches and how much
// it holds, also when no change passes.
struct ListColumns : ChangeColumns {
  ListColumns() : ChangeColumns(Previous::kSelect) {}

  // With names of their own, because the statements order by `revision` and `ordinal`.
  const int reach_revision = list.Add("s.revision as reach_revision");
  const int reach_ordinal = list.Add("s.ordinal as reach_ordinal");
  const int size = list.Add("s.size");
};

struct Direction {
  const char* order;
  const char* reverse;
};
constexpr Direction kOldestFirst = {"asc", "desc"}, kNewestFirst = {"desc", "asc"};

// `table` is "", or the name of a table and a dot.
std::string Between(const char* table) {
  const std::string place = absl::StrCat("(", table, "revision, ", table, "ordinal)");
  return absl::StrCat(place, " > ($1, $2) and ", place, " < ($3, $4) ");
}

// A window of changes. `condition` ends with "and", or is "".
std::string ChangesWindow(const char* condition, const Direction& direction) {
  const auto& [order, reverse] = direction;
  return absl::StrCat("with w as materialized (select revision, ordinal, kind from changes where ", condition,
                      Between(""), "order by revision ", order, ", ordinal ", order, " limit $7), ",
                      "s as (select revision, ordinal, (select count(*) from w) as size from w ", "order by revision ",
                      reverse, ", ordinal ", reverse, " limit 1) ");
}

// A window of an actor's writes `a`. It reaches to `end`, the last ordinal that the last of its writes may have.
std::string WritesWindow(const char* end, const Direction& direction) {
  const auto& [order, reverse] = direction;
  return absl::StrCat("with a as materialized (select revision from revisions where actor = $6 ",
                      "and revision between $1 and $3 order by revision ", order, " limit $7), ",
                      "w as (select c.revision, c.ordinal, c.kind from a join changes c on c.revision = a.revision ",
                      "where ", Between("c."), "), s as (select revision, ", end,
                      " as ordinal, (select count(*) from a) as size from a order by revision ", reverse, " limit 1) ");
}

std::string SelectFromWindow(const ListColumns& columns, const Direction& direction) {
  const char* order = direction.order;
  const std::string bytes = absl::StrCat(SizeOf("d.body"), " + ", SizeOf("p.body"));
  return absl::StrCat("select * from (select ", columns.list.sql(), ", sum(", bytes, ") over (order by c.revision ",
                      order, ", c.ordinal ", order, ") - (", bytes,
                      ") as bytes_before from s left join ((select w.revision, w.ordinal from w ",
                      "join revisions wr on wr.revision = w.revision ",
                      "where ($5 = '' or w.kind = $5) and ($6 = '' or wr.actor = $6) ", "order by w.revision ", order,
                      ", w.ordinal ", order, " limit $8) m join changes c on c.revision = m.revision ",
                      "and c.ordinal = m.ordinal join revisions r on r.revision = c.revision ", kJoinDefinitions,
                      kJoinPrevious, ") on true) joined where bytes_before < $9 order by revision ", order,
                      ", ordinal ", order);
}

// What a list looks through.
enum class Scope { kLog, kTool, kActor };

std::string WindowOf(Scope scope, bool newest_first) {
  const Direction& direction = newest_first ? kNewestFirst : kOldestFirst;
  switch (scope) {
    case Scope::kLog:
      return ChangesWindow("", direction);
    case Scope::kTool:
      return ChangesWindow("name_key = $10 and ", direction);
    case Scope::kActor:
      break;
  }
  return WritesWindow(newest_first ? "(-1)::bigint" : "9223372036854775807::bigint", direction);
}

struct ListStatement {
  ListStatement(const char* prepared_as, Scope scope, bool newest_first)
      : name(absl::StrCat(prepared_as, newest_first ? "_newest" : "")),
        sql(WindowOf(scope, newest_first) + SelectFromWindow(columns, newest_first ? kNewestFirst : kOldestFirst)),
        statement{name.c_str(), sql.c_str()} {}
  ListStatement(const ListStatement&) = delete;

  const ListColumns columns;
  const std::string name, sql;
  const PgStatement statement;
};

struct BothDirections {
  BothDirections(const char* prepared_as, Scope scope)
      : oldest_first(prepared_as, scope, false), newest_first(prepared_as, scope, true) {}

  const ListStatement oldest_first, newest_first;
};

const ListStatement& StatementFor(Scope scope, bool newest_first) {
  static const auto* log = new BothDirections("list_changes", Scope::kLog);
  static const auto* of_tool = new BothDirections("list_changes_of_tool", Scope::kTool);
  static const auto* of_actor = new BothDirections("list_changes_of_actor", Scope::kActor);
  const BothDirections& both = scope == Scope::kTool ? *of_tool : scope == Scope::kActor ? *of_actor : *log;
  return newest_first ? both.newest_first : both.oldest_first;
}

}  // namespace

// A stretch of the log, both ends exclusive.
struct ChangeList::Span {
  ChangePlace low;
  ChangePlace high;
};

absl::StatusOr<ChangeList::Span> ChangeList::SpanOf(const Query& query, const std::optional<ChangePlace>& after,
                                                    Page& page) {
  absl::StatusOr<HistoryBounds> bounds = ReadBounds();
  if (!bounds.ok()) return bounds.status();
  page.bounds = *bounds;
  const int64_t current = bounds->current_revision;
  const int64_t reached = std::max(query.from_revision, after.has_value() ? after->revision : 0);
  if (reached > current) return CannotGoOnFrom(reached, "", *bounds);
  Span span = {{query.from_revision, ChangePlace::kLast}, {current, ChangePlace::kLast}};
  if (query.since.has_value()) {
    absl::StatusOr<PgResult> first = pool_.Read(kSince, {PgParam::Time(*query.since)});
    if (!first.ok()) return first.status();
    const int64_t before = first->rows() > 0 ? first->Int(0, 0) - 1 : current;
    span.low.revision = std::max(span.low.revision, before);
  }
  if (query.until.has_value()) {
    absl::StatusOr<PgResult> last = pool_.Read(kUntil, {PgParam::Time(*query.until)});
    if (!last.ok()) return last.status();
    span.high.revision = std::min(span.high.revision, last->rows() > 0 ? last->Int(0, 0) : 0);
  }
  if (after.has_value()) (query.newest_first ? span.high : span.low) = *after;
  return span;
}

absl::StatusOr<ChangeList::Page> ChangeList::List(const Query& query, std::optional<ChangePlace> after, int limit) {
  Page page;
  absl::StatusOr<Span> span = SpanOf(query, after, page);
  if (!span.ok()) return span.status();
  const SteadyTime give_up = SteadyTime::Now() + kSearchTime;
  const bool by_actor = query.name_key.empty() && !query.actor.empty();
  const bool filtered = !query.kind.empty() || !query.actor.empty();
  const Scope scope = !query.name_key.empty() ? Scope::kTool : by_actor ? Scope::kActor : Scope::kLog;
  const ListStatement& list = StatementFor(scope, query.newest_first);
  ChangePlace& place = query.newest_first ? span->high : span->low;
  size_t bytes = 0;
  bool done = false;
  while (!done) {
    // One change more than is needed shows whether another page follows.
    const int wanted = std::min(kChunkRows, limit + 1 - static_cast<int>(page.changes.size()));
    const int window = by_actor ? kWindowWrites : filtered ? kWindowChanges : wanted;
    std::vector<PgParam> params = {PgParam::Int(span->low.revision),
                                   PgParam::Int(span->low.ordinal),
                                   PgParam::Int(span->high.revision),
                                   PgParam::Int(span->high.ordinal),
                                   PgParam::Text(query.kind),
                                   PgParam::Text(query.actor),
                                   PgParam::Int(window),
                                   PgParam::Int(wanted),
                                   PgParam::Int(kChunkBytes)};
    if (!query.name_key.empty()) params.push_back(PgParam::Text(query.name_key));
    absl::StatusOr<PgResult> rows = pool_.Read(list.statement, params);
    if (!rows.ok()) return rows.status();
    int found = 0;
    size_t read = 0;
    for (; found < rows->rows(); ++found) {
      const ChangeRow row(list.columns, *rows, found);
      if (!row.has_change()) break;
      if (static_cast<int>(page.changes.size()) == limit || bytes >= kPageBytes) {
        page.end = place;
        break;
      }
      bytes += page.changes.emplace_back(row.Encode()).size();
      read += row.bytes();
      place = {row.revision(), row.ordinal()};
    }
    if (page.end.has_value() || rows->rows() == 0) break;
    if (found == wanted || read >= kChunkBytes) continue;
    place = {rows->Int(0, list.columns.reach_revision), rows->Int(0, list.columns.reach_ordinal)};
    done = rows->Int(0, list.columns.size) < window;
    if (!done && SteadyTime::Now() >= give_up) {
      page.end = place;
      done = true;
    }
  }
  if (absl::Status status = CheckKept(query, after); !status.ok()) return status;
  return page;
}

// Called after the read, because a compaction may have removed changes meanwhile, which the page then lacks.
absl::Status ChangeList::CheckKept(const Query& query, const std::optional<ChangePlace>& after) {
  int64_t first = query.from_revision;
  if (after.has_value() && !query.newest_first) first = std::max(first, after->revision);
  if (first == 0) return absl::OkStatus();
  absl::StatusOr<HistoryBounds> bounds = ReadBounds();
  if (!bounds.ok()) return bounds.status();
  return first >= bounds->oldest_revision ? absl::OkStatus() : CannotGoOnFrom(first, "", *bounds);
}

absl::StatusOr<HistoryBounds> ChangeList::ReadBounds() {
  absl::StatusOr<PgResult> rows = pool_.Read(kBounds, {});
  if (!rows.ok()) return rows.status();
  return HistoryBounds{rows->Int(0, 0), rows->Int(0, 1)};
}

}  // namespace toolcatalog
