#ifndef CATALOG_SERVICE_RPC_MUTATION_REQUESTS_H_
#define CATALOG_SERVICE_RPC_MUTATION_REQUESTS_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "catalog_service/model/mutation.h"
#include "common/definition/validation/definition_validator.h"
#include "common/rpc/call.h"
#include "toolcatalog/v1/write.pb.h"

namespace toolcatalog {

// Lower-case key of a name that a request gives. INVALID_ARGUMENT unless it is a name.
absl::StatusOr<std::string> RequiredNameKey(absl::string_view name);
// Lower-case key of a version, "" for none. INVALID_ARGUMENT unless it is a version.
absl::StatusOr<std::string> OptionalVersionKey(absl::string_view version);

// A mutation without action, by the caller: the actor is the metadata `x-actor`, else `in_body`, else "api".
// INVALID_ARGUMENT unless actor, request id and reason can be logged.
absl::StatusOr<Mutation> MutationBy(absl::string_view in_body, const std::string& reason, const CallInfo& call);

// Turns requests into mutations, and checks all that can be checked without the stored state. Each method answers
// INVALID_ARGUMENT that names every violation. If the request has an id, the answer is a `RefusedMutation` with that
// error instead, because the request may repeat one that was right when it was applied.
class MutationRequests {
 public:
  // `validator` must outlive this.
  explicit MutationRequests(const DefinitionValidator* validator) : validator_(*validator) {}

  absl::StatusOr<Mutation> Create(const v1::CreateToolRequest& request, const CallInfo& call) const;
  absl::StatusOr<Mutation> Update(const v1::UpdateToolRequest& request, const CallInfo& call) const;
  absl::StatusOr<Mutation> Delete(const v1::DeleteToolRequest& request, const CallInfo& call) const;
  absl::StatusOr<Mutation> Enable(const v1::EnableToolRequest& request, const CallInfo& call) const;
  absl::StatusOr<Mutation> Disable(const v1::DisableToolRequest& request, const CallInfo& call) const;
  absl::StatusOr<Mutation> Promote(const v1::PromoteToolVersionRequest& request, const CallInfo& call) const;
  // The mutation lacks its target, which the caller reads from the history.
  absl::StatusOr<Mutation> RollBack(const v1::RollbackToolRequest& request, const CallInfo& call) const;

 private:
  absl::StatusOr<CreateMutation> CreateOf(const v1::CreateToolRequest& request) const;
  absl::StatusOr<UpdateMutation> UpdateOf(const v1::UpdateToolRequest& request, const CallInfo& call) const;

  const DefinitionValidator& validator_;
};

}  // namespace toolcatalog

#endif  // CATALOG_SERVICE_RPC_MUTATION_REQUESTS_H_
