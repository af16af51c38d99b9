#include "catalog_service/tool_state.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "catalog_service/update_mask.h"
#include "common/status.h"
#include "google/protobuf/util/time_util.h"

namespace toolcatalog {
namespace {

// Keeps the answers that carry all versions, and the work under the lock, bounded.
constexpr size_t kMaxVersions = 100;

std::string Quoted(const v1::Tool& tool) {
  return absl::StrCat("tool \"", tool.tool_name(), "\" version \"", tool.version(), "\"");
}

absl::Status NotFound(absl::string_view name, absl::string_view version) {
  return absl::NotFoundError(version.empty() ? absl::StrCat("tool \"", name, "\" does not exist")
                                             : absl::StrCat("tool \"", name, "\" has no version \"", version, "\""));
}

absl::Status CheckEtag(const EtagCondition& condition, const StoredTool& stored) {
  if (condition.any || condition.any_of.empty()) return absl::OkStatus();
  const std::string etag = EtagOf(stored);
  const auto& tags = condition.any_of;
  if (std::find(tags.begin(), tags.end(), etag) != tags.end()) return absl::OkStatus();
  return WithErrorInfo(
      absl::AbortedError(absl::StrCat("etag: the stored tool has \"", etag, "\", the request demands \"", tags[0],
                                      "\"; read it again before changing it")),
      kReasonEtagMismatch, {{"etag", etag}});
}

v1::Tool ParseBody(const std::string& body) {
  v1::Tool tool;
  tool.ParseFromString(body);
  return tool;
}

// What decides whether two definitions are the same: all but who wrote them last, and when.
std::string ComparableBody(v1::Tool tool) {
  tool.clear_created_at();
  tool.clear_updated_at();
  tool.clear_updated_by();
  return SerializeDeterministically(tool);
}

}  // namespace

StoredTool ToolState::Stored(const std::string& version_key) const {
  const VersionState& version = versions.at(version_key);
  return {version.body, version.content_hash, version.revision, version_key == latest_version_key};
}

CatalogState::CatalogState(const DefinitionValidator* validator, int64_t revision, StateHash state_hash, absl::Time now)
    : validator_(*validator), revision_(revision), state_hash_(state_hash), now_(now) {}

// One mutation being carried out: collects its changes under the next revision. Each method checks first and changes
// afterwards, so one that fails has changed nothing.
class CatalogState::Write {
 public:
  Write(CatalogState& state, const Mutation& mutation)
      : state_(state), actor_(mutation.actor), revision_(state.revision_ + 1) {}

  absl::StatusOr<MutationResult> operator()(const CreateMutation& create) {
    const std::string name_key = NameKey(create.tool.tool_name()), version_key = NameKey(create.tool.version());
    if (absl::Status status = CheckNew(name_key, version_key, create.tool); !status.ok()) return status;
    Insert("created", name_key, version_key, create.tool);
    return Answer(name_key, version_key);
  }

  absl::StatusOr<MutationResult> operator()(const UpdateMutation& update) {
    std::string version_key = update.version_key;
    absl::StatusOr<StoredTool> stored = Find(update.name_key, version_key, update.condition);
    if (!stored.ok()) return stored.status();
    const v1::Tool before = ParseBody(std::string(stored->body));
    v1::Tool after = before;
    ReplaceFields(update.paths, update.values, after);
    if (absl::Status status = CheckIdentity(before, after); !status.ok()) return status;
    after.set_tool_name(before.tool_name());
    after.set_version(before.version());
    NormalizeDefinition(after);
    *after.mutable_created_at() = before.created_at();
    const std::vector<Violation> violations = state_.validator_.Validate(after);
    if (!violations.empty()) return InvalidArgumentError(violations);
    if (ComparableBody(before) != ComparableBody(after)) Replace("updated", update.name_key, version_key, after);
    return Answer(update.name_key, version_key);
  }

  absl::StatusOr<MutationResult> operator()(const SetEnabledMutation& set) {
    std::string version_key = set.version_key;
    absl::StatusOr<StoredTool> stored = Find(set.name_key, version_key, set.condition);
    if (!stored.ok()) return stored.status();
    v1::Tool tool = ParseBody(std::string(stored->body));
    if (tool.enabled() != set.enabled) {
      tool.set_enabled(set.enabled);
      Replace(set.enabled ? "enabled" : "disabled", set.name_key, version_key, tool);
    }
    return Answer(set.name_key, version_key);
  }

  absl::StatusOr<MutationResult> operator()(const DeleteMutation& deletion) {
    std::string version_key = deletion.version_key;
    absl::StatusOr<StoredTool> stored = Find(deletion.name_key, version_key, deletion.condition);
    if (!stored.ok()) return stored.status();
    MutationResult result;
    if (deletion.version_key.empty()) {
      while (state_.tools_.count(deletion.name_key) > 0) {
        Remove(deletion.name_key, state_.tools_.at(deletion.name_key).versions.begin()->first);
        ++result.deleted_versions;
      }
    } else {
      const bool was_latest = stored->is_latest;
      Remove(deletion.name_key, version_key);
      if (was_latest) PromoteNewest(deletion.name_key);
      result.deleted_versions = 1;
    }
    return result;
  }

  absl::StatusOr<MutationResult> operator()(const ImportMutation& import) {
    MutationResult result;
    for (const v1::Tool& tool : import.tools) result.items.push_back(ImportOne(tool, import.overwrite));
    return result;
  }

  // Makes what was collected a revision of the catalog.
  bool Finish() {
    if (write_.changes.empty()) return false;
    write_.revision = state_.revision_ = revision_;
    write_.state_hash = state_.state_hash_;
    state_.writes_.push_back(std::move(write_));
    return true;
  }

 private:
  // The stored version; `*version_key` "" becomes the latest one's.
  absl::StatusOr<StoredTool> Find(const std::string& name_key, std::string& version_key,
                                  const EtagCondition& condition) const {
    auto tool = state_.tools_.find(name_key);
    if (tool == state_.tools_.end()) return NotFound(name_key, "");
    if (version_key.empty()) version_key = tool->second.latest_version_key;
    if (tool->second.versions.count(version_key) == 0) return NotFound(tool->second.tool_name, version_key);
    const StoredTool stored = tool->second.Stored(version_key);
    if (absl::Status status = CheckEtag(condition, stored); !status.ok()) return status;
    return stored;
  }

  absl::StatusOr<MutationResult> Answer(const std::string& name_key, const std::string& version_key) const {
    MutationResult result;
    result.tool = DecodeTool(state_.tools_.at(name_key).Stored(version_key));
    return result;
  }

  // An update may repeat what identifies a version, but not change it.
  static absl::Status CheckIdentity(const v1::Tool& before, const v1::Tool& after) {
    if (NameKey(after.tool_name()) != NameKey(before.tool_name())) {
      return InvalidArgumentError("tool_name", absl::StrCat("must match the target \"", before.tool_name(),
                                                                 "\", got \"", after.tool_name(), "\""));
    }
    if (NameKey(after.version()) != NameKey(before.version())) {
      return InvalidArgumentError("version", absl::StrCat("must match the target \"", before.version(),
                                                               "\", got \"", after.version(), "\""));
    }
    if (after.created_by() != before.created_by()) {
      return InvalidArgumentError("created_by", absl::StrCat("cannot be changed from \"", before.created_by(),
                                                                  "\", got \"", after.created_by(), "\""));
    }
    return absl::OkStatus();
  }

  absl::Status CheckNew(const std::string& name_key, const std::string& version_key, const v1::Tool& tool) const {
    auto found = state_.tools_.find(name_key);
    if (found == state_.tools_.end()) return absl::OkStatus();
    if (found->second.versions.count(version_key) > 0) {
      return absl::AlreadyExistsError(absl::StrCat(Quoted(tool), " exists already"));
    }
    if (found->second.versions.size() >= kMaxVersions) {
      return absl::FailedPreconditionError(absl::StrCat("tool \"", found->second.tool_name, "\" has ", kMaxVersions,
                                                        " versions, the most allowed; delete one first"));
    }
    return absl::OkStatus();
  }

  ImportItemResult ImportOne(const v1::Tool& tool, bool overwrite) {
    const std::string name_key = NameKey(tool.tool_name()), version_key = NameKey(tool.version());
    auto found = state_.tools_.find(name_key);
    if (found == state_.tools_.end() || found->second.versions.count(version_key) == 0) {
      ImportItemResult result{false, CheckNew(name_key, version_key, tool)};
      if (result.status.ok()) Insert("imported", name_key, version_key, tool);
      return result;
    }
    if (found->second.versions.at(version_key).revision == revision_) {
      return {false, absl::AlreadyExistsError(absl::StrCat(Quoted(tool), " is in the request twice"))};
    }
    const v1::Tool before = ParseBody(found->second.versions.at(version_key).body);
    v1::Tool after = tool;
    after.set_tool_name(before.tool_name());
    after.set_version(before.version());
    if (after.created_by().empty()) after.set_created_by(before.created_by());
    if (ComparableBody(before) == ComparableBody(after)) return {true, absl::OkStatus()};
    if (!overwrite) {
      return {false, absl::AlreadyExistsError(absl::StrCat(Quoted(before),
                                                           " exists already with other content; import with overwrite "
                                                           "to replace it"))};
    }
    *after.mutable_created_at() = before.created_at();
    Replace("imported", name_key, version_key, after);
    return {};
  }

  // Adds a version, which becomes the latest.
  void Insert(const char* kind, const std::string& name_key, const std::string& version_key, v1::Tool tool) {
    ToolState& state = state_.tools_[name_key];
    if (state.tool_name.empty()) state.tool_name = tool.tool_name();
    tool.set_tool_name(state.tool_name);
    if (tool.created_by().empty()) tool.set_created_by(actor_);
    *tool.mutable_created_at() = Timestamp();
    if (!state.latest_version_key.empty()) HashOut(name_key, state.latest_version_key);
    const std::string demoted = std::exchange(state.latest_version_key, version_key);
    if (!demoted.empty()) HashIn(name_key, demoted);
    VersionState& version = state.versions[version_key];
    version.version = tool.version();
    version.created_revision = revision_;
    version.created_ordinal = static_cast<int64_t>(write_.changes.size());
    Store(kind, name_key, version_key, std::move(tool), {});
  }

  void Replace(const char* kind, const std::string& name_key, const std::string& version_key, v1::Tool tool) {
    const ToolState& state = state_.tools_.at(name_key);
    HashOut(name_key, version_key);
    AppliedChange before;
    before.previous_revision = state.versions.at(version_key).revision;
    before.was_latest = state.latest_version_key == version_key;
    Store(kind, name_key, version_key, std::move(tool), std::move(before));
  }

  void Store(const char* kind, const std::string& name_key, const std::string& version_key, v1::Tool tool,
             AppliedChange change) {
    *tool.mutable_updated_at() = Timestamp();
    tool.set_updated_by(actor_);
    VersionState& version = state_.tools_.at(name_key).versions.at(version_key);
    version.revision = revision_;
    version.body = SerializeDeterministically(tool);
    version.content_hash = ContentHash(version.body);
    HashIn(name_key, version_key);
    change.content_hash = version.content_hash;
    change.body = version.body;
    Record(kind, name_key, version_key, std::move(change));
  }

  void Remove(const std::string& name_key, const std::string& version_key) {
    ToolState& state = state_.tools_.at(name_key);
    HashOut(name_key, version_key);
    AppliedChange change;
    change.previous_revision = state.versions.at(version_key).revision;
    change.was_latest = state.latest_version_key == version_key;
    Record("deleted", name_key, version_key, std::move(change));
    write_.changes.back().definition_revision = 0;
    write_.changes.back().is_latest = false;
    state.versions.erase(version_key);
    if (state.versions.empty()) state_.tools_.erase(name_key);
  }

  // The version created last becomes the latest, if any is left.
  void PromoteNewest(const std::string& name_key) {
    auto found = state_.tools_.find(name_key);
    if (found == state_.tools_.end()) return;
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

  // Completes a change by the state as it is now.
  void Record(const char* kind, const std::string& name_key, const std::string& version_key, AppliedChange change) {
    const ToolState& state = state_.tools_.at(name_key);
    const VersionState& version = state.versions.at(version_key);
    change.kind = kind;
    change.name_key = name_key;
    change.version_key = version_key;
    change.tool_name = state.tool_name;
    change.version = version.version;
    change.definition_revision = version.revision;
    change.is_latest = state.latest_version_key == version_key;
    write_.changes.push_back(std::move(change));
  }

  void HashOut(const std::string& name_key, const std::string& version_key) {
    const StoredTool stored = state_.tools_.at(name_key).Stored(version_key);
    state_.state_hash_.Remove(name_key, version_key, stored.is_latest, stored.content_hash);
  }

  void HashIn(const std::string& name_key, const std::string& version_key) {
    const StoredTool stored = state_.tools_.at(name_key).Stored(version_key);
    state_.state_hash_.Add(name_key, version_key, stored.is_latest, stored.content_hash);
  }

  google::protobuf::Timestamp Timestamp() const {
    return google::protobuf::util::TimeUtil::MicrosecondsToTimestamp(absl::ToUnixMicros(state_.now_));
  }

  CatalogState& state_;
  const std::string& actor_;
  const int64_t revision_;
  AppliedWrite write_;
};

absl::StatusOr<MutationResult> CatalogState::Apply(const Mutation& mutation, int* write_index) {
  Write write(*this, mutation);
  absl::StatusOr<MutationResult> result = std::visit(write, mutation.action);
  if (!result.ok()) return result;
  *write_index = write.Finish() ? static_cast<int>(writes_.size()) - 1 : -1;
  result->revision = revision_;
  return result;
}

std::vector<std::string> TouchedNames(const Mutation& mutation) {
  struct Names {
    std::vector<std::string> operator()(const CreateMutation& m) { return {NameKey(m.tool.tool_name())}; }
    std::vector<std::string> operator()(const UpdateMutation& m) { return {m.name_key}; }
    std::vector<std::string> operator()(const DeleteMutation& m) { return {m.name_key}; }
    std::vector<std::string> operator()(const SetEnabledMutation& m) { return {m.name_key}; }
    std::vector<std::string> operator()(const ImportMutation& m) {
      std::vector<std::string> names;
      for (const v1::Tool& tool : m.tools) names.push_back(NameKey(tool.tool_name()));
      return names;
    }
  };
  return std::visit(Names(), mutation.action);
}

}  // namespace toolcatalog
