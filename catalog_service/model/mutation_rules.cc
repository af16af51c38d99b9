#include "catalog_service/model/mutation_rules.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "catalog_service/model/tool_errors.h"
#include "catalog_service/model/update_mask.h"
#include "common/definition/definition.h"
#include "common/status.h"
#include "common/text.h"

namespace toolcatalog {
namespace {

// Keeps the answers that carry all versions, and the work under the lock, bounded.
constexpr size_t kMaxVersions = 100;

std::string Quoted(const v1::Tool& tool) {
  return absl::StrCat("tool \"", tool.tool_name(), "\" version \"", tool.version(), "\"");
}

absl::Status NotFound(absl::string_view name, absl::string_view version) {
  return ToolNotFound(name, version,
                      version.empty() ? absl::StrCat("tool \"", name, "\" does not exist")
                                      : absl::StrCat("tool \"", name, "\" has no version \"", version, "\""));
}

absl::Status CheckEtag(const EtagCondition& condition, const StoredTool& stored) {
  if (!condition.given || condition.any) return absl::OkStatus();
  const std::string etag = EtagOf(stored);
  const auto& tags = condition.any_of;
  if (std::find(tags.begin(), tags.end(), etag) != tags.end()) return absl::OkStatus();
  const std::string demand = tags.empty()
                                 ? "what no tool can have: a weak tag never matches, and etag and if-match must agree"
                                 : toolcatalog::Quoted(tags[0]);
  return MakeError(Reason::kEtagMismatch,
                   absl::StrCat("etag: the stored tool has \"", etag, "\", the request demands ", demand,
                                "; read it again before changing it"),
                   {{"etag", etag}});
}

v1::Tool ParseBody(absl::string_view body) {
  v1::Tool tool;
  tool.ParseFromArray(body.data(), static_cast<int>(body.size()));
  return tool;
}

// What decides whether two definitions are the same: all but who wrote them last, and when.
std::string ComparableBody(v1::Tool tool) {
  tool.clear_created_at();
  tool.clear_updated_at();
  tool.clear_updated_by();
  return SerializeDeterministically(tool);
}

// Whether the tool can have one version more.
absl::Status CheckRoom(const ToolState& tool) {
  if (tool.versions.size() < kMaxVersions) return absl::OkStatus();
  return MakeError(
      Reason::kVersionLimit,
      absl::StrCat("tool \"", tool.tool_name, "\" has ", kMaxVersions, " versions, the most allowed; delete one first"),
      Naming(tool.tool_name, ""));
}

// An update may repeat what identifies a version, but not change it.
absl::Status CheckIdentity(const v1::Tool& before, const v1::Tool& after) {
  if (NameKey(after.tool_name()) != NameKey(before.tool_name())) {
    return InvalidArgumentError("tool_name", absl::StrCat("must match the target \"", before.tool_name(), "\", got \"",
                                                          after.tool_name(), "\""));
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

}  // namespace

absl::StatusOr<MutationResult> MutationRules::operator()(const CreateMutation& create) {
  const std::string name_key = NameKey(create.tool.tool_name()), version_key = NameKey(create.tool.version());
  if (absl::Status status = CheckNew(name_key, version_key, create.tool); !status.ok()) return status;
  v1::Tool tool = create.tool;
  tool.set_updated_by(edit_.actor());
  edit_.Insert("created", name_key, version_key, std::move(tool));
  return Answer(name_key, version_key);
}

absl::StatusOr<MutationResult> MutationRules::operator()(const UpdateMutation& update) {
  std::string version_key = update.version_key;
  absl::StatusOr<StoredTool> stored = Find(update.name_key, version_key, update.condition);
  if (!stored.ok()) return stored.status();
  const v1::Tool before = ParseBody(stored->body);
  v1::Tool after = before;
  ReplaceFields(update.paths, update.values, after);
  if (absl::Status status = CheckIdentity(before, after); !status.ok()) return status;
  after.set_tool_name(before.tool_name());
  after.set_version(before.version());
  NormalizeDefinition(after);
  *after.mutable_created_at() = before.created_at();
  const std::vector<Violation> violations = validator_.ValidateMerged(after);
  if (!violations.empty()) return InvalidArgumentError(violations);
  if (update.actor_in_body && update.values.updated_by() == before.updated_by()) edit_.set_actor(kDefaultActor);
  after.set_updated_by(edit_.actor());
  if (ComparableBody(before) != ComparableBody(after)) edit_.Replace("updated", update.name_key, version_key, after);
  return Answer(update.name_key, version_key);
}

absl::StatusOr<MutationResult> MutationRules::operator()(const SetEnabledMutation& set) {
  std::string version_key = set.version_key;
  absl::StatusOr<StoredTool> stored = Find(set.name_key, version_key, set.condition);
  if (!stored.ok()) return stored.status();
  v1::Tool tool = ParseBody(stored->body);
  if (tool.enabled() != set.enabled) {
    tool.set_enabled(set.enabled);
    tool.set_updated_by(edit_.actor());
    edit_.Replace(set.enabled ? "enabled" : "disabled", set.name_key, version_key, tool);
  }
  return Answer(set.name_key, version_key);
}

absl::StatusOr<MutationResult> MutationRules::operator()(const DeleteMutation& deletion) {
  std::string version_key = deletion.version_key;
  absl::StatusOr<StoredTool> stored = Find(deletion.name_key, version_key, deletion.condition);
  if (!stored.ok()) return stored.status();
  MutationResult result;
  if (deletion.version_key.empty()) {
    while (const ToolState* tool = FindTool(deletion.name_key)) {
      edit_.Remove(deletion.name_key, tool->versions.begin()->first);
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

absl::StatusOr<MutationResult> MutationRules::operator()(const PromoteMutation& promotion) {
  std::string version_key = promotion.version_key;
  absl::StatusOr<StoredTool> stored = Find(promotion.name_key, version_key, promotion.condition);
  if (!stored.ok()) return stored.status();
  edit_.Promote(promotion.name_key, version_key);
  return Answer(promotion.name_key, version_key);
}

absl::StatusOr<MutationResult> MutationRules::operator()(const RollbackMutation& rollback) {
  if (rollback.condition.given) {
    std::string version_key = rollback.version_key;
    absl::StatusOr<StoredTool> stored = Find(rollback.name_key, version_key, rollback.condition);
    if (absl::IsNotFound(stored.status())) {
      return MakeError(Reason::kEtagMismatch, "etag: demanded, but there is no such tool or version now");
    }
    if (!stored.ok()) return stored.status();
  }
  return rollback.version_key.empty() ? RollBackTool(rollback, rollback.target)
                                      : RollBackVersion(rollback, rollback.target);
}

absl::StatusOr<MutationResult> MutationRules::RollBackVersion(const RollbackMutation& rollback, const ToolState& past) {
  if (past.versions.count(rollback.version_key) == 0) {
    return MakeError(
        Reason::kVersionNotInRevision,
        absl::StrCat("tool \"", past.tool_name, "\" had no version \"", rollback.version_key, "\" after that revision"),
        Naming(past.tool_name, rollback.version_key));
  }
  const ToolState* now = FindTool(rollback.name_key);
  if (now != nullptr && now->versions.count(rollback.version_key) == 0) {
    if (absl::Status status = CheckRoom(*now); !status.ok()) return status;
  }
  RestoreIfDifferent(rollback.name_key, rollback.version_key, past);
  return Answer(rollback.name_key, rollback.version_key);
}

absl::StatusOr<MutationResult> MutationRules::RollBackTool(const RollbackMutation& rollback, const ToolState& past) {
  std::vector<std::string> surplus;
  if (const ToolState* now = FindTool(rollback.name_key)) {
    for (const auto& [version_key, version] : now->versions) {
      if (past.versions.count(version_key) == 0) surplus.push_back(version_key);
    }
  }
  for (const auto& [version_key, version] : past.versions) {
    RestoreIfDifferent(rollback.name_key, version_key, past);
  }
  // Before the latest version may go.
  edit_.Promote(rollback.name_key, past.latest_version_key);
  for (const std::string& version_key : surplus) edit_.Remove(rollback.name_key, version_key);
  return Answer(rollback.name_key, past.latest_version_key);
}

void MutationRules::RestoreIfDifferent(const std::string& name_key, const std::string& version_key,
                                       const ToolState& past) {
  const VersionState& target = past.versions.at(version_key);
  const ToolState* now = FindTool(name_key);
  if (now != nullptr && now->versions.count(version_key) > 0) {
    const v1::Tool stored = ParseBody(now->Stored(version_key).body);
    v1::Tool wanted = ParseBody(target.body.value());
    wanted.set_tool_name(stored.tool_name());
    wanted.set_version(stored.version());
    if (ComparableBody(stored) == ComparableBody(wanted)) return;
  }
  edit_.Restore(name_key, version_key, past.tool_name, target);
}

absl::StatusOr<MutationResult> MutationRules::operator()(const ImportMutation& import) {
  MutationResult result;
  for (const v1::Tool& tool : import.tools) result.items.push_back(ImportOne(tool, import.overwrite));
  result.items_hash = import.hash;
  return result;
}

const ToolState* MutationRules::FindTool(const std::string& name_key) const {
  auto found = tools_.find(name_key);
  return found == tools_.end() ? nullptr : &found->second;
}

// The stored version; `version_key` "" becomes the latest one's.
absl::StatusOr<StoredTool> MutationRules::Find(const std::string& name_key, std::string& version_key,
                                               const EtagCondition& condition) const {
  const ToolState* tool = FindTool(name_key);
  if (tool == nullptr) return NotFound(name_key, "");
  if (version_key.empty()) version_key = tool->latest_version_key;
  if (tool->versions.count(version_key) == 0) return NotFound(tool->tool_name, version_key);
  const StoredTool stored = tool->Stored(version_key);
  if (absl::Status status = CheckEtag(condition, stored); !status.ok()) return status;
  return stored;
}

absl::StatusOr<MutationResult> MutationRules::Answer(const std::string& name_key,
                                                     const std::string& version_key) const {
  MutationResult result;
  result.tool = DecodeTool(tools_.at(name_key).Stored(version_key));
  return result;
}

absl::Status MutationRules::CheckNew(const std::string& name_key, const std::string& version_key,
                                     const v1::Tool& tool) const {
  const ToolState* now = FindTool(name_key);
  if (now == nullptr) return absl::OkStatus();
  if (now->versions.count(version_key) > 0) {
    return MakeError(Reason::kToolExists, absl::StrCat(Quoted(tool), " exists already"),
                     Naming(tool.tool_name(), tool.version()));
  }
  return CheckRoom(*now);
}

// A file may say who updated it last.
ImportItemResult MutationRules::ImportOne(v1::Tool tool, bool overwrite) {
  if (tool.updated_by().empty()) tool.set_updated_by(edit_.actor());
  const std::string name_key = NameKey(tool.tool_name()), version_key = NameKey(tool.version());
  auto found = tools_.find(name_key);
  if (found == tools_.end() || found->second.versions.count(version_key) == 0) {
    ImportItemResult result{false, CheckNew(name_key, version_key, tool)};
    if (result.status.ok()) edit_.Insert("imported", name_key, version_key, tool);
    return result;
  }
  if (found->second.versions.at(version_key).revision == edit_.revision()) {
    return {false, MakeError(Reason::kDuplicateTool, absl::StrCat(Quoted(tool), " is in the request twice"),
                             Naming(tool.tool_name(), tool.version()))};
  }
  const v1::Tool before = ParseBody(found->second.Stored(version_key).body);
  v1::Tool after = tool;
  after.set_tool_name(before.tool_name());
  after.set_version(before.version());
  after.set_created_by(before.created_by());
  if (ComparableBody(before) == ComparableBody(after)) return {true, absl::OkStatus()};
  if (!overwrite) {
    return {false, MakeError(Reason::kToolExists,
                             absl::StrCat(Quoted(before),
                                          " exists already with other content; import with overwrite "
                                          "to replace it"),
                             Naming(before.tool_name(), before.version()))};
  }
  *after.mutable_created_at() = before.created_at();
  edit_.Replace("imported", name_key, version_key, after);
  return {};
}

}  // namespace toolcatalog
