#ifndef CATALOG_SERVICE_RPC_IMPORT_CALLS_H_
#define CATALOG_SERVICE_RPC_IMPORT_CALLS_H_

#include <grpcpp/grpcpp.h>

#include <functional>
#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "catalog_service/rpc/import_budget.h"
#include "catalog_service/rpc/import_stream.h"
#include "catalog_service/rpc/tool_importer.h"
#include "common/rpc/call.h"
#include "common/rpc/executor.h"
#include "common/rpc/open_calls.h"
#include "common/rpc/stream_places.h"
#include "common/rpc/unary_call.h"
#include "toolcatalog/v1/transfer.pb.h"

namespace toolcatalog {

// Serves the imports of a server on an executor of their own. An import for whose text there is no room is refused with
// RESOURCE_EXHAUSTED. Thread-safe; no gRPC thread is blocked.
class ImportCalls {
 public:
  // All must outlive this and the calls. The importer works on `executor`.
  ImportCalls(ToolImporter* importer, Executor* executor, OpenCalls* open, const ImportPatience& patience = {})
      : importer_(*importer), executor_(*executor), patience_(patience), budget_(open) {}

  void ImportTools(UnaryCall& call, const v1::ImportToolsRequest& request, v1::ImportToolsResponse& response);
  grpc::ServerReadReactor<grpc::ByteBuffer>* StreamImport(grpc::CallbackServerContext* context,
                                                          grpc::ByteBuffer* response);

  // Ends the streams that are being read with UNAVAILABLE, and those that begin later.
  void FinishStreams();

 private:
  static constexpr size_t kMaxStreams = 512;

  absl::Status Import(absl::string_view method, const v1::ImportToolsRequest& request, const CallInfo& info,
                      const std::function<bool()>& abandoned, v1::ImportToolsResponse* response);
  absl::StatusOr<std::shared_ptr<ImportStream>> Open(grpc::CallbackServerContext* context, grpc::ByteBuffer* response);

  ToolImporter& importer_;
  Executor& executor_;
  const ImportPatience patience_;
  ImportBudget budget_;
  StreamPlaces<ImportStream> places_{"import streams", kMaxStreams};
};

}  // namespace toolcatalog

#endif  // CATALOG_SERVICE_RPC_IMPORT_CALLS_H_
