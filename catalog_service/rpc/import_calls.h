#ifndef CATALOG_SERVICE_RPC_IMPORT_CALLS_H_
#define CATALOG_SERVICE_RPC_IMPORT_CALLS_H_

#include <grpcpp/grpcpp.h>

#include <atomic>
#include <cstdint>

#include "catalog_service/rpc/tool_importer.h"
#include "common/rpc/executor.h"
#include "toolcatalog/v1/transfer.pb.h"

namespace toolcatalog {

// Serves the imports of a server on an executor of their own. Imports that are together too large are refused with
// RESOURCE_EXHAUSTED. Thread-safe; nothing blocks a thread of gRPC's.
class ImportCalls {
 public:
  // Both must outlive this and the calls. The importer works on `executor`.
  ImportCalls(ToolImporter* importer, Executor* executor) : importer_(*importer), executor_(*executor) {}

  grpc::ServerUnaryReactor* ImportTools(grpc::CallbackServerContext* context, const v1::ImportToolsRequest* request,
                                        v1::ImportToolsResponse* response);

 private:
  absl::Status Import(const v1::ImportToolsRequest& request, const CallInfo& call,
                      const grpc::CallbackServerContext& context, v1::ImportToolsResponse* response);

  ToolImporter& importer_;
  Executor& executor_;
  // Of imports that run or wait, together.
  std::atomic<int64_t> bytes_in_flight_ = 0;
};

}  // namespace toolcatalog

#endif  // CATALOG_SERVICE_RPC_IMPORT_CALLS_H_
