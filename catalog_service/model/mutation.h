#ifndef CATALOG_SERVICE_MODEL_MUTATION_H_
#define CATALOG_SERVICE_MODEL_MUTATION_H_

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "catalog_service/model/tool_state.h"
#include "toolcatalog/v1/tool.pb.h"

namespace toolcatalog {

// What the etag of the target must be.
struct EtagCondition {
  // Whether there is a condition at all.
  bool given = false;
  // Of these the target must have one; without any, no target will do.
  std::vector<std::string> any_of;
  // `*`: any existing target will do.
  bool any = false;
};

// Who makes a write that names nobody.
inline constexpr char kDefaultActor[] = "api";

// Stores a valid, normalized definition as a new version.
struct CreateMutation {
  v1::Tool tool;
};

// Replaces fields of one version; version key "" = the latest.
struct UpdateMutation {
  std::string name_key;
  std::string version_key;
  std::vector<std::string> paths;
  v1::Tool values;
  EtagCondition condition;
  // Whether the actor is `updated_by` of `values`. Who has only copied it from what is stored has not named an actor.
  bool actor_in_body = false;
};

// Deletes one version; version key "" = all.
struct DeleteMutation {
  std::string name_key;
  std::string version_key;
  EtagCondition condition;
};

// Sets `enabled` of one version; version key "" = the latest.
struct SetEnabledMutation {
  std::string name_key;
  std::string version_key;
  bool enabled = true;
  EtagCondition condition;
};

// Makes a version the latest.
struct PromoteMutation {
  std::string name_key;
  std::string version_key;
  EtagCondition condition;
};

// Makes a tool, or only one version of it, what it was; version key "" = the whole tool.
struct RollbackMutation {
  std::string name_key;
  std::string version_key;
  EtagCondition condition;
  // The tool as it was: read before the lock, since the past does not change.
  ToolState target;
};

// Changes nothing and fails. A request that breaks a rule becomes this if it has a request id. For it may be the
// repetition of a request that was applied when the rules were others, or when the past that it names was still kept.
struct RefusedMutation {
  absl::Status why;
};

// Stores valid, normalized definitions: each for itself or, if `atomic`, all or none of them.
struct ImportMutation {
  std::vector<v1::Tool> tools;
  bool overwrite = false;
  bool atomic = false;
  // SHA-256 of the tools, for an import that may be repeated; else "".
  std::string hash;
};

// Tells whether two requests are the same write. `id` is "" if the caller gave none.
struct RequestIdentity {
  // A lower-case UUID. Further parts of an import have "#" and the number of the part behind it.
  std::string id;
  std::string method;
  // SHA-256 of the request without its id.
  std::string hash;
};

// One write, as a caller wants it. Whether it can be done is decided under the counter lock.
struct Mutation {
  using Action = std::variant<CreateMutation, UpdateMutation, DeleteMutation, SetEnabledMutation, PromoteMutation,
                              RollbackMutation, ImportMutation, RefusedMutation>;
  Action action;
  RequestIdentity identity;
  // Decide and answer, change nothing.
  bool validate_only = false;
  // Who writes, why, from where, with which request id: for the log.
  std::string actor;
  std::string reason;
  std::string peer;
  std::string request_id;
};

// A version that a mutation reads, changes or makes; version key "" = the latest, or all.
struct VersionKey {
  std::string name_key;
  std::string version_key;
};
std::vector<VersionKey> TouchedVersions(const Mutation& mutation);

// How one item of an import ended: stored, unchanged (`skipped`) or refused.
struct ImportItemResult {
  bool skipped = false;
  absl::Status status;
};

// What a mutation that succeeded did.
struct MutationResult {
  // Its revision; the current one if it changed nothing.
  int64_t revision = 0;
  // The tool afterwards, for all but deletes and imports.
  v1::Tool tool;
  int deleted_versions = 0;
  // One for each tool of an import.
  std::vector<ImportItemResult> items;
  // SHA-256 of the tools of the import; "" for other mutations.
  std::string items_hash;
};

}  // namespace toolcatalog

#endif  // CATALOG_SERVICE_MODEL_MUTATION_H_
