#ifndef CATALOG_SERVICE_CHANGES_CHANGE_ROWS_H_
#define CATALOG_SERVICE_CHANGES_CHANGE_ROWS_H_

#include <optional>
#include <string>
#include <vector>

#include "catalog_service/model/stored_tool.h"
#include "catalog_service/postgres/postgres.h"
#include "toolcatalog/v1/change.pb.h"

namespace toolcatalog {

// Rows of the log as every read of it selects them: a change `c`, its write `r`, its definition `d`, and the one before
// it, `p`. A statement begins with the columns, and may add some from `kChangeColumns` on. One that has no use for the
// definitions of before selects them as nulls.
#define TOOLCATALOG_CHANGE_COLUMNS_WITH(previous_hash, previous_body)                                      \
  "r.revision, r.state_hash, r.committed_at, r.actor, r.reason, r.peer, r.request_id, c.ordinal, c.kind, " \
  "c.name_key, c.tool_name, c.version, c.is_latest, c.definition_revision, d.content_hash, d.body, "       \
  "c.previous_revision, c.was_latest, " previous_hash ", " previous_body
#define TOOLCATALOG_CHANGE_COLUMNS TOOLCATALOG_CHANGE_COLUMNS_WITH("null::bytea", "null::bytea")
#define TOOLCATALOG_CHANGE_COLUMNS_AND_PREVIOUS TOOLCATALOG_CHANGE_COLUMNS_WITH("p.content_hash", "p.body")
#define TOOLCATALOG_JOIN_DEFINITIONS                                                      \
  "left join definitions d on d.name_key = c.name_key and d.version_key = c.version_key " \
  "and d.revision = c.definition_revision "
#define TOOLCATALOG_JOIN_PREVIOUS                                                         \
  "left join definitions p on p.name_key = c.name_key and p.version_key = c.version_key " \
  "and p.revision = c.previous_revision "
inline constexpr int kChangeColumns = 20;

// One row of a result with these columns, which must outlive this.
class ChangeRow {
 public:
  ChangeRow(const PgResult& rows, int row) : rows_(rows), row_(row) {}

  int64_t revision() const { return rows_.Int(row_, 0); }
  std::string state_hash() const { return std::string(rows_.Text(row_, 1)); }
  // Whether there is a change: a read of writes answers a row for a write without changes, too.
  bool has_change() const { return !rows_.IsNull(row_, 7); }
  int64_t ordinal() const { return rows_.Int(row_, 7); }
  absl::string_view kind() const { return rows_.Text(row_, 8); }
  absl::string_view name_key() const { return rows_.Text(row_, 9); }
  // The definitions after and before; nothing where the version did not exist, or the definition was not selected.
  std::optional<StoredTool> after() const { return StoredAt(13, 14, 12); }
  std::optional<StoredTool> before() const { return StoredAt(16, 18, 17); }

  // All of the change but `tool` and `previous`.
  v1::Change WithoutTools() const;

 private:
  std::optional<StoredTool> StoredAt(int revision_column, int hash_column, int latest_column) const;

  const PgResult& rows_;
  const int row_;
};

// What can happen to a version.
const std::vector<std::string>& ChangeKinds();

// What is wrong with a kind that a request gives, "" if nothing.
std::string CheckChangeKind(const std::string& kind);

}  // namespace toolcatalog

#endif  // CATALOG_SERVICE_CHANGES_CHANGE_ROWS_H_
