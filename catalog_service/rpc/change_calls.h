#ifndef CATALOG_SERVICE_RPC_CHANGE_CALLS_H_
#define CATALOG_SERVICE_RPC_CHANGE_CALLS_H_

#include <grpcpp/grpcpp.h>

#include <memory>

#include "absl/status/statusor.h"
#include "catalog_service/read/state_reader.h"
#include "catalog_service/rpc/change_requests.h"
#include "catalog_service/rpc/watch_stream.h"
#include "common/definition/capability_aliases.h"
#include "common/definition/validation/definition_validator.h"
#include "common/rpc/executor.h"
#include "common/rpc/server_stream.h"
#include "common/rpc/unary_call.h"
#include "toolcatalog/v1/change.pb.h"
#include "toolcatalog/v1/query.pb.h"

namespace toolcatalog {

// Serves the calls about what was written: the log of changes, the watch streams, and the hashes with which others
// compare their copy of the catalog. Thread-safe; no gRPC thread is blocked.
class ChangeCalls {
 public:
  // What the calls work with. All must outlive them.
  struct Parts {
    const Vocabulary* vocabulary;
    const CapabilityAliases* aliases;
    const ChangeRequests* changes;
    StateReader* state;
    Executor* reads;
    WatchSources watch;
    OpenCalls* open;
  };
  explicit ChangeCalls(const Parts& parts);

  void ListChanges(UnaryCall& call, const v1::ListChangesRequest& request, v1::ListChangesResponse& response);
  void ListToolHistory(UnaryCall& call, const v1::ListToolHistoryRequest& request,
                       v1::ListToolHistoryResponse& response);
  void GetRevision(UnaryCall& call, const v1::GetRevisionRequest& request, v1::GetRevisionResponse& response);
  void ListContentHashes(UnaryCall& call, const v1::ListContentHashesRequest& request,
                         v1::ListContentHashesResponse& response);
  grpc::ServerWriteReactor<grpc::ByteBuffer>* WatchTools(grpc::CallbackServerContext* context,
                                                         const grpc::ByteBuffer* request);

  // Ends all watch streams with UNAVAILABLE, also those that begin later.
  void FinishStreams() { streams_.Drain(); }

 private:
  absl::StatusOr<std::shared_ptr<WatchStream>> MakeStream(grpc::CallbackServerContext* context,
                                                          const v1::WatchToolsRequest& request) const;

  const Parts parts_;
  StreamRegistry streams_;
};

}  // namespace toolcatalog

#endif  // CATALOG_SERVICE_RPC_CHANGE_CALLS_H_
