#include "catalog_service/rpc/tool_calls.h"

#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "catalog_service/rpc/deprecation.h"
#include "common/rpc/call.h"
#include "common/status.h"

namespace toolcatalog {

grpc::ServerUnaryReactor* ToolCalls::CreateTool(grpc::CallbackServerContext* context,
                                                const v1::CreateToolRequest* request, v1::Tool* response) {
  const auto make = [&](const CallInfo& call) { return parts_.mutations->Create(*request, call); };
  return parts_.writes->WriteTool(context, "CreateTool", make, response);
}

grpc::ServerUnaryReactor* ToolCalls::UpdateTool(grpc::CallbackServerContext* context,
                                                const v1::UpdateToolRequest* request, v1::Tool* response) {
  const auto make = [&](const CallInfo& call) { return parts_.mutations->Update(*request, call); };
  return parts_.writes->WriteTool(context, "UpdateTool", make, response);
}

grpc::ServerUnaryReactor* ToolCalls::DeleteTool(grpc::CallbackServerContext* context,
                                                const v1::DeleteToolRequest* request,
                                                v1::DeleteToolResponse* response) {
  const auto make = [&](const CallInfo& call) { return parts_.mutations->Delete(*request, call); };
  const auto fill = [response](const MutationResult& result) {
    response->set_revision(result.revision);
    response->set_deleted_versions(result.deleted_versions);
  };
  return parts_.writes->Write(context, "DeleteTool", make, fill);
}

grpc::ServerUnaryReactor* ToolCalls::EnableTool(grpc::CallbackServerContext* context,
                                                const v1::EnableToolRequest* request, v1::Tool* response) {
  const auto make = [&](const CallInfo& call) { return parts_.mutations->Enable(*request, call); };
  return parts_.writes->WriteTool(context, "EnableTool", make, response);
}

grpc::ServerUnaryReactor* ToolCalls::DisableTool(grpc::CallbackServerContext* context,
                                                 const v1::DisableToolRequest* request, v1::Tool* response) {
  const auto make = [&](const CallInfo& call) { return parts_.mutations->Disable(*request, call); };
  return parts_.writes->WriteTool(context, "DisableTool", make, response);
}

grpc::ServerUnaryReactor* ToolCalls::GetTool(grpc::CallbackServerContext* context, const v1::GetToolRequest* request,
                                             v1::GetToolResponse* response) {
  return ServeReadOn(*parts_.reads, context, "GetTool", [this, context, request, response] {
    absl::Status status = Get(*request, response);
    if (status.ok()) WarnOfDeprecation(response->tool(), context);
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
                                                 : parts_.store->Get(*name_key, *version_key);
  if (!read.ok()) return read.status();
  *response = *std::move(read);
  return absl::OkStatus();
}

grpc::ServerUnaryReactor* ToolCalls::ListTools(grpc::CallbackServerContext* context,
                                               const v1::ListToolsRequest* request, v1::ListToolsResponse* response) {
  return ServeReadOn(*parts_.reads, context, "ListTools",
                     [this, request, response] { return parts_.requests->ListTools(*request, response); });
}

grpc::ServerUnaryReactor* ToolCalls::ValidateTool(grpc::CallbackServerContext* context,
                                                  const v1::ValidateToolRequest* request,
                                                  v1::ValidateToolResponse* response) {
  return ServeReadOn(*parts_.reads, context, "ValidateTool",
                     [this, request, response] { return parts_.validation->Validate(*request, response); });
}

}  // namespace toolcatalog
