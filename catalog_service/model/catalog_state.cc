#include "catalog_service/model/catalog_state.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "catalog_service/model/mutation_rules.h"
#include "common/definition/definition.h"
#include "common/status.h"
#include "toolcatalog/v1/tool.pb.h"

namespace toolcatalog {
namespace {

bool IsAtomicImport(const Mutation& mutation) {
  const auto* import = std::get_if<ImportMutation>(&mutation.action);
  return import != nullptr && import->atomic;
}

bool HasFailedItem(const MutationResult& result) {
  return std::any_of(result.items.begin(), result.items.end(), [](const auto& item) { return !item.status.ok(); });
}

}  // namespace

CatalogState::CatalogState(const DefinitionValidator* validator, int64_t revision, StateHash state_hash, absl::Time now)
    : validator_(*validator), revision_(revision), state_hash_(state_hash), now_(now) {}

void CatalogState::Load(std::string name_key, ToolState tool) {
  loaded_[name_key] = {tool.tool_name, tool.versions.at(tool.latest_version_key).body.value()};
  tools_[std::move(name_key)] = std::move(tool);
}

const CatalogState::LoadedLatest* CatalogState::FindLoaded(const std::string& name_key) const {
  auto found = loaded_.find(name_key);
  return found == loaded_.end() ? nullptr : &found->second;
}

absl::StatusOr<MutationResult> CatalogState::Apply(const Mutation& mutation, int* write_index) {
  *write_index = -1;
  if (const RememberedRequest* known = FindRequest(mutation)) {
    if (known->method == mutation.identity.method && known->hash == mutation.identity.hash) {
      return DecodeAnswer(known->answer);
    }
    return MakeError(Reason::kRequestIdReused,
                     absl::StrCat("request_id: \"", mutation.identity.id,
                                  "\" was used for another request; make a new one for each write"),
                     {{"request_id", mutation.identity.id}});
  }
  const bool is_atomic_import = IsAtomicImport(mutation);
  std::map<std::string, std::optional<ToolState>> before;
  if (mutation.validate_only || is_atomic_import) before = TouchedTools(mutation);
  const StateHash hash_before = state_hash_;
  CatalogEdit edit(&tools_, &state_hash_, revision_ + 1, mutation.actor, now_);
  absl::StatusOr<MutationResult> result = std::visit(MutationRules(&tools_, &validator_, &edit), mutation.action);
  if (!result.ok()) return result;
  std::vector<AppliedChange> changes = edit.TakeChanges();
  if (mutation.validate_only || (is_atomic_import && HasFailedItem(*result))) {
    for (auto& [name_key, tool] : before) {
      tools_.erase(name_key);
      if (tool.has_value()) tools_[name_key] = *std::move(tool);
    }
    state_hash_ = hash_before;
    changes.clear();
    result->tool.clear_revision();
    result->tool.clear_etag();
  }
  if (!changes.empty()) {
    revision_ = edit.revision();
    *write_index = static_cast<int>(writes_.size());
    writes_.push_back({revision_, edit.actor(), state_hash_, std::move(changes)});
  }
  result->revision = revision_;
  if (!mutation.validate_only) Remember(mutation, *result);
  return result;
}

std::map<std::string, std::optional<ToolState>> CatalogState::TouchedTools(const Mutation& mutation) const {
  std::map<std::string, std::optional<ToolState>> touched;
  for (const VersionKey& key : TouchedVersions(mutation)) {
    auto tool = tools_.find(key.name_key);
    touched.try_emplace(key.name_key, tool == tools_.end() ? std::nullopt : std::optional<ToolState>(tool->second));
  }
  return touched;
}

const RememberedRequest* CatalogState::FindRequest(const Mutation& mutation) const {
  if (mutation.identity.id.empty()) return nullptr;
  auto found = requests_.find({mutation.actor, mutation.identity.id});
  return found == requests_.end() ? nullptr : &found->second;
}

// Also what changed nothing: repeated after somebody else's write it would.
void CatalogState::Remember(const Mutation& mutation, const MutationResult& result) {
  const RequestIdentity& identity = mutation.identity;
  if (identity.id.empty()) return;
  const RequestKey key = {mutation.actor, identity.id};
  requests_[key] = {identity.method, identity.hash, EncodeAnswer(result)};
  new_requests_.push_back(key);
}

std::vector<VersionKey> TouchedVersions(const Mutation& mutation) {
  struct Keys {
    std::vector<VersionKey> operator()(const CreateMutation& m) { return {KeyOf(m.tool)}; }
    std::vector<VersionKey> operator()(const UpdateMutation& m) { return {{m.name_key, m.version_key}}; }
    std::vector<VersionKey> operator()(const DeleteMutation& m) { return {{m.name_key, m.version_key}}; }
    std::vector<VersionKey> operator()(const SetEnabledMutation& m) { return {{m.name_key, m.version_key}}; }
    std::vector<VersionKey> operator()(const PromoteMutation& m) { return {{m.name_key, m.version_key}}; }
    std::vector<VersionKey> operator()(const RollbackMutation& m) { return {{m.name_key, m.version_key}}; }
    std::vector<VersionKey> operator()(const RefusedMutation&) { return {}; }
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
