#ifndef RELOAD_SERVICE_RPC_RELOAD_STREAM_H_
#define RELOAD_SERVICE_RPC_RELOAD_STREAM_H_

#include <grpcpp/grpcpp.h>

#include <cstdint>
#include <memory>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/rpc/server_stream.h"
#include "reload_service/events/reload_history.h"
#include "toolcatalog/v1/reload.pb.h"

namespace toolcatalog {

// One WatchReloads call: a cursor on the history, which starts at the end or where the request says. The history holds
// the stream while the call is open, and must outlive the call. Thread-safe.
class ReloadStream final : public ServerStream, public ReloadHistory::Listener {
 public:
  // INVALID_ARGUMENT if the request breaks a rule, OUT_OF_RANGE if the stream cannot start where the request says. The
  // call ends if the client does not take a message for `max_write`.
  static absl::StatusOr<std::shared_ptr<ReloadStream>> Create(grpc::CallbackServerContext* context,
                                                              const v1::WatchReloadsRequest& request,
                                                              ReloadHistory* history,
                                                              absl::Duration max_write = kMaxStreamWrite);

  void OnEvent() override { Wake(); }

 private:
  ReloadStream(grpc::CallbackServerContext* context, ReloadHistory* history, int64_t after, absl::Duration max_write);

  void OnStart() override;
  void OnEnd() override;
  absl::StatusOr<StreamStep> Next(grpc::ByteBuffer& message) override;

  ReloadHistory* const history_;
  int64_t last_event_id_;
};

}  // namespace toolcatalog

#endif  // RELOAD_SERVICE_RPC_RELOAD_STREAM_H_
