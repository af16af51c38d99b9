#ifndef CATALOG_SERVICE_RPC_EXPORT_CALLS_H_
#define CATALOG_SERVICE_RPC_EXPORT_CALLS_H_

#include <grpcpp/grpcpp.h>

#include <atomic>
#include <cstdint>

#include "catalog_service/read/tool_exporter.h"
#include "common/rpc/executor.h"
#include "toolcatalog/v1/transfer.pb.h"

namespace toolcatalog {

// The ExportTools calls of a server. A client that does not read keeps its answer in memory, so each answer counts
// until its call is over. A call is refused while the answers are too large together. Thread-safe.
class ExportCalls {
 public:
  // Both must outlive this, and this the calls. The exporter works on `executor`.
  ExportCalls(ToolExporter* exporter, Executor* executor) : exporter_(*exporter), executor_(*executor) {}

  // Serves a call. RESOURCE_EXHAUSTED if too much is in flight.
  grpc::ServerUnaryReactor* Serve(grpc::CallbackServerContext* context, const v1::ExportToolsRequest& request,
                                  v1::ExportToolsResponse* response);

 private:
  class Call;

  ToolExporter& exporter_;
  Executor& executor_;
  std::atomic<int64_t> bytes_in_flight_ = 0;
};

}  // namespace toolcatalog

#endif  // CATALOG_SERVICE_RPC_EXPORT_CALLS_H_
