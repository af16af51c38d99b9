#include "catalog_service/catalog_state.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "catalog_service/update_mask.h"
#include "common/definition.h"
#include "common/status.h"

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

CatalogState::CatalogState(const DefinitionValidator* validator, int64_t revision, StateHash state_hash, absl::Time now)
    : validator_(*validator), revision_(revision), state_hash_(state_hash), now_(now) {}

// What each mutation demands and does. Every rule checks first and edits afterwards, so one that fails has changed
// nothing.
class CatalogState::Rules {
 public:
  Rules(CatalogState& state, CatalogEdit& edit) : state_(state), edit_(edit) {}

  absl::StatusOr<MutationResult> operator()(const CreateMutation& create) {
    const std::string name_key = NameKey(create.tool.tool_name()), version_key = NameKey(create.tool.version());
    if (absl::Status status = CheckNew(name_key, version_key, create.tool); !status.ok()) return status;
    v1::Tool tool = create.tool;
    tool.set_updated_by(edit_.actor());
    edit_.Insert("created", name_key, version_key, std::move(tool));
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
    after.set_updated_by(edit_.actor());
    if (ComparableBody(before) != ComparableBody(after)) edit_.Replace("updated", update.name_key, version_key, after);
    return Answer(update.name_key, version_key);
  }

  absl::StatusOr<MutationResult> operator()(const SetEnabledMutation& set) {
    std::string version_key = set.version_key;
    absl::StatusOr<StoredTool> stored = Find(set.name_key, version_key, set.condition);
    if (!stored.ok()) return stored.status();
    v1::Tool tool = ParseBody(std::string(stored->body));
    if (tool.enabled() != set.enabled) {
      tool.set_enabled(set.enabled);
      tool.set_updated_by(edit_.actor());
      edit_.Replace(set.enabled ? "enabled" : "disabled", set.name_key, version_key, tool);
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
        edit_.Remove(deletion.name_key, state_.tools_.at(deletion.name_key).versions.begin()->first);
        ++result.deleted_versions;
      }
    } else {
      const bool was_latest = stored->is_latest;
      edit_.Remove(deletion.name_key, version_key);
      if (was_latest) edit_.PromoteNewest(deletion.name_key);
      result.deleted_versions = 1;
    }
    return result;
  }

  absl::StatusOr<MutationResult> operator()(const ImportMutation& import) {
    MutationResult result;
    for (const v1::Tool& tool : import.tools) result.items.push_back(ImportOne(tool, import.overwrite));
    return result;
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
      return InvalidArgumentError(
          "version", absl::StrCat("must match the target \"", before.version(), "\", got \"", after.version(), "\""));
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

  // A file may say who updated it last.
  ImportItemResult ImportOne(v1::Tool tool, bool overwrite) {
    if (tool.updated_by().empty()) tool.set_updated_by(edit_.actor());
    const std::string name_key = NameKey(tool.tool_name()), version_key = NameKey(tool.version());
    auto found = state_.tools_.find(name_key);
    if (found == state_.tools_.end() || found->second.versions.count(version_key) == 0) {
      ImportItemResult result{false, CheckNew(name_key, version_key, tool)};
      if (result.status.ok()) edit_.Insert("imported", name_key, version_key, tool);
      return result;
    }
    if (found->second.versions.at(version_key).revision == edit_.revision()) {
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
    edit_.Replace("imported", name_key, version_key, after);
    return {};
  }

  CatalogState& state_;
  CatalogEdit& edit_;
};

absl::StatusOr<MutationResult> CatalogState::Apply(const Mutation& mutation, int* write_index) {
  CatalogEdit edit(&tools_, &state_hash_, revision_ + 1, mutation.actor, now_);
  absl::StatusOr<MutationResult> result = std::visit(Rules(*this, edit), mutation.action);
  if (!result.ok()) return result;
  *write_index = -1;
  if (!edit.changes().empty()) {
    // Of two versions that an import adds to a tool, the first was the latest only on the way.
    for (AppliedChange& change : edit.changes()) {
      if (change.is_latest) change.is_latest = tools_.at(change.name_key).latest_version_key == change.version_key;
    }
    revision_ = edit.revision();
    *write_index = static_cast<int>(writes_.size());
    writes_.push_back({revision_, state_hash_, std::move(edit.changes())});
  }
  result->revision = revision_;
  return result;
}

std::vector<VersionKey> TouchedVersions(const Mutation& mutation) {
  struct Keys {
    std::vector<VersionKey> operator()(const CreateMutation& m) { return {KeyOf(m.tool)}; }
    std::vector<VersionKey> operator()(const UpdateMutation& m) { return {{m.name_key, m.version_key}}; }
    std::vector<VersionKey> operator()(const DeleteMutation& m) { return {{m.name_key, m.version_key}}; }
    std::vector<VersionKey> operator()(const SetEnabledMutation& m) { return {{m.name_key, m.version_key}}; }
    std::vector<VersionKey> operator()(const ImportMutation& m) {
      std::vector<VersionKey> keys;
      for (const v1::Tool& tool : m.tools) keys.push_back(KeyOf(tool));
      return keys;
    }
    static VersionKey KeyOf(const v1::Tool& tool) { return {NameKey(tool.tool_name()), NameKey(tool.version())}; }
  };
  return std::visit(Keys(), mutation.action);
}

}  // namespace toolcatalog
