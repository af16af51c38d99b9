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
#include "common/rpc/open_calls.h"
#include "common/rpc/raw_methods.h"
#include "common/rpc/unary_call.h"
#include "toolcatalog/v1/catalog_service.grpc.pb.h"

namespace toolcatalog {

using CatalogRpcsBase = RawMethods<
    v1::CatalogService::Service, v1::CatalogService::WithRawCallbackMethod_CreateTool,
    v1::CatalogService::WithRawCallbackMethod_GetTool, v1::CatalogService::WithRawCallbackMethod_ListTools,
    v1::CatalogService::WithRawCallbackMethod_UpdateTool, v1::CatalogService::WithRawCallbackMethod_DeleteTool,
    v1::CatalogService::WithRawCallbackMethod_EnableTool, v1::CatalogService::WithRawCallbackMethod_DisableTool,
    v1::CatalogService::WithRawCallbackMethod_ValidateTool, v1::CatalogService::WithRawCallbackMethod_ListToolVersions,
    v1::CatalogService::WithRawCallbackMethod_PromoteToolVersion,
    v1::CatalogService::WithRawCallbackMethod_RollbackTool, v1::CatalogService::WithRawCallbackMethod_SearchTools,
    v1::CatalogService::WithRawCallbackMethod_ListCapabilities,
    v1::CatalogService::WithRawCallbackMethod_ListCapabilityTools,
    v1::CatalogService::WithRawCallbackMethod_ImportTools, v1::CatalogService::WithRawCallbackMethod_ExportTools,
    v1::CatalogService::WithRawCallbackMethod_ListChanges, v1::CatalogService::WithRawCallbackMethod_ListToolHistory,
    v1::CatalogService::WithRawCallbackMethod_GetRevision, v1::CatalogService::WithRawCallbackMethod_ListContentHashes,
    v1::CatalogService::WithRawCallbackMethod_ListReplicas, v1::CatalogService::WithRawCallbackMethod_StreamImport,
    v1::CatalogService::WithRawCallbackMethod_StreamExport,
    v1::CatalogService::WithRawCallbackMethod_WatchTools>::Service;

// The methods of the catalog service, each served by the calls of its topic. Thread-safe; nothing blocks a thread of
// gRPC's. The calls must outlive it.
class CatalogRpcs final : public CatalogRpcsBase {
 public:
  using Context = grpc::CallbackServerContext;
  using Bytes = grpc::ByteBuffer;
  using Unary = grpc::ServerUnaryReactor*;

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
  CatalogRpcs(OpenCalls* open, const Calls& calls) : open_(*open), calls_(calls) {}

  Unary CreateTool(Context* context, const Bytes* request, Bytes* response) override;
  Unary GetTool(Context* context, const Bytes* request, Bytes* response) override;
  Unary ListTools(Context* context, const Bytes* request, Bytes* response) override;
  Unary UpdateTool(Context* context, const Bytes* request, Bytes* response) override;
  Unary DeleteTool(Context* context, const Bytes* request, Bytes* response) override;
  Unary EnableTool(Context* context, const Bytes* request, Bytes* response) override;
  Unary DisableTool(Context* context, const Bytes* request, Bytes* response) override;
  Unary ValidateTool(Context* context, const Bytes* request, Bytes* response) override;
  Unary ListToolVersions(Context* context, const Bytes* request, Bytes* response) override;
  Unary PromoteToolVersion(Context* context, const Bytes* request, Bytes* response) override;
  Unary RollbackTool(Context* context, const Bytes* request, Bytes* response) override;
  Unary SearchTools(Context* context, const Bytes* request, Bytes* response) override;
  Unary ListCapabilities(Context* context, const Bytes* request, Bytes* response) override;
  Unary ListCapabilityTools(Context* context, const Bytes* request, Bytes* response) override;
  Unary ImportTools(Context* context, const Bytes* request, Bytes* response) override;
  Unary ExportTools(Context* context, const Bytes* request, Bytes* response) override;
  Unary ListChanges(Context* context, const Bytes* request, Bytes* response) override;
  Unary ListToolHistory(Context* context, const Bytes* request, Bytes* response) override;
  Unary GetRevision(Context* context, const Bytes* request, Bytes* response) override;
  Unary ListContentHashes(Context* context, const Bytes* request, Bytes* response) override;
  Unary ListReplicas(Context* context, const Bytes* request, Bytes* response) override;
  grpc::ServerReadReactor<Bytes>* StreamImport(Context* context, Bytes* response) override;
  grpc::ServerWriteReactor<Bytes>* StreamExport(Context* context, const Bytes* request) override;
  grpc::ServerWriteReactor<Bytes>* WatchTools(Context* context, const Bytes* request) override;

 private:
  OpenCalls& open_;
  const Calls calls_;
};

}  // namespace toolcatalog

#endif  // CATALOG_SERVICE_RPC_CATALOG_RPCS_H_
