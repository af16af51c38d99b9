#include "catalog_service/catalog_edit.h"

#include <algorithm>
#include <utility>

#include "common/definition.h"
#include "google/protobuf/util/time_util.h"

namespace toolcatalog {

StoredTool ToolState::Stored(const std::string& version_key) const {
  const VersionState& version = versions.at(version_key);
  return {version.body, version.content_hash, version.revision, version_key == latest_version_key};
}

CatalogEdit::CatalogEdit(std::map<std::string, ToolState>* tools, StateHash* state_hash, int64_t revision,
                         std::string actor, absl::Time now)
    : tools_(*tools),
      state_hash_(*state_hash),
      revision_(revision),
      actor_(std::move(actor)),
      now_(google::protobuf::util::TimeUtil::MicrosecondsToTimestamp(absl::ToUnixMicros(now))) {}

void CatalogEdit::Insert(const char* kind, const std::string& name_key, const std::string& version_key, v1::Tool tool) {
  Touch(name_key);
  ToolState& state = tools_[name_key];
  if (state.tool_name.empty()) state.tool_name = tool.tool_name();
  tool.set_tool_name(state.tool_name);
  if (tool.created_by().empty()) tool.set_created_by(actor_);
  *tool.mutable_created_at() = now_;
  if (!state.latest_version_key.empty()) HashOut(name_key, state.latest_version_key);
  const std::string demoted = std::exchange(state.latest_version_key, version_key);
  if (!demoted.empty()) HashIn(name_key, demoted);
  VersionState& version = state.versions[version_key];
  version.version = tool.version();
  version.created_revision = revision_;
  version.created_ordinal = static_cast<int64_t>(changes_.size());
  Store(kind, name_key, version_key, std::move(tool), {});
}

void CatalogEdit::Replace(const char* kind, const std::string& name_key, const std::string& version_key,
                          v1::Tool tool) {
  Touch(name_key);
  const ToolState& state = tools_.at(name_key);
  HashOut(name_key, version_key);
  AppliedChange before;
  before.previous_revision = state.versions.at(version_key).revision;
  before.was_latest = state.latest_version_key == version_key;
  Store(kind, name_key, version_key, std::move(tool), std::move(before));
}

void CatalogEdit::Store(const char* kind, const std::string& name_key, const std::string& version_key, v1::Tool tool,
                        AppliedChange change) {
  *tool.mutable_updated_at() = now_;
  VersionState& version = tools_.at(name_key).versions.at(version_key);
  version.revision = revision_;
  version.body = SerializeDeterministically(tool);
  version.content_hash = ContentHash(version.body);
  HashIn(name_key, version_key);
  change.content_hash = version.content_hash;
  change.body = version.body;
  Record(kind, name_key, version_key, std::move(change));
}

void CatalogEdit::Remove(const std::string& name_key, const std::string& version_key) {
  Touch(name_key);
  ToolState& state = tools_.at(name_key);
  HashOut(name_key, version_key);
  AppliedChange change;
  change.previous_revision = state.versions.at(version_key).revision;
  change.was_latest = state.latest_version_key == version_key;
  Record("deleted", name_key, version_key, std::move(change));
  changes_.back().definition_revision = 0;
  changes_.back().is_latest = false;
  state.versions.erase(version_key);
  if (state.versions.empty()) tools_.erase(name_key);
}

void CatalogEdit::PromoteNewest(const std::string& name_key) {
  auto found = tools_.find(name_key);
  if (found == tools_.end()) return;
  Touch(name_key);
  ToolState& state = found->second;
  const auto newest = std::max_element(state.versions.begin(), state.versions.end(), [](const auto& a, const auto& b) {
    return std::pair(a.second.created_revision, a.second.created_ordinal) <
           std::pair(b.second.created_revision, b.second.created_ordinal);
  });
  HashOut(name_key, newest->first);
  state.latest_version_key = newest->first;
  HashIn(name_key, newest->first);
  AppliedChange change;
  change.previous_revision = newest->second.revision;
  Record("promoted", name_key, newest->first, std::move(change));
}

void CatalogEdit::Touch(const std::string& name_key) {
  auto found = tools_.find(name_key);
  latest_before_.try_emplace(name_key, found == tools_.end() ? "" : found->second.latest_version_key);
}

// Completes a change by the state as it is now.
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
  change.is_latest = state.latest_version_key == version_key;
  change.latest_before = latest_before_.at(name_key);
  changes_.push_back(std::move(change));
}

void CatalogEdit::HashOut(const std::string& name_key, const std::string& version_key) {
  const StoredTool stored = tools_.at(name_key).Stored(version_key);
  state_hash_.Remove(name_key, version_key, stored.is_latest, stored.content_hash);
}

void CatalogEdit::HashIn(const std::string& name_key, const std::string& version_key) {
  const StoredTool stored = tools_.at(name_key).Stored(version_key);
  state_hash_.Add(name_key, version_key, stored.is_latest, stored.content_hash);
}

}  // namespace toolcatalog
