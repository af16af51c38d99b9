#ifndef CLIENTS_CPP_WATCH_CALL_H_
#define CLIENTS_CPP_WATCH_CALL_H_

#include <grpcpp/grpcpp.h>

#include <memory>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "toolcatalog/v1/catalog_service.grpc.pb.h"
#include "toolcatalog/v1/change.pb.h"

namespace toolcatalog {

// One WatchTools call, driven by one thread, with at most one operation under way. Not thread-safe, but other threads
// may cancel the context. The stub and the context must outlive this object.
class WatchCall {
 public:
  // Opens the call. The call is cancelled when the catalog sends nothing for `max_silence`.
  WatchCall(v1::CatalogService::Stub* stub, grpc::ClientContext* context, const v1::WatchToolsRequest& request,
            absl::Duration max_silence);

  // Waits for the next message. False if the call has ended; `Finish` says why.
  bool Read(v1::WatchToolsResponse* message);

  // Ends the call and returns why it ended, which is never OK: DEADLINE_EXCEEDED after a silence, UNAVAILABLE if the
  // catalog ended the stream without an error. Must be called exactly once, as the last method.
  absl::Status Finish();

 private:
  // Waits for the operation under way and returns whether it succeeded. Cancels the call when that takes too long.
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
