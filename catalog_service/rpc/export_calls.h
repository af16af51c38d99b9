#ifndef CATALOG_SERVICE_RPC_EXPORT_CALLS_H_
#define CATALOG_SERVICE_RPC_EXPORT_CALLS_H_

#include "catalog_service/read/tool_exporter.h"
#include "common/rpc/executor.h"
#include "common/rpc/unary_call.h"
#include "toolcatalog/v1/transfer.pb.h"

namespace toolcatalog {

// Serves the ExportTools calls of a server. Thread-safe.
class ExportCalls {
 public:
  // Both must outlive this, and this the calls. The exporter works on `executor`.
  ExportCalls(ToolExporter* exporter, Executor* executor) : exporter_(*exporter), executor_(*executor) {}

  void ExportTools(UnaryCall& call, const v1::ExportToolsRequest& request, v1::ExportToolsResponse& response);

 private:
  ToolExporter& exporter_;
  Executor& executor_;
};

}  // namespace toolcatalog

#endif  // CATALOG_SERVICE_RPC_EXPORT_CALLS_H_
