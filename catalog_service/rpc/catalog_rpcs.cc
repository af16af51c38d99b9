#include "catalog_service/rpc/catalog_rpcs.h"

#include "common/rpc/call.h"

namespace toolcatalog {

grpc::ServerUnaryReactor* CatalogRpcs::CreateTool(grpc::CallbackServerContext* context,
                                                  const v1::CreateToolRequest* request, v1::Tool* response) {
  return EnterCall("CreateTool", [&] { return calls_.tools->CreateTool(context, request, response); });
}

grpc::ServerUnaryReactor* CatalogRpcs::GetTool(grpc::CallbackServerContext* context, const v1::GetToolRequest* request,
                                               v1::GetToolResponse* response) {
  return EnterCall("GetTool", [&] { return calls_.tools->GetTool(context, request, response); });
}

grpc::ServerUnaryReactor* CatalogRpcs::ListTools(grpc::CallbackServerContext* context,
                                                 const v1::ListToolsRequest* request, v1::ListToolsResponse* response) {
  return EnterCall("ListTools", [&] { return calls_.tools->ListTools(context, request, response); });
}

grpc::ServerUnaryReactor* CatalogRpcs::UpdateTool(grpc::CallbackServerContext* context,
                                                  const v1::UpdateToolRequest* request, v1::Tool* response) {
  return EnterCall("UpdateTool", [&] { return calls_.tools->UpdateTool(context, request, response); });
}

grpc::ServerUnaryReactor* CatalogRpcs::DeleteTool(grpc::CallbackServerContext* context,
                                                  const v1::DeleteToolRequest* request,
                                                  v1::DeleteToolResponse* response) {
  return EnterCall("DeleteTool", [&] { return calls_.tools->DeleteTool(context, request, response); });
}

grpc::ServerUnaryReactor* CatalogRpcs::EnableTool(grpc::CallbackServerContext* context,
                                                  const v1::EnableToolRequest* request, v1::Tool* response) {
  return EnterCall("EnableTool", [&] { return calls_.tools->EnableTool(context, request, response); });
}

grpc::ServerUnaryReactor* CatalogRpcs::DisableTool(grpc::CallbackServerContext* context,
                                                   const v1::DisableToolRequest* request, v1::Tool* response) {
  return EnterCall("DisableTool", [&] { return calls_.tools->DisableTool(context, request, response); });
}

grpc::ServerUnaryReactor* CatalogRpcs::ValidateTool(grpc::CallbackServerContext* context,
                                                    const v1::ValidateToolRequest* request,
                                                    v1::ValidateToolResponse* response) {
  return EnterCall("ValidateTool", [&] { return calls_.tools->ValidateTool(context, request, response); });
}

grpc::ServerUnaryReactor* CatalogRpcs::ListToolVersions(grpc::CallbackServerContext* context,
                                                        const v1::ListToolVersionsRequest* request,
                                                        v1::ListToolVersionsResponse* response) {
  return EnterCall("ListToolVersions", [&] { return calls_.versions->ListToolVersions(context, request, response); });
}

grpc::ServerUnaryReactor* CatalogRpcs::PromoteToolVersion(grpc::CallbackServerContext* context,
                                                          const v1::PromoteToolVersionRequest* request,
                                                          v1::Tool* response) {
  return EnterCall("PromoteToolVersion",
                   [&] { return calls_.versions->PromoteToolVersion(context, request, response); });
}

grpc::ServerUnaryReactor* CatalogRpcs::RollbackTool(grpc::CallbackServerContext* context,
                                                    const v1::RollbackToolRequest* request, v1::Tool* response) {
  return EnterCall("RollbackTool", [&] { return calls_.versions->RollbackTool(context, request, response); });
}

grpc::ServerUnaryReactor* CatalogRpcs::SearchTools(grpc::CallbackServerContext* context,
                                                   const v1::SearchToolsRequest* request,
                                                   v1::SearchToolsResponse* response) {
  return EnterCall("SearchTools", [&] { return calls_.search->SearchTools(context, request, response); });
}

grpc::ServerUnaryReactor* CatalogRpcs::ListCapabilities(grpc::CallbackServerContext* context,
                                                        const v1::ListCapabilitiesRequest* request,
                                                        v1::ListCapabilitiesResponse* response) {
  return EnterCall("ListCapabilities", [&] { return calls_.search->ListCapabilities(context, request, response); });
}

grpc::ServerUnaryReactor* CatalogRpcs::ListCapabilityTools(grpc::CallbackServerContext* context,
                                                           const v1::ListCapabilityToolsRequest* request,
                                                           v1::ListCapabilityToolsResponse* response) {
  return EnterCall("ListCapabilityTools",
                   [&] { return calls_.search->ListCapabilityTools(context, request, response); });
}

grpc::ServerUnaryReactor* CatalogRpcs::ImportTools(grpc::CallbackServerContext* context,
                                                   const v1::ImportToolsRequest* request,
                                                   v1::ImportToolsResponse* response) {
  return EnterCall("ImportTools", [&] { return calls_.imports->ImportTools(context, request, response); });
}

grpc::ServerReadReactor<v1::StreamImportRequest>* CatalogRpcs::StreamImport(grpc::CallbackServerContext* context,
                                                                            v1::ImportToolsResponse* response) {
  return calls_.imports->StreamImport(context, response);
}

grpc::ServerUnaryReactor* CatalogRpcs::ExportTools(grpc::CallbackServerContext* context,
                                                   const v1::ExportToolsRequest* request,
                                                   v1::ExportToolsResponse* response) {
  return EnterCall("ExportTools", [&] { return calls_.exports->Serve(context, *request, response); });
}

grpc::ServerUnaryReactor* CatalogRpcs::ListChanges(grpc::CallbackServerContext* context,
                                                   const v1::ListChangesRequest* request,
                                                   v1::ListChangesResponse* response) {
  return EnterCall("ListChanges", [&] { return calls_.changes->ListChanges(context, request, response); });
}

grpc::ServerUnaryReactor* CatalogRpcs::ListToolHistory(grpc::CallbackServerContext* context,
                                                       const v1::ListToolHistoryRequest* request,
                                                       v1::ListToolHistoryResponse* response) {
  return EnterCall("ListToolHistory", [&] { return calls_.changes->ListToolHistory(context, request, response); });
}

grpc::ServerUnaryReactor* CatalogRpcs::GetRevision(grpc::CallbackServerContext* context,
                                                   const v1::GetRevisionRequest* request,
                                                   v1::GetRevisionResponse* response) {
  return EnterCall("GetRevision", [&] { return calls_.changes->GetRevision(context, request, response); });
}

grpc::ServerUnaryReactor* CatalogRpcs::ListContentHashes(grpc::CallbackServerContext* context,
                                                         const v1::ListContentHashesRequest* request,
                                                         v1::ListContentHashesResponse* response) {
  return EnterCall("ListContentHashes", [&] { return calls_.changes->ListContentHashes(context, request, response); });
}

grpc::ServerUnaryReactor* CatalogRpcs::ListReplicas(grpc::CallbackServerContext* context,
                                                    const v1::ListReplicasRequest* request,
                                                    v1::ListReplicasResponse* response) {
  return EnterCall("ListReplicas", [&] { return calls_.replicas->ListReplicas(context, request, response); });
}

grpc::ServerWriteReactor<v1::StreamExportResponse>* CatalogRpcs::StreamExport(grpc::CallbackServerContext* context,
                                                                              const v1::StreamExportRequest* request) {
  return calls_.export_streams->Open(context, *request);
}

grpc::ServerWriteReactor<grpc::ByteBuffer>* CatalogRpcs::WatchTools(grpc::CallbackServerContext* context,
                                                                    const grpc::ByteBuffer* request) {
  return calls_.changes->WatchTools(context, request);
}

}  // namespace toolcatalog
