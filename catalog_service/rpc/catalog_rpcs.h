#ifndef CATALOG_SERVICE_RPC_CATALOG_RPCS_H_
#define CATALOG_SERVICE_RPC_CATALOG_RPCS_H_

#include <grpcpp/grpcpp.h>

#include "catalog_service/replicas/replica_report_calls.h"
#include "catalog_service/rpc/change_calls.h"
#include "catalog_service/rpc/export_calls.h"
#include "catalog_service/rpc/export_stream.h"
#include "catalog_service/rpc/import_calls.h"
#include "catalog_service/rpc/search_calls.h"
#include "catalog_service/rpc/tool_calls.h"
#include "catalog_service/rpc/version_calls.h"
#include "toolcatalog/v1/catalog_service.grpc.pb.h"
#include "toolcatalog/v1/change.pb.h"
#include "toolcatalog/v1/query.pb.h"
#include "toolcatalog/v1/replica.pb.h"
#include "toolcatalog/v1/tool.pb.h"
#include "toolcatalog/v1/transfer.pb.h"
#include "toolcatalog/v1/validation.pb.h"
#include "toolcatalog/v1/write.pb.h"

namespace toolcatalog {

// The methods of the catalog service, each served by the calls of its topic. Thread-safe; nothing blocks a thread of
// gRPC's. The calls must outlive it.
class CatalogRpcs final
    : public v1::CatalogService::WithRawCallbackMethod_WatchTools<v1::CatalogService::CallbackService> {
 public:
  struct Calls {
    ToolCalls* tools;
    VersionCalls* versions;
    SearchCalls* search;
    ImportCalls* imports;
    ExportCalls* exports;
    ExportStreams* export_streams;
    ChangeCalls* changes;
    ReplicaReportCalls* replicas;
  };
  explicit CatalogRpcs(const Calls& calls) : calls_(calls) {}

  grpc::ServerUnaryReactor* CreateTool(grpc::CallbackServerContext* context, const v1::CreateToolRequest* request,
                                       v1::Tool* response) override;
  grpc::ServerUnaryReactor* GetTool(grpc::CallbackServerContext* context, const v1::GetToolRequest* request,
                                    v1::GetToolResponse* response) override;
  grpc::ServerUnaryReactor* ListTools(grpc::CallbackServerContext* context, const v1::ListToolsRequest* request,
                                      v1::ListToolsResponse* response) override;
  grpc::ServerUnaryReactor* UpdateTool(grpc::CallbackServerContext* context, const v1::UpdateToolRequest* request,
                                       v1::Tool* response) override;
  grpc::ServerUnaryReactor* DeleteTool(grpc::CallbackServerContext* context, const v1::DeleteToolRequest* request,
                                       v1::DeleteToolResponse* response) override;
  grpc::ServerUnaryReactor* EnableTool(grpc::CallbackServerContext* context, const v1::EnableToolRequest* request,
                                       v1::Tool* response) override;
  grpc::ServerUnaryReactor* DisableTool(grpc::CallbackServerContext* context, const v1::DisableToolRequest* request,
                                        v1::Tool* response) override;
  grpc::ServerUnaryReactor* ValidateTool(grpc::CallbackServerContext* context, const v1::ValidateToolRequest* request,
                                         v1::ValidateToolResponse* response) override;
  grpc::ServerUnaryReactor* ListToolVersions(grpc::CallbackServerContext* context,
                                             const v1::ListToolVersionsRequest* request,
                                             v1::ListToolVersionsResponse* response) override;
  grpc::ServerUnaryReactor* PromoteToolVersion(grpc::CallbackServerContext* context,
                                               const v1::PromoteToolVersionRequest* request,
                                               v1::Tool* response) override;
  grpc::ServerUnaryReactor* RollbackTool(grpc::CallbackServerContext* context, const v1::RollbackToolRequest* request,
                                         v1::Tool* response) override;
  grpc::ServerUnaryReactor* SearchTools(grpc::CallbackServerContext* context, const v1::SearchToolsRequest* request,
                                        v1::SearchToolsResponse* response) override;
  grpc::ServerUnaryReactor* ListCapabilities(grpc::CallbackServerContext* context,
                                             const v1::ListCapabilitiesRequest* request,
                                             v1::ListCapabilitiesResponse* response) override;
  grpc::ServerUnaryReactor* ListCapabilityTools(grpc::CallbackServerContext* context,
                                                const v1::ListCapabilityToolsRequest* request,
                                                v1::ListCapabilityToolsResponse* response) override;
  grpc::ServerUnaryReactor* ImportTools(grpc::CallbackServerContext* context, const v1::ImportToolsRequest* request,
                                        v1::ImportToolsResponse* response) override;
  grpc::ServerReadReactor<v1::StreamImportRequest>* StreamImport(grpc::CallbackServerContext* context,
                                                                 v1::ImportToolsResponse* response) override;
  grpc::ServerUnaryReactor* ExportTools(grpc::CallbackServerContext* context, const v1::ExportToolsRequest* request,
                                        v1::ExportToolsResponse* response) override;
  grpc::ServerUnaryReactor* ListChanges(grpc::CallbackServerContext* context, const v1::ListChangesRequest* request,
                                        v1::ListChangesResponse* response) override;
  grpc::ServerUnaryReactor* ListToolHistory(grpc::CallbackServerContext* context,
                                            const v1::ListToolHistoryRequest* request,
                                            v1::ListToolHistoryResponse* response) override;
  grpc::ServerUnaryReactor* GetRevision(grpc::CallbackServerContext* context, const v1::GetRevisionRequest* request,
                                        v1::GetRevisionResponse* response) override;
  grpc::ServerUnaryReactor* ListContentHashes(grpc::CallbackServerContext* context,
                                              const v1::ListContentHashesRequest* request,
                                              v1::ListContentHashesResponse* response) override;
  grpc::ServerUnaryReactor* ListReplicas(grpc::CallbackServerContext* context, const v1::ListReplicasRequest* request,
                                         v1::ListReplicasResponse* response) override;
  grpc::ServerWriteReactor<v1::StreamExportResponse>* StreamExport(grpc::CallbackServerContext* context,
                                                                   const v1::StreamExportRequest* request) override;
  grpc::ServerWriteReactor<grpc::ByteBuffer>* WatchTools(grpc::CallbackServerContext* context,
                                                         const grpc::ByteBuffer* request) override;

 private:
  const Calls calls_;
};

}  // namespace toolcatalog

#endif  // CATALOG_SERVICE_RPC_CATALOG_RPCS_H_
