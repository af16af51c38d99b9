#include "catalog_service/changes/change_log.h"

#include <algorithm>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "catalog_service/changes/change_rows.h"
#include "catalog_service/changes/definition_rows.h"
#include "catalog_service/changes/history_bounds.h"
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

// Of the definition before a change, and of the overtaken one. The facets tell all that a stream's filter looks at; an
// older release stored none, and then the filter needs the body.
constexpr char kPreviousBody[] = "case when p.facets is null then p.body end";
constexpr char kOvertakenBody[] = "case when o.facets is null then o.body end";

struct AfterColumns : ChangeColumns {
  using ChangeColumns::ChangeColumns;

  // Has a name of its own, because the statement orders by the column `revision`.
  const int current_revision = list.Add("(select revision from counter) as current_revision");
  const int facets = list.Add("d.facets");
  // Empty if unknown, null if there was no definition.
  const int previous_facets = list.Add("case when c.previous_revision is not null then coalesce(p.facets, '') end");
  const int previous_facets_body = list.Add(kPreviousBody);
  const int overtaken_facets = list.Add("o.facets");
  const int overtaken_facets_body = list.Add(kOvertakenBody);
};

// A definition of the version of `c`. The offset makes the planner join by the table's key: it does not know how few
// rows a portion has, and would join in another way.
std::string DefinitionAt(absl::string_view revision) {
  return absl::StrCat(
      "select content_hash, body, facets from definitions where name_key = c.name_key and version_key = c.version_key "
      "and revision = ",
      revision, " offset 0");
}

// The writes from $1 on, at most $2 with the one at $1, as far as they have stored $3 bytes. The first write after $1
// always fits.
constexpr char kWrites[] =
    "select * from (select revision, state_hash, committed_at, actor, reason, peer, request_id, "
    "sum(case when revision > $1 then change_bytes else 0 end) over (order by revision) - change_bytes as before "
    "from (select * from revisions where revision >= $1 order by revision limit $2) w) s "
    "where before <= $3 or revision <= $1 + 1";

// The version that `c` has replaced as the latest: `c` overtook it. A change of its own in the same write tells of it
// already.
constexpr char kOvertaken[] =
    "select facets, body from definitions where c.is_latest and c.latest_before <> c.version_key "
    "and name_key = c.name_key and version_key = c.latest_before and revision < c.revision "
    "and not exists (select from changes x where x.name_key = c.name_key and x.revision = c.revision "
    "and x.version_key = c.latest_before) "
    "order by revision desc limit 1";

// The row of the cursor, $1, comes first; then come the changes after it. What they bring is bounded twice. `kWrites`
// bounds the number of rows, by what the writes stored. But a row may bring more than its write stored, such as the
// definition before. So the sizes of all bodies are added up, and rows beyond $3 bytes are left out before their bodies
// are read. The first write always fits.
std::string AfterSql(const AfterColumns& columns, ChangeColumns::Previous previous) {
  const std::string bytes =
      absl::StrCat(SizeOf("d.body"), " + ", previous == ChangeColumns::Previous::kSelect ? SizeOf("p.body") : "0",
                   " + ", SizeOf(kPreviousBody), " + ", SizeOf(kOvertakenBody));
  return absl::StrCat(
      "select * from (select ", columns.list.sql(), ", sum(", bytes,
      ") over (order by r.revision) as bytes_read from (", kWrites,
      ") r left join lateral (select * from changes where revision = r.revision and r.revision > $1 offset 0) c ",
      "on true left join lateral (", DefinitionAt("c.definition_revision"), ") d on true left join lateral (",
      DefinitionAt("c.previous_revision"), ") p on true left join lateral (", kOvertaken,
      ") o on true) joined where bytes_read <= $3 or revision <= $1 + 1 order by revision, ordinal");
}

// The statement of `ChangeLog::After`, and the columns of its result.
struct AfterStatement {
  AfterStatement(const char* name, ChangeColumns::Previous previous)
      : columns(previous), sql(AfterSql(columns, previous)), statement{name, sql.c_str()} {}
  AfterStatement(const AfterStatement&) = delete;

  const AfterColumns columns;
  const std::string sql;
  const PgStatement statement;
};

const AfterStatement& StatementFor(ChangeLog::Previous previous) {
  static const auto* without = new AfterStatement("log_after", ChangeColumns::Previous::kAsNull);
  static const auto* with = new AfterStatement("log_after_with_previous", ChangeColumns::Previous::kSelect);
  return previous == ChangeLog::Previous::kInclude ? *with : *without;
}

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

Position PositionOf(const PgResult& rows, int row) { return {rows.Int(row, 0), std::string(rows.Text(row, 1))}; }

Position PositionIn(const ChangeRow& row) { return {row.revision(), row.state_hash()}; }

// Facets as they are stored, or else as the body tells.
std::string FacetsIn(const PgResult& rows, int row, int facets, int body) {
  return rows.IsNull(row, body) ? std::string(rows.Text(row, facets)) : FacetsOfBody(rows.Text(row, body));
}

ChangeFacts FactsOf(const AfterColumns& columns, const PgResult& rows, int i) {
  const ChangeRow row(columns, rows, i);
  ChangeFacts facts{std::string(row.kind()), std::string(row.name_key()), {}};
  const auto add = [&facts](std::string state) {
    if (std::find(facts.states.begin(), facts.states.end(), state) == facts.states.end()) {
      facts.states.push_back(std::move(state));
    }
  };
  if (const auto after = row.after()) {
    add(rows.IsNull(i, columns.facets) ? FacetsOfBody(after->body) : std::string(rows.Text(i, columns.facets)));
  }
  if (!rows.IsNull(i, columns.previous_facets)) {
    add(FacetsIn(rows, i, columns.previous_facets, columns.previous_facets_body));
  }
  std::string overtaken = FacetsIn(rows, i, columns.overtaken_facets, columns.overtaken_facets_body);
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
  return CannotGoOnFrom(cursor.revision, cursor.state_hash, {oldest->revision, current->revision});
}

absl::StatusOr<Position> ChangeLog::Verify(int64_t revision, absl::string_view state_hash) {
  absl::StatusOr<PgResult> rows = pool_.Read(kAt, {PgParam::Int(revision)});
  if (!rows.ok()) return rows.status();
  if (rows->rows() == 1 && (state_hash.empty() || rows->Text(0, 1) == state_hash)) return PositionOf(*rows, 0);
  return WhyGone({revision, std::string(state_hash)});
}

absl::StatusOr<ChangeLog::Portion> ChangeLog::After(const Position& cursor, int max_writes, Previous previous) {
  const AfterStatement& after = StatementFor(previous);
  const AfterColumns& columns = after.columns;
  absl::StatusOr<PgResult> rows = pool_.Read(
      after.statement, {PgParam::Int(cursor.revision), PgParam::Int(max_writes + 1), PgParam::Int(kAfterBytes)});
  if (!rows.ok()) return rows.status();
  if (rows->rows() == 0 || !(PositionIn(ChangeRow(columns, *rows, 0)) == cursor)) return WhyGone(cursor);
  Portion portion;
  std::vector<LoggedWrite>& writes = portion.writes;
  for (int i = 1; i < rows->rows(); ++i) {
    const ChangeRow row(columns, *rows, i);
    const int64_t revision = row.revision();
    if (writes.empty() || writes.back().position.revision != revision) {
      const int64_t expected = writes.empty() ? cursor.revision + 1 : writes.back().position.revision + 1;
      if (revision != expected) return WhyGone(cursor);
      writes.push_back({PositionIn(row), {}});
    }
    if (row.has_change()) writes.back().changes.push_back({FactsOf(columns, *rows, i), row.Encode()});
  }
  portion.more = (writes.empty() ? cursor : writes.back().position).revision < rows->Int(0, columns.current_revision);
  return portion;
}

absl::StatusOr<ChangeLog::Manifest> ChangeLog::ReadManifest(Facets facets) {
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

std::shared_ptr<const ChangeLog::Manifest> ChangeLog::Shared(Facets facets) {
  absl::MutexLock lock(&mutex_);
  return shared_[facets].lock();
}

std::shared_ptr<const ChangeLog::Manifest> ChangeLog::Share(Facets facets, Manifest manifest) {
  auto made = std::make_shared<const Manifest>(std::move(manifest));
  absl::MutexLock lock(&mutex_);
  std::shared_ptr<const Manifest> others = shared_[facets].lock();
  if (others != nullptr && others->position == made->position) return others;
  shared_[facets] = made;
  return made;
}

absl::StatusOr<std::shared_ptr<const ChangeLog::Manifest>> ChangeLog::Snapshot(Facets facets) {
  if (std::shared_ptr<const Manifest> shared = Shared(facets)) {
    absl::StatusOr<Position> current = Current();
    if (!current.ok()) return current.status();
    if (shared->position == *current) return shared;
  }
  absl::StatusOr<Manifest> manifest = ReadManifest(facets);
  if (!manifest.ok()) return manifest.status();
  return Share(facets, *std::move(manifest));
}

absl::StatusOr<ChangeLog::SnapshotPart> ChangeLog::PartOf(const Manifest& manifest, size_t begin, size_t max_bytes,
                                                          absl::FunctionRef<bool(const SnapshotKey&)> passes) {
  const std::vector<SnapshotKey>& keys = manifest.keys;
  DefinitionKeys wanted;
  std::vector<size_t> places;
  for (size_t i = begin; i < keys.size() && places.size() < kSnapshotKeys; ++i) {
    if (!passes(keys[i])) continue;
    places.push_back(i);
    wanted.Add(keys[i].name_key, keys[i].version_key, keys[i].revision);
  }
  if (places.empty()) return SnapshotPart{{}, keys.size()};
  absl::StatusOr<DefinitionRows> rows = DefinitionRows::Read(pool_, wanted, max_bytes);
  if (!rows.ok()) return rows.status();
  if (rows->size() == 0) return WhyGone(manifest.position);
  SnapshotPart part;
  for (int i = 0; i < rows->size(); ++i) {
    if (rows->PlaceOf(i) != static_cast<size_t>(i)) return WhyGone(manifest.position);
    const SnapshotKey& key = keys[places[i]];
    const StoredTool stored = rows->Stored(i, key.revision, key.is_latest);
    part.tools.push_back({EncodeTool(stored), absl::BytesToHexString(stored.content_hash), places[i]});
  }
  part.next = part.tools.back().place + 1;
  while (part.next < keys.size() && !passes(keys[part.next])) ++part.next;
  return part;
}

absl::StatusOr<std::vector<SnapshotTool>> ChangeLog::SnapshotTools(const Manifest& manifest, size_t begin,
                                                                   size_t max_bytes) {
  absl::StatusOr<SnapshotPart> part = PartOf(manifest, begin, max_bytes, [](const SnapshotKey&) { return true; });
  if (!part.ok()) return part.status();
  return std::move(part->tools);
}

}  // namespace toolcatalog
