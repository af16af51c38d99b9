#ifndef CATALOG_SERVICE_RPC_CHANGE_CALLS_H_
#define CATALOG_SERVICE_RPC_CHANGE_CALLS_H_

#include <grpcpp/grpcpp.h>

#include <memory>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "catalog_service/read/state_reader.h"
#include "catalog_service/rpc/change_requests.h"
#include "catalog_service/rpc/watch_stream.h"
#include "common/definition/capability_aliases.h"
#include "common/definition/validation/definition_validator.h"
#include "common/rpc/executor.h"
#include "toolcatalog/v1/change.pb.h"
#include "toolcatalog/v1/query.pb.h"

namespace toolcatalog {

// Serves the calls about what was written: the log of changes, the watch streams, and what others compare their copy of
// the catalog with. Thread-safe; nothing blocks a thread of gRPC's.
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
  };
  explicit ChangeCalls(const Parts& parts) : parts_(parts) {}

  grpc::ServerUnaryReactor* ListChanges(grpc::CallbackServerContext* context, const v1::ListChangesRequest* request,
                                        v1::ListChangesResponse* response);
  grpc::ServerUnaryReactor* ListToolHistory(grpc::CallbackServerContext* context,
                                            const v1::ListToolHistoryRequest* request,
                                            v1::ListToolHistoryResponse* response);
  grpc::ServerUnaryReactor* GetRevision(grpc::CallbackServerContext* context, const v1::GetRevisionRequest* request,
                                        v1::GetRevisionResponse* response);
  grpc::ServerUnaryReactor* ListContentHashes(grpc::CallbackServerContext* context,
                                              const v1::ListContentHashesRequest* request,
                                              v1::ListContentHashesResponse* response);
  grpc::ServerWriteReactor<grpc::ByteBuffer>* WatchTools(grpc::CallbackServerContext* context,
                                                         const grpc::ByteBuffer* request);

  // Ends all watch streams with UNAVAILABLE, and those that begin later.
  void FinishStreams();

 private:
  // Counts a stream that is about to start, unless there are too many or the server drains.
  absl::Status Admit(const std::shared_ptr<WatchStream>& stream);

  const Parts parts_;
  absl::Mutex mutex_;
  bool draining_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::weak_ptr<WatchStream>> streams_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace toolcatalog

#endif  // CATALOG_SERVICE_RPC_CHANGE_CALLS_H_
