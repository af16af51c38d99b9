#ifndef CLIENTS_CPP_WATCH_CALL_H_
#define CLIENTS_CPP_WATCH_CALL_H_

#include <grpcpp/grpcpp.h>

#include <memory>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "toolcatalog/v1/catalog_service.grpc.pb.h"
#include "toolcatalog/v1/change.pb.h"

namespace toolcatalog {

// One WatchTools call, driven by one thread: at most one operation is under way, and waiting for it ends in time. What
// it is given must outlive it; other threads may cancel the context.
class WatchCall {
 public:
  // Opens the call. It is given up when nothing comes for `max_silence`.
  WatchCall(v1::CatalogService::Stub* stub, grpc::ClientContext* context, const v1::WatchToolsRequest& request,
            absl::Duration max_silence);

  // Waits for the next message; false if the call is over.
  bool Read(v1::WatchToolsResponse* message);

  // Ends the call and returns how it ended, which is never OK. Must be called, once and last.
  absl::Status Finish();

 private:
  // Waits for the operation under way and returns whether it succeeded. Gives the call up when it takes too long.
  bool Await();

  grpc::ClientContext* const context_;
  const absl::Duration max_silence_;
  grpc::CompletionQueue queue_;
  std::unique_ptr<grpc::ClientAsyncReader<v1::WatchToolsResponse>> reader_;
  bool open_ = false;
  bool silent_ = false;
};

}  // namespace toolcatalog

#endif  // CLIENTS_CPP_WATCH_CALL_H_
