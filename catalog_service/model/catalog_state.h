#ifndef CATALOG_SERVICE_MODEL_CATALOG_STATE_H_
#define CATALOG_SERVICE_MODEL_CATALOG_STATE_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "catalog_service/model/catalog_edit.h"
#include "catalog_service/model/mutation.h"
#include "catalog_service/model/request_memory.h"
#include "common/definition/state_hash.h"
#include "common/definition/validation/definition_validator.h"

namespace toolcatalog {

// The part of the catalog that some mutations touch, and the rules by which they change it. Pure: no clock, no
// database. Everything about a write is decided here: whether its request is a repetition, whether the tool exists in
// any spelling, etags, merging, which version is the latest. `MutationRules` has the rule of each mutation. Not
// thread-safe.
class CatalogState {
 public:
  // `validator` must outlive this. `revision` and `state_hash` are the counter's.
  CatalogState(const DefinitionValidator* validator, int64_t revision, StateHash state_hash, absl::Time now);

  // Adds a tool that exists in the database, before the first `Apply`.
  void Load(std::string name_key, ToolState tool);

  // Adds a request that was applied before, also before the first `Apply`.
  void LoadRequest(std::string actor, std::string id, RememberedRequest request) {
    requests_[{std::move(actor), std::move(id)}] = std::move(request);
  }

  // Gives an existing version the body that was not read with it.
  void LoadBody(const std::string& name_key, const std::string& version_key, std::string body) {
    tools_.at(name_key).versions.at(version_key).body = std::move(body);
  }

  // Carries out a mutation; the tools that it touches and its request must be loaded. A mutation that fails changes
  // nothing. One that changes something takes the next revision and adds an entry to `writes()`: `*write_index` is the
  // place of that entry, or -1 if there is none. A request that was applied before gets the answer that it got then.
  absl::StatusOr<MutationResult> Apply(const Mutation& mutation, int* write_index);

  // Requests that `Apply` carried out so far, to be remembered.
  const std::vector<RequestKey>& new_requests() const { return new_requests_; }
  const RememberedRequest& request(const RequestKey& key) const { return requests_.at(key); }
  // What `Apply` did so far.
  const std::vector<AppliedWrite>& writes() const { return writes_; }
  const std::map<std::string, ToolState>& tools() const { return tools_; }
  // The latest version of a tool as it was loaded, whatever `Apply` did since.
  struct LoadedLatest {
    std::string tool_name;
    std::string body;
  };
  // Null if the tool was not loaded.
  const LoadedLatest* FindLoaded(const std::string& name_key) const;
  int64_t revision() const { return revision_; }
  const StateHash& state_hash() const { return state_hash_; }
  absl::Time now() const { return now_; }

 private:
  // The tools that a mutation may change, as they are; nullopt = there is none of this name.
  std::map<std::string, std::optional<ToolState>> TouchedTools(const Mutation& mutation) const;
  const RememberedRequest* FindRequest(const Mutation& mutation) const;
  void Remember(const Mutation& mutation, const MutationResult& result);

  const DefinitionValidator& validator_;
  int64_t revision_;
  StateHash state_hash_;
  const absl::Time now_;
  std::map<std::string, ToolState> tools_;
  std::map<std::string, LoadedLatest> loaded_;
  std::map<RequestKey, RememberedRequest> requests_;
  std::vector<RequestKey> new_requests_;
  std::vector<AppliedWrite> writes_;
};

}  // namespace toolcatalog

#endif  // CATALOG_SERVICE_MODEL_CATALOG_STATE_H_
