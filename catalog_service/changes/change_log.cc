#include "catalog_service/changes/change_log.h"

#include <algorithm>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "catalog_service/changes/change_rows.h"
#include "common/status.h"
#include "toolcatalog/v1/change.pb.h"

namespace toolcatalog {
namespace {

constexpr int64_t kAfterBytes = 1 << 20;
// Keys that one statement of a snapshot is asked for.
constexpr size_t kSnapshotKeys = 256;

constexpr PgStatement kCurrent = {"current_position", "select revision, state_hash from counter"};
constexpr PgStatement kAt = {"position_at", "select revision, state_hash from revisions where revision = $1"};
constexpr PgStatement kOldest = {"oldest_position",
                                 "select revision, state_hash from revisions order by revision limit 1"};

// A definition of the version of `c`. The offset keeps the planner from joining the table in another way than by its
// key, which it would do for want of an idea how few rows a portion has.
#define TOOLCATALOG_DEFINITION_AT(revision_column)                                                                  \
  "select content_hash, body, facets from definitions where name_key = c.name_key and version_key = c.version_key " \
  "and revision = " revision_column " offset 0"

// The cursor's own row comes first. Behind the columns of a change: the counter; the facets of the definitions after
// and before (empty if unknown, null if there is none) and of the version that was the latest in its place, unless that
// has a change of its own; and the bodies of the latter two where only they tell. What a row brings is known once it is
// joined: so the writes are cut first by what they stored, which bounds the rows, and then by the sizes of the bodies
// that would be read, which are known without reading them. The first write always fits.
#define TOOLCATALOG_BYTES(body) "coalesce(octet_length(" body "), 0)"
#define TOOLCATALOG_PREVIOUS_BODY "case when p.facets is null then p.body end"
#define TOOLCATALOG_OVERTAKEN_BODY "case when o.facets is null then o.body end"
#define TOOLCATALOG_AFTER(columns, before) \
  "select * from (select " columns                                                                                    \
  ", (select revision from counter) as current_revision, d.facets, "                                                  \
  "case when c.previous_revision is not null then coalesce(p.facets, '') end, " TOOLCATALOG_PREVIOUS_BODY             \
  ", o.facets, " TOOLCATALOG_OVERTAKEN_BODY ", sum(" TOOLCATALOG_BYTES("d.body") " + " TOOLCATALOG_BYTES(before)      \
  " + " TOOLCATALOG_BYTES(TOOLCATALOG_PREVIOUS_BODY) " + " TOOLCATALOG_BYTES(TOOLCATALOG_OVERTAKEN_BODY)              \
  ") over (order by r.revision) as bytes_read "                                                                       \
  "from (select * from (select revision, state_hash, committed_at, actor, reason, peer, request_id, "                 \
  "sum(case when revision > $1 then change_bytes else 0 end) over (order by revision) - change_bytes as before "      \
  "from (select * from revisions where revision >= $1 order by revision limit $2) w) s "                              \
  "where before <= $3 or revision <= $1 + 1) r "                                                                      \
  "left join lateral (select * from changes where revision = r.revision and r.revision > $1 offset 0) c on true "     \
  "left join lateral (" TOOLCATALOG_DEFINITION_AT("c.definition_revision") ") d on true "                             \
  "left join lateral (" TOOLCATALOG_DEFINITION_AT("c.previous_revision") ") p on true "                               \
  "left join lateral (select facets, body from definitions where c.is_latest and c.latest_before <> c.version_key "   \
  "and name_key = c.name_key and version_key = c.latest_before and revision < c.revision "                            \
  "and not exists (select from changes x where x.name_key = c.name_key and x.revision = c.revision "                  \
  "and x.version_key = c.latest_before) "                                                                             \
  "order by revision desc limit 1) o on true) joined "                                                                \
  "where bytes_read <= $3 or revision <= $1 + 1 order by revision, ordinal"

constexpr PgStatement kAfter = {"log_after", TOOLCATALOG_AFTER(TOOLCATALOG_CHANGE_COLUMNS, "null::bytea")};
constexpr PgStatement kAfterWithPrevious = {"log_after_with_previous",
                                            TOOLCATALOG_AFTER(TOOLCATALOG_CHANGE_COLUMNS_AND_PREVIOUS, "p.body")};

#undef TOOLCATALOG_AFTER
#undef TOOLCATALOG_OVERTAKEN_BODY
#undef TOOLCATALOG_PREVIOUS_BODY
#undef TOOLCATALOG_BYTES
#undef TOOLCATALOG_DEFINITION_AT

constexpr int kCounterColumn = kChangeColumns;
constexpr int kFacetsColumn = kChangeColumns + 1;
constexpr int kPreviousFacetsColumn = kChangeColumns + 2;
constexpr int kOvertakenFacetsColumn = kChangeColumns + 4;

constexpr PgStatement kManifest = {
    "snapshot_manifest",
    "select c.revision, c.state_hash, v.name_key, v.version_key, v.revision, v.version_key = t.latest_version_key "
    "from counter c left join (versions v join tools t on t.name_key = v.name_key) on true "
    "order by v.name_key, v.version_key"};

// The same with the facets of each definition.
constexpr PgStatement kManifestWithFacets = {
    "snapshot_manifest_with_facets",
    "select c.revision, c.state_hash, v.name_key, v.version_key, v.revision, v.version_key = t.latest_version_key, "
    "d.facets from counter c left join (versions v join tools t on t.name_key = v.name_key "
    "join definitions d on d.name_key = v.name_key and d.version_key = v.version_key and d.revision = v.revision) "
    "on true order by v.name_key, v.version_key"};

// Cut by the sizes of the rows before, so the first always fits.
constexpr PgStatement kDefinitions = {
    "snapshot_definitions",
    "select content_hash, body, place from (select d.content_hash, d.body, k.place, "
    "sum(octet_length(d.body)) over (order by k.place) - octet_length(d.body) as before "
    "from unnest($1::text[], $2::text[], $3::bigint[]) with ordinality as k(name_key, version_key, revision, place) "
    "join definitions d on d.name_key = k.name_key and d.version_key = k.version_key and d.revision = k.revision) s "
    "where before < $4 order by place"};

Position PositionOf(const PgResult& rows, int row) { return {rows.Int(row, 0), std::string(rows.Text(row, 1))}; }

std::string EncodeChange(const ChangeRow& row) {
  std::string change = row.WithoutTools().SerializeAsString();
  if (const auto after = row.after()) AppendField(v1::Change::kToolFieldNumber, EncodeTool(*after), change);
  if (const auto before = row.before()) AppendField(v1::Change::kPreviousFieldNumber, EncodeTool(*before), change);
  return change;
}

// Facets from a column, or else from the body in the column behind it.
std::string FacetsIn(const PgResult& rows, int row, int column) {
  return rows.IsNull(row, column + 1) ? std::string(rows.Text(row, column)) : FacetsOfBody(rows.Text(row, column + 1));
}

ChangeFacts FactsOf(const PgResult& rows, int i) {
  const ChangeRow row(rows, i);
  ChangeFacts facts{std::string(row.kind()), std::string(row.name_key()), {}};
  const auto add = [&facts](std::string state) {
    if (std::find(facts.states.begin(), facts.states.end(), state) == facts.states.end()) {
      facts.states.push_back(std::move(state));
    }
  };
  if (const auto after = row.after()) {
    add(rows.IsNull(i, kFacetsColumn) ? FacetsOfBody(after->body) : std::string(rows.Text(i, kFacetsColumn)));
  }
  if (!rows.IsNull(i, kPreviousFacetsColumn)) add(FacetsIn(rows, i, kPreviousFacetsColumn));
  std::string overtaken = FacetsIn(rows, i, kOvertakenFacetsColumn);
  if (!overtaken.empty()) add(std::move(overtaken));
  return facts;
}

}  // namespace

absl::StatusOr<Position> ChangeLog::Current() {
  absl::StatusOr<PgResult> rows = pool_.Read(kCurrent, {});
  if (!rows.ok()) return rows.status();
  return PositionOf(*rows, 0);
}

absl::StatusOr<Position> ChangeLog::Oldest() {
  absl::StatusOr<PgResult> rows = pool_.Read(kOldest, {});
  if (!rows.ok()) return rows.status();
  return PositionOf(*rows, 0);
}

absl::Status ChangeLog::WhyGone(const Position& cursor) {
  absl::StatusOr<Position> current = Current();
  if (!current.ok()) return current.status();
  absl::StatusOr<Position> oldest = Oldest();
  if (!oldest.ok()) return oldest.status();
  const bool compacted = cursor.revision < oldest->revision;
  return MakeError(
      compacted ? Reason::kCompacted : Reason::kHistoryDiverged,
      compacted ? absl::StrCat("revision ", cursor.revision, " is kept no longer; the oldest is ", oldest->revision)
                : absl::StrCat("revision ", cursor.revision,
                               " with this state hash is not in the history, which is at ", current->revision),
      {{"oldest_revision", absl::StrCat(oldest->revision)}, {"current_revision", absl::StrCat(current->revision)}});
}

absl::StatusOr<Position> ChangeLog::Verify(int64_t revision, absl::string_view state_hash) {
  absl::StatusOr<PgResult> rows = pool_.Read(kAt, {PgParam::Int(revision)});
  if (!rows.ok()) return rows.status();
  if (rows->rows() == 1 && (state_hash.empty() || rows->Text(0, 1) == state_hash)) return PositionOf(*rows, 0);
  return WhyGone({revision, std::string(state_hash)});
}

absl::StatusOr<ChangeLog::Portion> ChangeLog::After(const Position& cursor, int max_writes, Previous previous) {
  absl::StatusOr<PgResult> rows =
      pool_.Read(previous == Previous::kInclude ? kAfterWithPrevious : kAfter,
                 {PgParam::Int(cursor.revision), PgParam::Int(max_writes + 1), PgParam::Int(kAfterBytes)});
  if (!rows.ok()) return rows.status();
  if (rows->rows() == 0 || !(PositionOf(*rows, 0) == cursor)) return WhyGone(cursor);
  Portion portion;
  std::vector<LoggedWrite>& writes = portion.writes;
  for (int i = 1; i < rows->rows(); ++i) {
    const int64_t revision = rows->Int(i, 0);
    if (writes.empty() || writes.back().position.revision != revision) {
      const int64_t expected = writes.empty() ? cursor.revision + 1 : writes.back().position.revision + 1;
      if (revision != expected) return WhyGone(cursor);
      writes.push_back({PositionOf(*rows, i), {}});
    }
    const ChangeRow row(*rows, i);
    if (row.has_change()) writes.back().changes.push_back({FactsOf(*rows, i), EncodeChange(row)});
  }
  portion.more = (writes.empty() ? cursor : writes.back().position).revision < rows->Int(0, kCounterColumn);
  return portion;
}

absl::StatusOr<ChangeLog::Manifest> ChangeLog::Snapshot(Facets facets) {
  const bool with_facets = facets == Facets::kInclude;
  absl::StatusOr<PgResult> rows = pool_.Read(with_facets ? kManifestWithFacets : kManifest, {});
  if (!rows.ok()) return rows.status();
  Manifest manifest;
  manifest.position = PositionOf(*rows, 0);
  for (int i = 0; i < rows->rows() && !rows->IsNull(i, 2); ++i) {
    manifest.keys.push_back({std::string(rows->Text(i, 2)), std::string(rows->Text(i, 3)), rows->Int(i, 4),
                             rows->Bool(i, 5), with_facets ? std::string(rows->Text(i, 6)) : ""});
  }
  return manifest;
}

absl::StatusOr<std::vector<SnapshotTool>> ChangeLog::SnapshotTools(const Manifest& manifest, size_t begin,
                                                                   size_t max_bytes) {
  const size_t end = std::min(begin + kSnapshotKeys, manifest.keys.size());
  std::vector<SnapshotTool> tools;
  if (begin == end) return tools;
  std::vector<std::string> names, versions;
  std::vector<int64_t> revisions;
  for (size_t i = begin; i < end; ++i) {
    names.push_back(manifest.keys[i].name_key);
    versions.push_back(manifest.keys[i].version_key);
    revisions.push_back(manifest.keys[i].revision);
  }
  absl::StatusOr<PgResult> rows =
      pool_.Read(kDefinitions, {PgParam::TextArray(names), PgParam::TextArray(versions), PgParam::IntArray(revisions),
                                PgParam::Int(static_cast<int64_t>(max_bytes))});
  if (!rows.ok()) return rows.status();
  for (int i = 0; i < rows->rows(); ++i) {
    if (rows->Int(i, 2) != i + 1) return WhyGone({0, ""});
    const SnapshotKey& key = manifest.keys[begin + i];
    const StoredTool stored = {rows->Text(i, 1), rows->Text(i, 0), key.revision, key.is_latest};
    tools.push_back({EncodeTool(stored), absl::BytesToHexString(stored.content_hash)});
  }
  if (tools.empty()) return WhyGone({0, ""});
  return tools;
}

}  // namespace toolcatalog
