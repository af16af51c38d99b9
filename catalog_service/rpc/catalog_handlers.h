#ifndef CATALOG_SERVICE_RPC_CATALOG_HANDLERS_H_
#define CATALOG_SERVICE_RPC_CATALOG_HANDLERS_H_

#include <grpcpp/grpcpp.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "catalog_service/changes/tool_history.h"
#include "catalog_service/read/state_queries.h"
#include "catalog_service/read/tool_store.h"
#include "catalog_service/replicas/replica_report_calls.h"
#include "catalog_service/rpc/change_queries.h"
#include "catalog_service/rpc/export_calls.h"
#include "catalog_service/rpc/export_stream.h"
#include "catalog_service/rpc/mutation_requests.h"
#include "catalog_service/rpc/tool_importer.h"
#include "catalog_service/rpc/tool_queries.h"
#include "catalog_service/rpc/tool_validation.h"
#include "catalog_service/rpc/watch_stream.h"
#include "catalog_service/write/write_queue.h"
#include "common/definition/capability_aliases.h"
#include "common/definition/validation/definition_validator.h"
#include "common/rpc/call.h"
#include "common/rpc/executor.h"
#include "toolcatalog/v1/catalog_service.grpc.pb.h"
#include "toolcatalog/v1/change.pb.h"
#include "toolcatalog/v1/query.pb.h"
#include "toolcatalog/v1/reload.pb.h"
#include "toolcatalog/v1/replica.pb.h"
#include "toolcatalog/v1/report.pb.h"
#include "toolcatalog/v1/tool.pb.h"
#include "toolcatalog/v1/transfer.pb.h"
#include "toolcatalog/v1/validation.pb.h"
#include "toolcatalog/v1/write.pb.h"

namespace toolcatalog {

// The RPCs of CatalogService. Reads run on a bounded executor, writes go to the queue, nothing blocks a gRPC thread.
// Thread-safe.
class CatalogHandlers
    : public v1::CatalogService::WithRawCallbackMethod_WatchTools<v1::CatalogService::CallbackService> {
 public:
  // What the handlers work with. All must outlive them.
  struct Parts {
    const DefinitionValidator* validator;
    const CapabilityAliases* aliases;
    ToolStore* store;
    ToolHistory* history;
    ToolQueries* queries;
    ToolValidation* validation;
    const ChangeQueries* changes;
    StateQueries* state;
    ReloadReportCalls* reports;
    WriteQueue* queue;
    ToolImporter* importer;
    ExportCalls* export_calls;
    ExportStreams* export_streams;
    Executor* reads;
    Executor* imports;
    WatchSources watch;
  };
  explicit CatalogHandlers(const Parts& parts);

  // Ends all streams with UNAVAILABLE, and those that begin later.
  void FinishStreams();

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
  grpc::ServerUnaryReactor* PromoteToolVersion(grpc::CallbackServerContext* context,
                                               const v1::PromoteToolVersionRequest* request,
                                               v1::Tool* response) override;
  grpc::ServerUnaryReactor* RollbackTool(grpc::CallbackServerContext* context, const v1::RollbackToolRequest* request,
                                         v1::Tool* response) override;
  grpc::ServerUnaryReactor* ListToolVersions(grpc::CallbackServerContext* context,
                                             const v1::ListToolVersionsRequest* request,
                                             v1::ListToolVersionsResponse* response) override;
  grpc::ServerUnaryReactor* ValidateTool(grpc::CallbackServerContext* context, const v1::ValidateToolRequest* request,
                                         v1::ValidateToolResponse* response) override;
  grpc::ServerUnaryReactor* ListToolHistory(grpc::CallbackServerContext* context,
                                            const v1::ListToolHistoryRequest* request,
                                            v1::ListToolHistoryResponse* response) override;
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
  grpc::ServerUnaryReactor* ExportTools(grpc::CallbackServerContext* context, const v1::ExportToolsRequest* request,
                                        v1::ExportToolsResponse* response) override;
  grpc::ServerWriteReactor<v1::StreamExportResponse>* StreamExport(grpc::CallbackServerContext* context,
                                                                   const v1::StreamExportRequest* request) override;
  grpc::ServerUnaryReactor* ListChanges(grpc::CallbackServerContext* context, const v1::ListChangesRequest* request,
                                        v1::ListChangesResponse* response) override;
  grpc::ServerWriteReactor<grpc::ByteBuffer>* WatchTools(grpc::CallbackServerContext* context,
                                                         const grpc::ByteBuffer* request) override;
  grpc::ServerUnaryReactor* ListReplicas(grpc::CallbackServerContext* context, const v1::ListReplicasRequest* request,
                                         v1::ListReplicasResponse* response) override;
  grpc::ServerUnaryReactor* ReportReloadEvents(grpc::CallbackServerContext* context,
                                               const v1::ReportReloadEventsRequest* request,
                                               v1::ReportReloadEventsResponse* response) override;
  grpc::ServerUnaryReactor* ListStoredReloadEvents(grpc::CallbackServerContext* context,
                                                   const v1::ListReloadEventsRequest* request,
                                                   v1::ListReloadEventsResponse* response) override;
  grpc::ServerUnaryReactor* GetRevision(grpc::CallbackServerContext* context, const v1::GetRevisionRequest* request,
                                        v1::GetRevisionResponse* response) override;
  grpc::ServerUnaryReactor* ListContentHashes(grpc::CallbackServerContext* context,
                                              const v1::ListContentHashesRequest* request,
                                              v1::ListContentHashesResponse* response) override;
  grpc::ServerUnaryReactor* StoreReloadHook(grpc::CallbackServerContext* context,
                                            const v1::StoreReloadHookRequest* request,
                                            v1::StoreReloadHookResponse* response) override;
  grpc::ServerUnaryReactor* RemoveReloadHook(grpc::CallbackServerContext* context,
                                             const v1::RemoveReloadHookRequest* request,
                                             v1::RemoveReloadHookResponse* response) override;

 private:
  // Queues a mutation, and finishes the call when that is done; `fill` completes the response from its result.
  template <typename Fill>
  void Queue(grpc::ServerUnaryReactor* reactor, grpc::CallbackServerContext* context, const char* method,
             const CallInfo& call, absl::StatusOr<Mutation> mutation, Fill fill);
  // The same at once, for the mutation that `make` makes of the call's info.
  template <typename Make, typename Fill>
  grpc::ServerUnaryReactor* Write(grpc::CallbackServerContext* context, const char* method, Make make, Fill fill);
  // The same for one that answers a tool.
  template <typename Make>
  grpc::ServerUnaryReactor* WriteTool(grpc::CallbackServerContext* context, const char* method, Make make,
                                      v1::Tool* response);
  // Completes a rollback by the tool as it was at `revision`; other mutations stay as they are.
  absl::Status ReadTarget(int64_t revision, Mutation& mutation);

  // Counts a stream that is about to start, unless there are too many or the server drains.
  absl::Status Admit(const std::shared_ptr<WatchStream>& stream);

  const Parts parts_;
  const MutationRequests mutations_;
  std::atomic<int64_t> import_bytes_ = 0;
  absl::Mutex mutex_;
  bool draining_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::weak_ptr<WatchStream>> streams_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace toolcatalog

#endif  // CATALOG_SERVICE_RPC_CATALOG_HANDLERS_H_
