#include "catalog_service/changes/change_rows.h"

#include <algorithm>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/text.h"
#include "common/timestamps.h"

namespace toolcatalog {

ChangeColumns::ChangeColumns(Previous previous)
    : previous_hash(list.Add(previous == Previous::kSelect ? "p.content_hash" : "null::bytea")),
      previous_body(list.Add(previous == Previous::kSelect ? "p.body" : "null::bytea")) {}

std::string SizeOf(absl::string_view body) { return absl::StrCat("coalesce(octet_length(", body, "), 0)"); }

std::optional<StoredTool> ChangeRow::after() const {
  if (rows_.IsNull(row_, columns_.content_hash)) return std::nullopt;
  return StoredTool{rows_.Text(row_, columns_.body), rows_.Text(row_, columns_.content_hash),
                    rows_.Int(row_, columns_.definition_revision), rows_.Bool(row_, columns_.is_latest)};
}

std::optional<StoredTool> ChangeRow::before() const {
  if (rows_.IsNull(row_, columns_.previous_hash)) return std::nullopt;
  return StoredTool{rows_.Text(row_, columns_.previous_body), rows_.Text(row_, columns_.previous_hash),
                    rows_.Int(row_, columns_.previous_revision), rows_.Bool(row_, columns_.was_latest)};
}

v1::Change ChangeRow::WithoutTools() const {
  v1::Change change;
  change.set_kind(TextAt(columns_.kind));
  change.set_tool_name(TextAt(columns_.tool_name));
  change.set_version(TextAt(columns_.version));
  change.set_is_latest(rows_.Bool(row_, columns_.is_latest));
  change.set_content_hash(absl::BytesToHexString(rows_.Text(row_, columns_.content_hash)));
  change.set_revision(revision());
  change.set_actor(TextAt(columns_.actor));
  *change.mutable_time() = ToTimestamp(rows_.Time(row_, columns_.committed_at));
  change.set_reason(TextAt(columns_.reason));
  change.set_peer(TextAt(columns_.peer));
  change.set_request_id(TextAt(columns_.request_id));
  return change;
}

std::string ChangeRow::Encode() const {
  std::string change = WithoutTools().SerializeAsString();
  if (const auto tool = after()) AppendField(v1::Change::kToolFieldNumber, EncodeTool(*tool), change);
  if (const auto tool = before()) AppendField(v1::Change::kPreviousFieldNumber, EncodeTool(*tool), change);
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
