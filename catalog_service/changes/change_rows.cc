#include "catalog_service/changes/change_rows.h"

#include <algorithm>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/text.h"
#include "common/timestamps.h"

namespace toolcatalog {

std::optional<StoredTool> ChangeRow::StoredAt(int revision_column, int hash_column, int latest_column) const {
  if (rows_.IsNull(row_, hash_column)) return std::nullopt;
  return StoredTool{rows_.Text(row_, hash_column + 1), rows_.Text(row_, hash_column), rows_.Int(row_, revision_column),
                    rows_.Bool(row_, latest_column)};
}

v1::Change ChangeRow::WithoutTools() const {
  v1::Change change;
  change.set_kind(std::string(kind()));
  change.set_tool_name(std::string(rows_.Text(row_, 10)));
  change.set_version(std::string(rows_.Text(row_, 11)));
  change.set_is_latest(rows_.Bool(row_, 12));
  change.set_content_hash(absl::BytesToHexString(rows_.Text(row_, 14)));
  change.set_revision(revision());
  change.set_actor(std::string(rows_.Text(row_, 3)));
  *change.mutable_time() = ToTimestamp(rows_.Time(row_, 2));
  change.set_reason(std::string(rows_.Text(row_, 4)));
  change.set_peer(std::string(rows_.Text(row_, 5)));
  change.set_request_id(std::string(rows_.Text(row_, 6)));
  return change;
}

const std::vector<std::string>& ChangeKinds() {
  static const auto* kinds = new std::vector<std::string>{"created",  "updated",  "deleted",  "enabled",
                                                          "disabled", "imported", "promoted", "restored"};
  return *kinds;
}

std::string CheckChangeKind(const std::string& kind) {
  const std::vector<std::string>& kinds = ChangeKinds();
  if (std::find(kinds.begin(), kinds.end(), kind) != kinds.end()) return "";
  return absl::StrCat("unknown value ", Quoted(kind), "; allowed: ", absl::StrJoin(kinds, ", "));
}

}  // namespace toolcatalog
