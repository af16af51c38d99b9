#include "catalog_service/changes/tool_history.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "catalog_service/changes/change_rows.h"
#include "catalog_service/model/stored_tool.h"
#include "catalog_service/model/tool_errors.h"
#include "common/definition/formats/definition_diff.h"
#include "common/status.h"
#include "common/steady_time.h"
#include "toolcatalog/v1/tool.pb.h"

namespace toolcatalog {
namespace {

// Each row may bring two definitions.
constexpr int kChunkRows = 16;
constexpr size_t kPageBytes = 3 << 20;
// Of the definitions that a page compares, and how long it may take.
constexpr size_t kComparedBytes = 8 << 20;
constexpr absl::Duration kPageTime = absl::Milliseconds(500);
constexpr int kMaxDifferences = 200;

// $1 = name key, $2 = revision. A tool without a later change is as it was.
#define TOOLCATALOG_BOUNDS_AND_LATEST                                                                             \
  "with bounds as (select (select revision from counter) as current, (select min(revision) from revisions) as "   \
  "oldest), next as (select latest_before from changes where name_key = $1 and revision > $2 "                    \
  "order by revision, ordinal limit 1), latest as (select case when exists (select from next) "                   \
  "then (select latest_before from next) else (select latest_version_key from tools where name_key = $1) end as " \
  "version_key) "

// A version whose definition is no younger than the revision had that definition; any other was changed since, if it
// existed. $3 = version key, or ''.
constexpr PgStatement kGetAsOf = {
    "get_tool_as_of", TOOLCATALOG_BOUNDS_AND_LATEST
    "select b.current, b.oldest, d.body, d.content_hash, d.revision, w.version_key = w.latest "
    "from bounds b cross join (select case when $3::text = '' then version_key else $3::text end as version_key, "
    "version_key as latest from latest) w "
    "left join versions v on v.name_key = $1 and v.version_key = w.version_key "
    "left join definitions d on d.name_key = $1 and d.version_key = w.version_key "
    "and d.revision = case when v.revision <= $2 then v.revision else (select c.previous_revision from changes c "
    "where c.name_key = $1 and c.version_key = w.version_key and c.revision > $2 "
    "order by c.revision, c.ordinal limit 1) end"};

// A change tells where the version that it found was created, and so does the version's row. $3 = 1 reads the bodies, 0
// tells only their sizes.
constexpr PgStatement kStateAsOf = {
    "tool_state_as_of", TOOLCATALOG_BOUNDS_AND_LATEST
    ", after as (select distinct on (version_key) version_key, previous_revision, created_revision, created_ordinal "
    "from changes where name_key = $1 and revision > $2 order by version_key, revision, ordinal), "
    "states as (select version_key, previous_revision as revision, created_revision, created_ordinal "
    "from after where previous_revision is not null "
    "union all select version_key, revision, created_revision, created_ordinal from versions v "
    "where name_key = $1 and revision <= $2 and not exists (select from after a where a.version_key = v.version_key)) "
    "select b.current, b.oldest, exists (select from changes where name_key = $1 and revision = $2), "
    "coalesce(l.version_key, ''), s.version_key, s.revision, d.content_hash, case when $3 = 1 then d.body end, "
    "s.created_revision, s.created_ordinal, octet_length(d.body)::bigint from bounds b cross join latest l left join "
    "states s on true "
    "left join definitions d on d.name_key = $1 and d.version_key = s.version_key and d.revision = s.revision "
    "order by s.version_key"};

#undef TOOLCATALOG_BOUNDS_AND_LATEST

// Null if nothing of the tool, or of the version $2, is kept.
constexpr PgStatement kSpelling = {
    "spelling_in_history",
    "select coalesce((select tool_name from tools where name_key = $1), (select tool_name from changes "
    "where name_key = $1 order by revision desc, ordinal desc limit 1)) where $2 = '' "
    "or exists (select from versions where name_key = $1 and version_key = $2) "
    "or exists (select from changes where name_key = $1 and version_key = $2)"};

// Brings bodies only where there is something to compare.
struct HistoryStatement {
  const ChangeColumns columns{ChangeColumns::Previous::kSelect};
  const std::string sql =
      absl::StrCat("select ", columns.list.sql(),
                   " from (select * from changes where name_key = $1 and (revision, ordinal) < ($3, $4) ",
                   "and ($2 = '' or version_key = $2) order by revision desc, ordinal desc limit $5) c ",
                   "join revisions r on r.revision = c.revision ", kJoinDefinitions,
                   "and c.definition_revision <> c.previous_revision ", kJoinPrevious,
                   "and c.definition_revision <> c.previous_revision order by c.revision desc, c.ordinal desc");
  const PgStatement statement = {"tool_history", sql.c_str()};
};

const HistoryStatement& ListStatement() {
  static const auto* statement = new HistoryStatement();
  return *statement;
}

size_t ComparedBytes(const ChangeRow& row) {
  const std::optional<StoredTool> before = row.before(), after = row.after();
  return before.has_value() && after.has_value() ? before->body.size() + after->body.size() : 0;
}

v1::HistoryEntry EntryOf(const ChangeRow& row) {
  const v1::Change change = row.WithoutTools();
  v1::HistoryEntry entry;
  entry.set_revision(change.revision());
  entry.set_kind(change.kind());
  entry.set_version(change.version());
  entry.set_actor(change.actor());
  entry.set_reason(change.reason());
  *entry.mutable_time() = change.time();
  entry.set_is_latest(change.is_latest());
  const std::optional<StoredTool> before = row.before(), after = row.after();
  if (!before.has_value() || !after.has_value()) return entry;
  DefinitionDiff diff = DiffDefinitions(DecodeTool(*before), DecodeTool(*after), kMaxDifferences);
  for (v1::FieldDifference& difference : diff.differences) *entry.add_diff() = std::move(difference);
  entry.set_diff_omitted(diff.omitted);
  return entry;
}

// OK if the catalog as of `revision` can be read; the first columns of `rows` are the current and the oldest revision.
absl::Status CheckRevision(const PgResult& rows, int64_t revision, bool needs_changes) {
  const int64_t current = rows.Int(0, 0);
  // The oldest revision is a position only: its changes are gone. Revision 0 never had any.
  const int64_t oldest = rows.Int(0, 1) + (needs_changes && rows.Int(0, 1) > 0 ? 1 : 0);
  const std::map<std::string, std::string> bounds = {{"oldest_revision", absl::StrCat(oldest)},
                                                     {"current_revision", absl::StrCat(current)}};
  if (revision > current) {
    return MakeError(Reason::kRevisionUnavailable,
                     {BrokenByNumber("revision", absl::StrCat("must be at most the current one, ", current),
                                     absl::StrCat(revision))},
                     bounds);
  }
  if (revision >= oldest) return absl::OkStatus();
  return MakeError(Reason::kCompacted,
                   absl::StrCat("revision ", revision, " is kept no longer; the oldest is ", oldest), bounds);
}

// A tool, or a version of it.
std::string Described(absl::string_view name_key, absl::string_view version_key) {
  return absl::StrCat("tool \"", name_key, "\"",
                      version_key.empty() ? "" : absl::StrCat(" version \"", version_key, "\""));
}

}  // namespace

absl::StatusOr<v1::GetToolResponse> ToolHistory::GetAsOf(const std::string& name_key, const std::string& version_key,
                                                         int64_t revision) {
  absl::StatusOr<PgResult> rows =
      pool_.Read(kGetAsOf, {PgParam::Text(name_key), PgParam::Int(revision), PgParam::Text(version_key)});
  if (!rows.ok()) return rows.status();
  if (absl::Status status = CheckRevision(*rows, revision, false); !status.ok()) return status;
  if (rows->IsNull(0, 2)) {
    return ToolNotFound(name_key, version_key,
                        absl::StrCat(Described(name_key, version_key), " did not exist at revision ", revision),
                        {{"as_of_revision", absl::StrCat(revision)}});
  }
  v1::GetToolResponse response;
  *response.mutable_tool() = DecodeTool({rows->Text(0, 2), rows->Text(0, 3), rows->Int(0, 4), rows->Bool(0, 5)});
  response.set_as_of_revision(revision);
  response.set_content_hash(absl::BytesToHexString(rows->Text(0, 3)));
  return response;
}

absl::StatusOr<ToolAsOf> ToolHistory::StateAsOf(const std::string& name_key, int64_t revision, const HoldBytes& hold) {
  const auto read = [&](bool bodies) {
    return pool_.Read(kStateAsOf, {PgParam::Text(name_key), PgParam::Int(revision), PgParam::Int(bodies)});
  };
  absl::StatusOr<PgResult> sizes = read(false);
  if (!sizes.ok()) return sizes.status();
  size_t bytes = 0;
  for (int i = 0; i < sizes->rows() && !sizes->IsNull(i, 10); ++i) bytes += static_cast<size_t>(sizes->Int(i, 10));
  if (absl::Status status = hold(bytes); !status.ok()) return status;
  absl::StatusOr<PgResult> rows = read(true);
  if (!rows.ok()) return rows.status();
  if (absl::Status status = CheckRevision(*rows, revision, true); !status.ok()) return status;
  ToolAsOf tool;
  tool.changed_at_revision = rows->Bool(0, 2);
  for (int i = 0; i < rows->rows() && !rows->IsNull(i, 4); ++i) {
    const std::string body(rows->Text(i, 7));
    v1::Tool definition;
    definition.ParseFromString(body);
    tool.state.tool_name = definition.tool_name();
    tool.state.versions[std::string(rows->Text(i, 4))] = {
        definition.version(), rows->Int(i, 5), rows->Int(i, 8), rows->Int(i, 9), std::string(rows->Text(i, 6)), body};
  }
  if (tool.state.versions.empty()) return tool;
  tool.state.latest_version_key = std::string(rows->Text(0, 3));
  if (tool.state.versions.count(tool.state.latest_version_key) == 0) {
    return MakeError(Reason::kDataLoss, absl::StrCat("the history of tool \"", name_key,
                                                     "\" does not tell its latest version at ", "revision ", revision));
  }
  return tool;
}

absl::StatusOr<ToolState> ToolHistory::RollbackTarget(const std::string& name_key, int64_t revision,
                                                      const HoldBytes& hold) {
  absl::StatusOr<ToolAsOf> past = StateAsOf(name_key, revision, hold);
  if (!past.ok()) return past.status();
  if (!past->changed_at_revision) {
    absl::StatusOr<PgResult> known = pool_.Read(kSpelling, {PgParam::Text(name_key), PgParam::Text("")});
    if (!known.ok()) return known.status();
    if (known->rows() == 0 || known->IsNull(0, 0)) {
      return ToolNotFound(name_key, "",
                          absl::StrCat(Described(name_key, ""), " does not exist, and no change of it is kept"));
    }
    return InvalidArgumentError("to_revision", absl::StrCat("must be a revision in the history of tool \"", name_key,
                                                            "\", got ", revision, ", which did not change it"));
  }
  if (past->state.versions.empty()) {
    return MakeError(Reason::kDeletedInRevision, absl::StrCat("to_revision: revision ", revision, " deleted tool \"",
                                                              name_key, "\"; name an earlier one to bring it back"));
  }
  return std::move(past->state);
}

absl::StatusOr<ToolHistory::Page> ToolHistory::List(const std::string& name_key, const std::string& version_key,
                                                    std::optional<ChangePlace> before, int limit,
                                                    const std::function<bool()>& abandoned) {
  absl::StatusOr<PgResult> spelling = pool_.Read(kSpelling, {PgParam::Text(name_key), PgParam::Text(version_key)});
  if (!spelling.ok()) return spelling.status();
  if (spelling->rows() == 0 || spelling->IsNull(0, 0)) {
    return ToolNotFound(name_key, version_key, absl::StrCat("nothing is kept of ", Described(name_key, version_key)));
  }
  Page page;
  page.tool_name = std::string(spelling->Text(0, 0));
  ChangePlace place = before.value_or(ChangePlace{ChangePlace::kLast, ChangePlace::kLast});
  const SteadyTime give_up = SteadyTime::Now() + kPageTime;
  const HistoryStatement& list = ListStatement();
  size_t bytes = 0, compared = 0;
  const auto is_full = [&] {
    if (page.entries.empty()) return false;
    return static_cast<int>(page.entries.size()) == limit || bytes >= kPageBytes || compared >= kComparedBytes ||
           SteadyTime::Now() >= give_up;
  };
  while (true) {
    if (abandoned()) return MakeError(Reason::kCancelled, "cancelled by the caller");
    // One change more than is needed shows whether another page follows.
    const int wanted = std::min(kChunkRows, limit + 1 - static_cast<int>(page.entries.size()));
    absl::StatusOr<PgResult> rows =
        pool_.Read(list.statement, {PgParam::Text(name_key), PgParam::Text(version_key), PgParam::Int(place.revision),
                                    PgParam::Int(place.ordinal), PgParam::Int(wanted)});
    if (!rows.ok()) return rows.status();
    for (int i = 0; i < rows->rows(); ++i) {
      if (is_full()) {
        page.end = place;
        return page;
      }
      const ChangeRow row(list.columns, *rows, i);
      compared += ComparedBytes(row);
      bytes += page.entries.emplace_back(EntryOf(row).SerializeAsString()).size();
      place = {row.revision(), row.ordinal()};
    }
    if (rows->rows() < wanted) return page;
  }
}

}  // namespace toolcatalog
