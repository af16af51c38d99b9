#include "catalog_service/rpc/catalog_rpcs.h"

namespace toolcatalog {
namespace {

// For requests that hold a definition.
constexpr RequestBounds Definition(const char* method, bool is_write) {
  return {method, kMaxDefinitionRequestBytes, kDefinitionParseFactor, is_write};
}

}  // namespace

CatalogRpcs::Unary CatalogRpcs::CreateTool(Context* context, const Bytes* request, Bytes* response) {
  return ServeUnary(open_, Definition("CreateTool", true), context, request, response, calls_.tools,
                    &ToolCalls::CreateTool);
}

CatalogRpcs::Unary CatalogRpcs::GetTool(Context* context, const Bytes* request, Bytes* response) {
  return ServeUnary(open_, {"GetTool"}, context, request, response, calls_.tools, &ToolCalls::GetTool);
}

CatalogRpcs::Unary CatalogRpcs::ListTools(Context* context, const Bytes* request, Bytes* response) {
  return ServeUnary(open_, {"ListTools"}, context, request, response, calls_.tools, &ToolCalls::ListTools);
}

CatalogRpcs::Unary CatalogRpcs::UpdateTool(Context* context, const Bytes* request, Bytes* response) {
  return ServeUnary(open_, Definition("UpdateTool", true), context, request, response, calls_.tools,
                    &ToolCalls::UpdateTool);
}

CatalogRpcs::Unary CatalogRpcs::DeleteTool(Context* context, const Bytes* request, Bytes* response) {
  return ServeUnary(open_, WriteBounds("DeleteTool"), context, request, response, calls_.tools, &ToolCalls::DeleteTool);
}

CatalogRpcs::Unary CatalogRpcs::EnableTool(Context* context, const Bytes* request, Bytes* response) {
  return ServeUnary(open_, WriteBounds("EnableTool"), context, request, response, calls_.tools, &ToolCalls::EnableTool);
}

CatalogRpcs::Unary CatalogRpcs::DisableTool(Context* context, const Bytes* request, Bytes* response) {
  return ServeUnary(open_, WriteBounds("DisableTool"), context, request, response, calls_.tools,
                    &ToolCalls::DisableTool);
}

CatalogRpcs::Unary CatalogRpcs::ValidateTool(Context* context, const Bytes* request, Bytes* response) {
  return ServeUnary(open_, Definition("ValidateTool", false), context, request, response, calls_.tools,
                    &ToolCalls::ValidateTool);
}

CatalogRpcs::Unary CatalogRpcs::ListToolVersions(Context* context, const Bytes* request, Bytes* response) {
  return ServeUnary(open_, {"ListToolVersions"}, context, request, response, calls_.versions,
                    &VersionCalls::ListToolVersions);
}

CatalogRpcs::Unary CatalogRpcs::PromoteToolVersion(Context* context, const Bytes* request, Bytes* response) {
  return ServeUnary(open_, WriteBounds("PromoteToolVersion"), context, request, response, calls_.versions,
                    &VersionCalls::PromoteToolVersion);
}

CatalogRpcs::Unary CatalogRpcs::RollbackTool(Context* context, const Bytes* request, Bytes* response) {
  return ServeUnary(open_, WriteBounds("RollbackTool"), context, request, response, calls_.versions,
                    &VersionCalls::RollbackTool);
}

CatalogRpcs::Unary CatalogRpcs::SearchTools(Context* context, const Bytes* request, Bytes* response) {
  return ServeUnary(open_, {"SearchTools"}, context, request, response, calls_.search, &SearchCalls::SearchTools);
}

CatalogRpcs::Unary CatalogRpcs::ListCapabilities(Context* context, const Bytes* request, Bytes* response) {
  return ServeUnary(open_, {"ListCapabilities"}, context, request, response, calls_.search,
                    &SearchCalls::ListCapabilities);
}

CatalogRpcs::Unary CatalogRpcs::ListCapabilityTools(Context* context, const Bytes* request, Bytes* response) {
  return ServeUnary(open_, {"ListCapabilityTools"}, context, request, response, calls_.search,
                    &SearchCalls::ListCapabilityTools);
}

CatalogRpcs::Unary CatalogRpcs::ImportTools(Context* context, const Bytes* request, Bytes* response) {
  return ServeUnary(open_, {"ImportTools", kMaxRequestBytes, 32, true}, context, request, response, calls_.imports,
                    &ImportCalls::ImportTools);
}

CatalogRpcs::Unary CatalogRpcs::ExportTools(Context* context, const Bytes* request, Bytes* response) {
  return ServeUnary(open_, {"ExportTools"}, context, request, response, calls_.exports, &ExportCalls::ExportTools);
}

CatalogRpcs::Unary CatalogRpcs::ListChanges(Context* context, const Bytes* request, Bytes* response) {
  return ServeUnary(open_, {"ListChanges"}, context, request, response, calls_.changes, &ChangeCalls::ListChanges);
}

CatalogRpcs::Unary CatalogRpcs::ListToolHistory(Context* context, const Bytes* request, Bytes* response) {
  return ServeUnary(open_, {"ListToolHistory"}, context, request, response, calls_.changes,
                    &ChangeCalls::ListToolHistory);
}

CatalogRpcs::Unary CatalogRpcs::GetRevision(Context* context, const Bytes* request, Bytes* response) {
  return ServeUnary(open_, {"GetRevision"}, context, request, response, calls_.changes, &ChangeCalls::GetRevision);
}

CatalogRpcs::Unary CatalogRpcs::ListContentHashes(Context* context, const Bytes* request, Bytes* response) {
  return ServeUnary(open_, {"ListContentHashes"}, context, request, response, calls_.changes,
                    &ChangeCalls::ListContentHashes);
}

CatalogRpcs::Unary CatalogRpcs::ListReplicas(Context* context, const Bytes* request, Bytes* response) {
  return ServeUnary(open_, {"ListReplicas"}, context, request, response, calls_.replicas,
                    &ReplicaReportCalls::ListReplicas);
}

grpc::ServerReadReactor<grpc::ByteBuffer>* CatalogRpcs::StreamImport(Context* context, Bytes* response) {
  return calls_.imports->StreamImport(context, response);
}

grpc::ServerWriteReactor<grpc::ByteBuffer>* CatalogRpcs::StreamExport(Context* context, const Bytes* request) {
  return calls_.export_streams->StreamExport(context, request);
}

grpc::ServerWriteReactor<grpc::ByteBuffer>* CatalogRpcs::WatchTools(Context* context, const Bytes* request) {
  return calls_.changes->WatchTools(context, request);
}

}  // namespace toolcatalog
