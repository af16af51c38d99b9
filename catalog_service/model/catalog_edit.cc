#include "catalog_service/model/catalog_edit.h"

#include <algorithm>
#include <utility>

#include "catalog_service/model/facets.h"
#include "common/definition/definition.h"
#include "common/timestamps.h"

namespace toolcatalog {

CatalogEdit::CatalogEdit(std::map<std::string, ToolState>* tools, StateHash* state_hash, int64_t revision,
                         std::string actor, absl::Time now)
    : tools_(*tools), state_hash_(*state_hash), revision_(revision), actor_(std::move(actor)), now_(ToTimestamp(now)) {}

void CatalogEdit::Insert(const char* kind, const std::string& name_key, const std::string& version_key, v1::Tool tool) {
  Touch(name_key);
  ToolState& state = tools_[name_key];
  if (state.tool_name.empty()) state.tool_name = tool.tool_name();
  tool.set_tool_name(state.tool_name);
  if (tool.created_by().empty()) tool.set_created_by(actor_);
  *tool.mutable_created_at() = now_;
  Demote(name_key);
  state.latest_version_key = version_key;
  VersionState& version = state.versions[version_key];
  version.version = tool.version();
  version.created_revision = revision_;
  version.created_ordinal = static_cast<int64_t>(changes_.size());
  Store(kind, name_key, version_key, std::move(tool), {});
}

void CatalogEdit::Replace(const char* kind, const std::string& name_key, const std::string& version_key,
                          v1::Tool tool) {
  Touch(name_key);
  HashOut(name_key, version_key);
  AppliedChange change;
  change.previous_revision = tools_.at(name_key).versions.at(version_key).revision;
  Store(kind, name_key, version_key, std::move(tool), std::move(change));
}

void CatalogEdit::Restore(const std::string& name_key, const std::string& version_key, const std::string& tool_name,
                          const VersionState& past) {
  Touch(name_key);
  ToolState& state = tools_[name_key];
  if (state.tool_name.empty()) state.tool_name = tool_name;
  if (state.latest_version_key.empty()) state.latest_version_key = version_key;
  v1::Tool tool;
  tool.ParseFromString(past.body.value());
  tool.set_tool_name(state.tool_name);
  tool.set_updated_by(actor_);
  if (auto now = state.versions.find(version_key); now != state.versions.end()) {
    tool.set_version(now->second.version);
    return Replace("restored", name_key, version_key, std::move(tool));
  }
  VersionState& version = state.versions[version_key];
  version.version = past.version;
  version.created_revision = past.created_revision;
  version.created_ordinal = past.created_ordinal;
  Store("restored", name_key, version_key, std::move(tool), {});
}

void CatalogEdit::Remove(const std::string& name_key, const std::string& version_key) {
  Touch(name_key);
  ToolState& state = tools_.at(name_key);
  HashOut(name_key, version_key);
  AppliedChange change;
  change.previous_revision = state.versions.at(version_key).revision;
  Record("deleted", name_key, version_key, std::move(change));
  changes_.back().definition_revision = 0;
  state.versions.erase(version_key);
  if (state.versions.empty()) tools_.erase(name_key);
}

void CatalogEdit::Promote(const std::string& name_key, const std::string& version_key) {
  Touch(name_key);
  ToolState& state = tools_.at(name_key);
  if (state.latest_version_key == version_key) return;
  Demote(name_key);
  HashOut(name_key, version_key);
  state.latest_version_key = version_key;
  HashIn(name_key, version_key);
  if (HasChange(name_key, version_key)) return;
  AppliedChange change;
  change.previous_revision = state.versions.at(version_key).revision;
  Record("promoted", name_key, version_key, std::move(change));
}

void CatalogEdit::PromoteNewest(const std::string& name_key) {
  auto found = tools_.find(name_key);
  if (found == tools_.end()) return;
  const auto& versions = found->second.versions;
  const auto newest = std::max_element(versions.begin(), versions.end(), [](const auto& a, const auto& b) {
    return std::pair(a.second.created_revision, a.second.created_ordinal) <
           std::pair(b.second.created_revision, b.second.created_ordinal);
  });
  Promote(name_key, newest->first);
}

std::vector<AppliedChange> CatalogEdit::TakeChanges() {
  for (AppliedChange& change : changes_) {
    change.latest_before = latest_before_.at(change.name_key);
    change.was_latest = change.previous_revision > 0 && change.latest_before == change.version_key;
    auto tool = tools_.find(change.name_key);
    change.is_latest =
        change.definition_revision > 0 && tool != tools_.end() && tool->second.latest_version_key == change.version_key;
  }
  return std::move(changes_);
}

// The latest version, if it is still there, is the latest no more.
void CatalogEdit::Demote(const std::string& name_key) {
  ToolState& state = tools_.at(name_key);
  const std::string demoted = std::exchange(state.latest_version_key, "");
  if (state.versions.count(demoted) == 0) return;
  const std::string& content_hash = state.versions.at(demoted).content_hash;
  state_hash_.Remove(name_key, demoted, true, content_hash);
  state_hash_.Add(name_key, demoted, false, content_hash);
}

void CatalogEdit::Store(const char* kind, const std::string& name_key, const std::string& version_key, v1::Tool tool,
                        AppliedChange change) {
  *tool.mutable_updated_at() = now_;
  VersionState& version = tools_.at(name_key).versions.at(version_key);
  version.revision = revision_;
  change.body = SerializeDeterministically(tool);
  version.content_hash = ContentHash(change.body);
  version.body = change.body;
  HashIn(name_key, version_key);
  change.content_hash = version.content_hash;
  change.facets = FacetsOf(tool);
  Record(kind, name_key, version_key, std::move(change));
}

// Completes a change but for what later edits of the same write may change: see `TakeChanges`.
void CatalogEdit::Record(const char* kind, const std::string& name_key, const std::string& version_key,
                         AppliedChange change) {
  const ToolState& state = tools_.at(name_key);
  const VersionState& version = state.versions.at(version_key);
  change.kind = kind;
  change.name_key = name_key;
  change.version_key = version_key;
  change.tool_name = state.tool_name;
  change.version = version.version;
  change.definition_revision = version.revision;
  change.created_revision = version.created_revision;
  change.created_ordinal = version.created_ordinal;
  changes_.push_back(std::move(change));
}

void CatalogEdit::HashOut(const std::string& name_key, const std::string& version_key) {
  const ToolState& tool = tools_.at(name_key);
  state_hash_.Remove(name_key, version_key, version_key == tool.latest_version_key,
                     tool.versions.at(version_key).content_hash);
}

void CatalogEdit::HashIn(const std::string& name_key, const std::string& version_key) {
  const ToolState& tool = tools_.at(name_key);
  state_hash_.Add(name_key, version_key, version_key == tool.latest_version_key,
                  tool.versions.at(version_key).content_hash);
}

bool CatalogEdit::HasChange(const std::string& name_key, const std::string& version_key) const {
  return std::any_of(changes_.begin(), changes_.end(), [&](const AppliedChange& change) {
    return change.name_key == name_key && change.version_key == version_key;
  });
}

void CatalogEdit::Touch(const std::string& name_key) {
  auto tool = tools_.find(name_key);
  latest_before_.try_emplace(name_key, tool == tools_.end() ? "" : tool->second.latest_version_key);
}

}  // namespace toolcatalog
