#ifndef CATALOG_SERVICE_RPC_IMPORT_CALLS_H_
#define CATALOG_SERVICE_RPC_IMPORT_CALLS_H_

#include <grpcpp/grpcpp.h>

#include <memory>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "catalog_service/rpc/import_budget.h"
#include "catalog_service/rpc/import_stream.h"
#include "catalog_service/rpc/tool_importer.h"
#include "common/rpc/call.h"
#include "common/rpc/executor.h"
#include "toolcatalog/v1/transfer.pb.h"

namespace toolcatalog {

// Serves the imports of a server on an executor of their own. An import for whose text there is no room is refused with
// RESOURCE_EXHAUSTED. Thread-safe; no gRPC thread is blocked.
class ImportCalls {
 public:
  // Both must outlive this and the calls. The importer works on `executor`.
  ImportCalls(ToolImporter* importer, Executor* executor, const ImportPatience& patience = {})
      : importer_(*importer), executor_(*executor), patience_(patience) {}

  grpc::ServerUnaryReactor* ImportTools(grpc::CallbackServerContext* context, const v1::ImportToolsRequest* request,
                                        v1::ImportToolsResponse* response);
  grpc::ServerReadReactor<v1::StreamImportRequest>* StreamImport(grpc::CallbackServerContext* context,
                                                                 v1::ImportToolsResponse* response);

  // Ends the streams that are being read with UNAVAILABLE, and those that begin later.
  void FinishStreams();

 private:
  absl::Status Import(absl::string_view method, const v1::ImportToolsRequest& request, const CallInfo& call,
                      const grpc::CallbackServerContext& context, v1::ImportToolsResponse* response);
  absl::StatusOr<std::shared_ptr<ImportStream>> Open(grpc::CallbackServerContext* context,
                                                     v1::ImportToolsResponse* response);

  ToolImporter& importer_;
  Executor& executor_;
  const ImportPatience patience_;
  ImportBudget budget_;
  absl::Mutex mutex_;
  bool draining_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::weak_ptr<ImportStream>> streams_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace toolcatalog

#endif  // CATALOG_SERVICE_RPC_IMPORT_CALLS_H_
