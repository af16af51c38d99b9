#include "catalog_service/rpc/tool_calls.h"

#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "catalog_service/rpc/deprecation.h"
#include "common/rpc/call.h"
#include "common/status.h"

namespace toolcatalog {

void ToolCalls::CreateTool(UnaryCall& call, const v1::CreateToolRequest& request, v1::Tool& response) {
  const auto make = [this, &request](const CallInfo& info) { return parts_.mutations->Create(request, info); };
  parts_.writes->WriteTool(call, make, response);
}

void ToolCalls::UpdateTool(UnaryCall& call, const v1::UpdateToolRequest& request, v1::Tool& response) {
  const auto make = [this, &request](const CallInfo& info) { return parts_.mutations->Update(request, info); };
  parts_.writes->WriteTool(call, make, response);
}

void ToolCalls::DeleteTool(UnaryCall& call, const v1::DeleteToolRequest& request, v1::DeleteToolResponse& response) {
  const auto make = [this, &request](const CallInfo& info) { return parts_.mutations->Delete(request, info); };
  const auto fill = [&response](const MutationResult& result) {
    response.set_revision(result.revision);
    response.set_deleted_versions(result.deleted_versions);
  };
  parts_.writes->Write(call, make, fill);
}

void ToolCalls::EnableTool(UnaryCall& call, const v1::EnableToolRequest& request, v1::Tool& response) {
  const auto make = [this, &request](const CallInfo& info) { return parts_.mutations->Enable(request, info); };
  parts_.writes->WriteTool(call, make, response);
}

void ToolCalls::DisableTool(UnaryCall& call, const v1::DisableToolRequest& request, v1::Tool& response) {
  const auto make = [this, &request](const CallInfo& info) { return parts_.mutations->Disable(request, info); };
  parts_.writes->WriteTool(call, make, response);
}

void ToolCalls::GetTool(UnaryCall& call, const v1::GetToolRequest& request, v1::GetToolResponse& response) {
  AnswerReadOn(*parts_.reads, call, [this, &call, &request, &response] {
    absl::Status status = Get(request, &response);
    if (status.ok()) WarnOfDeprecation(response.tool(), call.context());
    return status;
  });
}

absl::Status ToolCalls::Get(const v1::GetToolRequest& request, v1::GetToolResponse* response) const {
  absl::StatusOr<std::string> name_key = RequiredNameKey(request.tool_name());
  if (!name_key.ok()) return name_key.status();
  absl::StatusOr<std::string> version_key = OptionalVersionKey(request.version());
  if (!version_key.ok()) return version_key.status();
  if (request.has_revision() && request.revision() < 0) {
    return InvalidArgumentError("revision", absl::StrCat("must be at least 0, got ", request.revision()));
  }
  absl::StatusOr<v1::GetToolResponse> read = request.has_revision()
                                                 ? parts_.history->GetAsOf(*name_key, *version_key, request.revision())
                                                 : parts_.reader->Get(*name_key, *version_key);
  if (!read.ok()) return read.status();
  *response = *std::move(read);
  return absl::OkStatus();
}

void ToolCalls::ListTools(UnaryCall& call, const v1::ListToolsRequest& request, v1::ListToolsResponse& response) {
  AnswerReadOn(*parts_.reads, call, [this, &call, &request, &response] {
    return parts_.requests->ListTools(request, HoldFor(call), &response);
  });
}

void ToolCalls::ValidateTool(UnaryCall& call, const v1::ValidateToolRequest& request,
                             v1::ValidateToolResponse& response) {
  AnswerReadOn(*parts_.reads, call,
               [this, &request, &response] { return parts_.validation->Validate(request, &response); });
}

}  // namespace toolcatalog
