#include "catalog_service/changes/definition_rows.h"

namespace toolcatalog {
namespace {

// Cut by the sizes of the rows before, so the first always fits. A size is known without reading the body.
constexpr PgStatement kDefinitions = {
    "definitions_of_keys",
    "select place, body, content_hash from (select k.place, d.body, d.content_hash, "
    "sum(octet_length(d.body)) over (order by k.place) - octet_length(d.body) as before "
    "from unnest($1::text[], $2::text[], $3::bigint[]) with ordinality as k(name_key, version_key, revision, place) "
    "join definitions d on d.name_key = k.name_key and d.version_key = k.version_key and d.revision = k.revision) s "
    "where before < $4 order by place"};

}  // namespace

void DefinitionKeys::Add(const std::string& name_key, const std::string& version_key, int64_t revision) {
  name_keys.push_back(name_key);
  version_keys.push_back(version_key);
  revisions.push_back(revision);
}

absl::StatusOr<DefinitionRows> DefinitionRows::Read(PgPool& pool, const DefinitionKeys& keys, size_t max_bytes) {
  absl::StatusOr<PgResult> rows =
      pool.Read(kDefinitions, {PgParam::TextArray(keys.name_keys), PgParam::TextArray(keys.version_keys),
                               PgParam::IntArray(keys.revisions), PgParam::Int(static_cast<int64_t>(max_bytes))});
  if (!rows.ok()) return rows.status();
  return DefinitionRows(*std::move(rows));
}

size_t DefinitionRows::PlaceOf(int row) const { return static_cast<size_t>(rows_.Int(row, 0)) - 1; }

StoredTool DefinitionRows::Stored(int row, int64_t revision, bool is_latest) const {
  return {rows_.Text(row, 1), rows_.Text(row, 2), revision, is_latest};
}

}  // namespace toolcatalog
