#ifndef CATALOG_SERVICE_MODEL_CATALOG_EDIT_H_
#define CATALOG_SERVICE_MODEL_CATALOG_EDIT_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "catalog_service/model/tool_state.h"
#include "common/definition/state_hash.h"
#include "google/protobuf/timestamp.pb.h"
#include "toolcatalog/v1/tool.pb.h"

namespace toolcatalog {

// What one write did to one version. A row of the log.
struct AppliedChange {
  std::string kind;
  std::string name_key;
  std::string version_key;
  std::string tool_name;
  std::string version;
  // 0 = the version is gone.
  int64_t definition_revision = 0;
  bool is_latest = false;
  // 0 = the version is new.
  int64_t previous_revision = 0;
  bool was_latest = false;
  // Where the version was created: the one that the change found, or else the one that it made.
  int64_t created_revision = 0;
  int64_t created_ordinal = 0;
  // Key of the tool's latest version before the write; empty = there was no such tool.
  std::string latest_before;
  // Set if the write made a definition; empty for promotions and deletions.
  std::string content_hash;
  std::string body;
  std::string facets;
};

// One write that changed something: a revision.
struct AppliedWrite {
  int64_t revision = 0;
  // Who made it, for the log.
  std::string actor;
  StateHash state_hash;
  std::vector<AppliedChange> changes;
};

// Edits a slice of the catalog for one write, under the next revision. Each edit keeps the latest version, the state
// hash and the rows of the log in step. The caller decides whether an edit is allowed. Not thread-safe.
class CatalogEdit {
 public:
  // `tools` and `state_hash` are changed in place and must outlive this.
  CatalogEdit(std::map<std::string, ToolState>* tools, StateHash* state_hash, int64_t revision, std::string actor,
              absl::Time now);

  // Adds a version, which becomes the latest. A definition that names no creator gets the actor as its creator.
  void Insert(const char* kind, const std::string& name_key, const std::string& version_key, v1::Tool tool);
  // Gives a version another definition.
  void Replace(const char* kind, const std::string& name_key, const std::string& version_key, v1::Tool tool);
  // Gives a version the definition that it once had. A version that is gone comes back in its old place in the order of
  // creation. It becomes the latest only if the tool has no other version.
  void Restore(const std::string& name_key, const std::string& version_key, const std::string& tool_name,
               const VersionState& past);
  // Deletes a version; the tool goes with its last version. After the latest version is deleted, the caller must
  // promote another.
  void Remove(const std::string& name_key, const std::string& version_key);
  // Makes a version the latest.
  void Promote(const std::string& name_key, const std::string& version_key);
  // Makes the version created last the latest, if any is left.
  void PromoteNewest(const std::string& name_key);

  int64_t revision() const { return revision_; }
  const std::string& actor() const { return actor_; }
  // Books what follows on somebody else.
  void set_actor(absl::string_view actor) { actor_ = std::string(actor); }
  // The changes, with the state that all edits together have left.
  std::vector<AppliedChange> TakeChanges();

 private:
  void Demote(const std::string& name_key);
  void Store(const char* kind, const std::string& name_key, const std::string& version_key, v1::Tool tool,
             AppliedChange change);
  void Record(const char* kind, const std::string& name_key, const std::string& version_key, AppliedChange change);
  void HashOut(const std::string& name_key, const std::string& version_key);
  void HashIn(const std::string& name_key, const std::string& version_key);
  bool HasChange(const std::string& name_key, const std::string& version_key) const;
  // Notes the latest version of a tool that was not touched before.
  void Touch(const std::string& name_key);

  std::map<std::string, ToolState>& tools_;
  StateHash& state_hash_;
  const int64_t revision_;
  std::string actor_;
  const google::protobuf::Timestamp now_;
  std::vector<AppliedChange> changes_;
  // Key of the latest version of each tool before the first edit; empty = there was no such tool.
  std::map<std::string, std::string> latest_before_;
};

}  // namespace toolcatalog

#endif  // CATALOG_SERVICE_MODEL_CATALOG_EDIT_H_
