#ifndef RELOAD_SERVICE_RPC_RELOAD_STREAM_H_
#define RELOAD_SERVICE_RPC_RELOAD_STREAM_H_

#include <grpcpp/grpcpp.h>

#include <memory>
#include <optional>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/rpc/bounded_wait.h"
#include "reload_service/events/reload_history.h"
#include "toolcatalog/v1/reload.pb.h"

namespace toolcatalog {

// One WatchReloads call: a cursor on the history, that starts at its end or where the request says. It keeps itself
// alive until gRPC is done with it, and the history keeps it while it notifies it. The history must outlive the call.
class ReloadStream final : public grpc::ServerWriteReactor<v1::ReloadEvent>,
                           public ReloadHistory::Listener,
                           public std::enable_shared_from_this<ReloadStream> {
 public:
  // Starts to serve the call, or ends it at once: with INVALID_ARGUMENT, or OUT_OF_RANGE if it cannot start where the
  // request says. A message that the client does not take for `max_write` ends it.
  static grpc::ServerWriteReactor<v1::ReloadEvent>* Open(grpc::CallbackServerContext* context,
                                                         const v1::WatchReloadsRequest& request, ReloadHistory* history,
                                                         absl::Duration max_write);

  void OnEvent() override;
  void OnClosed() override;

  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;

 private:
  ReloadStream(grpc::CallbackServerContext* context, ReloadHistory* history, int64_t after, absl::Duration max_write)
      : context_(context), history_(history), max_write_(max_write), last_event_id_(after) {}

  // Writes the next event if there is one and nothing is being written.
  void WriteNext();
  // Ends the call once, as soon as nothing is being written. The first status counts.
  void FinishOnce(const grpc::Status& status);
  // The client has not taken a message in time.
  void CancelWrite(int64_t event_id);

  grpc::CallbackServerContext* const context_;
  ReloadHistory* const history_;
  const absl::Duration max_write_;
  std::shared_ptr<ReloadStream> self_;
  absl::Mutex mutex_;
  // Belongs to gRPC while it is being written.
  v1::ReloadEvent message_;
  int64_t last_event_id_ ABSL_GUARDED_BY(mutex_);
  // Set while a message is being written.
  std::shared_ptr<BoundedWait> write_ ABSL_GUARDED_BY(mutex_);
  std::optional<grpc::Status> end_ ABSL_GUARDED_BY(mutex_);
  bool finished_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace toolcatalog

#endif  // RELOAD_SERVICE_RPC_RELOAD_STREAM_H_
