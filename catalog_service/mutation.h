#ifndef CATALOG_SERVICE_MUTATION_H_
#define CATALOG_SERVICE_MUTATION_H_

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "toolcatalog/v1/tool.pb.h"

namespace toolcatalog {

// Etags of which the target must have one; empty = no condition.
struct EtagCondition {
  std::vector<std::string> any_of;
  // `*`: any existing target will do.
  bool any = false;
};

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

// Stores valid, normalized definitions, each for itself.
struct ImportMutation {
  std::vector<v1::Tool> tools;
  bool overwrite = false;
};

// One write, as a caller wants it. Whether it can be done is decided under the counter lock.
struct Mutation {
  std::variant<CreateMutation, UpdateMutation, DeleteMutation, SetEnabledMutation, ImportMutation> action;
  // Who writes, from where, with which request id: for the log.
  std::string actor;
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
};

}  // namespace toolcatalog

#endif  // CATALOG_SERVICE_MUTATION_H_
