#include "catalog_service/rpc/mutation_requests.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "catalog_service/model/request_memory.h"
#include "catalog_service/model/update_mask.h"
#include "catalog_service/rpc/entity_tags.h"
#include "common/definition/definition.h"
#include "common/rpc/request_rules.h"
#include "common/status.h"
#include "common/text.h"
#include "toolcatalog/v1/tool.pb.h"

namespace toolcatalog {
namespace {

constexpr size_t kMaxReasonCharacters = 1000;

// A valid definition, to try the fields of an update on before the stored one is known.
v1::Tool Probe(absl::string_view name, const Vocabulary& vocabulary) {
  v1::Tool probe;
  probe.set_tool_name(std::string(name));
  probe.set_description("probe");
  probe.set_platform(vocabulary.platforms.front());
  probe.set_category(vocabulary.categories.front());
  return probe;
}

// The target of a mutation other than create, and its condition.
template <typename Action, typename Request>
absl::StatusOr<Action> Target(const Request& request, absl::string_view name, absl::string_view etag,
                              const CallInfo& call) {
  absl::StatusOr<std::string> name_key = RequiredNameKey(name);
  if (!name_key.ok()) return name_key.status();
  absl::StatusOr<std::string> version_key = OptionalVersionKey(request.version());
  if (!version_key.ok()) return version_key.status();
  absl::StatusOr<EtagCondition> condition = ConditionOf(etag, call.if_match);
  if (!condition.ok()) return condition.status();
  Action action;
  action.name_key = *std::move(name_key);
  action.version_key = *std::move(version_key);
  action.condition = *std::move(condition);
  return action;
}

// `named` is the message that has the request's `request_id`, `reason` and `validate_only`.
template <typename Request, typename Named, typename Action>
absl::StatusOr<Mutation> Complete(absl::string_view actor_in_body, const CallInfo& call, const Request& request,
                                  const Named& named, absl::StatusOr<Action> action) {
  if (!action.ok() && named.request_id().empty()) return action.status();
  absl::StatusOr<Mutation> mutation = MutationBy(actor_in_body, named.reason(), call);
  if (!mutation.ok()) return mutation;
  absl::StatusOr<RequestIdentity> identity = IdentifyRequest(named.request_id(), request);
  if (!identity.ok()) return identity.status();
  if (!identity->id.empty()) mutation->request_id = identity->id;
  mutation->identity = *std::move(identity);
  mutation->validate_only = named.validate_only();
  if (action.ok()) {
    mutation->action = *std::move(action);
  } else {
    mutation->action = RefusedMutation{action.status()};
  }
  return mutation;
}

bool Names(const std::vector<std::string>& paths, absl::string_view field) {
  return std::find(paths.begin(), paths.end(), field) != paths.end();
}

}  // namespace

absl::StatusOr<std::string> RequiredNameKey(absl::string_view name) {
  if (std::optional<Violation> violation = CheckToolName("tool_name", name)) return InvalidArgumentError({*violation});
  return NameKey(name);
}

absl::StatusOr<std::string> OptionalVersionKey(absl::string_view version) {
  if (version.empty()) return "";
  if (std::optional<Violation> violation = CheckVersion("version", version)) return InvalidArgumentError({*violation});
  return NameKey(version);
}

absl::StatusOr<Mutation> MutationBy(absl::string_view in_body, const std::string& reason, const CallInfo& call) {
  Mutation mutation;
  const bool is_named = call.actor.empty() && !in_body.empty();
  mutation.actor = std::string(is_named ? in_body : absl::string_view(call.actor));
  if (mutation.actor.empty()) mutation.actor = kDefaultActor;
  std::vector<Violation> violations;
  CheckShortText(is_named ? "updated_by" : "x-actor", mutation.actor, violations);
  CheckShortText("x-request-id", call.request_id, violations);
  CheckText("reason", reason, kMaxReasonCharacters, violations);
  if (!violations.empty()) return InvalidArgumentError(violations);
  mutation.peer = call.peer;
  mutation.request_id = call.request_id;
  mutation.reason = reason;
  return mutation;
}

absl::StatusOr<CreateMutation> MutationRequests::CreateOf(const v1::CreateToolRequest& request) const {
  CreateMutation create{request.tool()};
  NormalizeDefinition(create.tool);
  std::vector<Violation> violations = validator_.Validate(create.tool);
  if (std::optional<Violation> reserved = CheckNotReserved("tool_name", create.tool.tool_name())) {
    violations.push_back(*std::move(reserved));
  }
  if (!violations.empty()) return InvalidArgumentError(violations);
  return create;
}

absl::StatusOr<Mutation> MutationRequests::Create(const v1::CreateToolRequest& request, const CallInfo& call) const {
  if (call.if_match.has_value()) {
    return InvalidArgumentError("if-match", "must not be given with a create, which has no target");
  }
  const v1::Tool& tool = request.tool();
  return Complete(tool.updated_by().empty() ? tool.created_by() : tool.updated_by(), call, request, request,
                  CreateOf(request));
}

absl::StatusOr<UpdateMutation> MutationRequests::UpdateOf(const v1::UpdateToolRequest& request,
                                                          const CallInfo& call) const {
  const v1::Tool& tool = request.tool();
  absl::StatusOr<UpdateMutation> update = Target<UpdateMutation>(request, tool.tool_name(), tool.etag(), call);
  if (!update.ok()) return update.status();
  absl::StatusOr<std::vector<std::string>> paths =
      PathsToUpdate(tool, request.has_update_mask() ? &request.update_mask() : nullptr);
  if (!paths.ok()) return paths.status();
  // The name says which tool; alone it changes nothing.
  paths->erase(std::remove(paths->begin(), paths->end(), "tool_name"), paths->end());
  if (paths->empty()) {
    return InvalidArgumentError("update_mask", "must name a field to change; the request has none");
  }
  v1::Tool probe = Probe(tool.tool_name(), validator_.vocabulary());
  ReplaceFields(*paths, tool, probe);
  NormalizeDefinition(probe);
  const std::vector<Violation> violations = validator_.Validate(probe);
  if (!violations.empty()) return InvalidArgumentError(violations);
  update->actor_in_body = call.actor.empty() && Names(*paths, "updated_by");
  update->paths = *std::move(paths);
  update->values = tool;
  return update;
}

absl::StatusOr<Mutation> MutationRequests::Update(const v1::UpdateToolRequest& request, const CallInfo& call) const {
  absl::StatusOr<UpdateMutation> update = UpdateOf(request, call);
  const bool is_named = update.ok() && update->actor_in_body;
  return Complete(is_named ? request.tool().updated_by() : "", call, request, request, std::move(update));
}

absl::StatusOr<Mutation> MutationRequests::Delete(const v1::DeleteToolRequest& request, const CallInfo& call) const {
  if (request.has_version() && request.version().empty()) {
    return InvalidArgumentError("version", "must not be empty; leave it out to delete all versions");
  }
  return Complete("", call, request, request,
                  Target<DeleteMutation>(request, request.tool_name(), request.etag(), call));
}

absl::StatusOr<Mutation> MutationRequests::Enable(const v1::EnableToolRequest& request, const CallInfo& call) const {
  absl::StatusOr<SetEnabledMutation> set =
      Target<SetEnabledMutation>(request, request.tool_name(), request.etag(), call);
  if (set.ok()) set->enabled = !request.options().has_enabled() || request.options().enabled();
  return Complete("", call, request, request.options(), std::move(set));
}

absl::StatusOr<Mutation> MutationRequests::Disable(const v1::DisableToolRequest& request, const CallInfo& call) const {
  absl::StatusOr<SetEnabledMutation> set =
      Target<SetEnabledMutation>(request, request.tool_name(), request.etag(), call);
  if (set.ok()) set->enabled = false;
  return Complete("", call, request, request.options(), std::move(set));
}

absl::StatusOr<Mutation> MutationRequests::Promote(const v1::PromoteToolVersionRequest& request,
                                                   const CallInfo& call) const {
  if (request.version().empty()) return InvalidArgumentError("version", kIsRequired);
  return Complete("", call, request, request,
                  Target<PromoteMutation>(request, request.tool_name(), request.etag(), call));
}

absl::StatusOr<Mutation> MutationRequests::RollBack(const v1::RollbackToolRequest& request,
                                                    const CallInfo& call) const {
  if (request.to_revision() == 0) return InvalidArgumentError("to_revision", kIsRequired);
  if (request.to_revision() < 0) {
    return InvalidArgumentError("to_revision", absl::StrCat("must be at least 1, got ", request.to_revision()));
  }
  return Complete("", call, request, request,
                  Target<RollbackMutation>(request, request.tool_name(), request.etag(), call));
}

}  // namespace toolcatalog
