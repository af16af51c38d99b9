#ifndef CATALOG_SERVICE_CHANGES_CHANGE_ROWS_H_
#define CATALOG_SERVICE_CHANGES_CHANGE_ROWS_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "catalog_service/model/stored_tool.h"
#include "catalog_service/postgres/postgres.h"
#include "catalog_service/postgres/select_list.h"
#include "toolcatalog/v1/change.pb.h"

namespace toolcatalog {

// The columns with which every read of the log begins: those of a change `c`, of its write `r`, of its definition `d`,
// and of the definition before it, `p`. A read that needs more derives from this and adds its own. A new column needs
// one line here.
struct ChangeColumns {
  // Whether a read selects the definitions before the changes, or nulls in their place.
  enum class Previous { kAsNull, kSelect };
  explicit ChangeColumns(Previous previous);

  SelectList list;
  const int revision = list.Add("r.revision");
  const int state_hash = list.Add("r.state_hash");
  const int committed_at = list.Add("r.committed_at");
  const int actor = list.Add("r.actor");
  const int reason = list.Add("r.reason");
  const int peer = list.Add("r.peer");
  const int request_id = list.Add("r.request_id");
  const int ordinal = list.Add("c.ordinal");
  const int kind = list.Add("c.kind");
  const int name_key = list.Add("c.name_key");
  const int tool_name = list.Add("c.tool_name");
  const int version = list.Add("c.version");
  const int is_latest = list.Add("c.is_latest");
  const int definition_revision = list.Add("c.definition_revision");
  const int content_hash = list.Add("d.content_hash");
  const int body = list.Add("d.body");
  const int previous_revision = list.Add("c.previous_revision");
  const int was_latest = list.Add("c.was_latest");
  const int previous_hash;
  const int previous_body;
};

// The joins that bring `d` and `p` to `c`. A condition may follow each.
inline constexpr char kJoinDefinitions[] =
    "left join definitions d on d.name_key = c.name_key and d.version_key = c.version_key "
    "and d.revision = c.definition_revision ";
inline constexpr char kJoinPrevious[] =
    "left join definitions p on p.name_key = c.name_key and p.version_key = c.version_key "
    "and p.revision = c.previous_revision ";

// The size of a definition, which is known without reading it. 0 if there is none.
std::string SizeOf(absl::string_view body);

// One row of a result with these columns. Columns and result must outlive this.
class ChangeRow {
 public:
  ChangeRow(const ChangeColumns& columns, const PgResult& rows, int row) : columns_(columns), rows_(rows), row_(row) {}

  int64_t revision() const { return rows_.Int(row_, columns_.revision); }
  std::string state_hash() const { return std::string(rows_.Text(row_, columns_.state_hash)); }
  // False in a row that stands for a write without changes.
  bool has_change() const { return !rows_.IsNull(row_, columns_.ordinal); }
  int64_t ordinal() const { return rows_.Int(row_, columns_.ordinal); }
  absl::string_view kind() const { return rows_.Text(row_, columns_.kind); }
  absl::string_view name_key() const { return rows_.Text(row_, columns_.name_key); }
  // The definition after the change, and the one before it. Nothing if the version did not exist then, or if the
  // definition was not selected.
  std::optional<StoredTool> after() const;
  std::optional<StoredTool> before() const;

  // Of the definitions selected.
  size_t bytes() const {
    return rows_.Text(row_, columns_.body).size() + rows_.Text(row_, columns_.previous_body).size();
  }

  // All of the change but `tool` and `previous`.
  v1::Change WithoutTools() const;
  // All of the change, serialized.
  std::string Encode() const;

 private:
  std::string TextAt(int column) const { return std::string(rows_.Text(row_, column)); }

  const ChangeColumns& columns_;
  const PgResult& rows_;
  const int row_;
};

// What can happen to a version.
const std::vector<std::string>& ChangeKinds();

// What is wrong with a kind that a request gives, "" if nothing.
std::string CheckChangeKind(const std::string& kind);

}  // namespace toolcatalog

#endif  // CATALOG_SERVICE_CHANGES_CHANGE_ROWS_H_
