#include "reload_service/rpc/reload_stream.h"

#include <grpc/grpc.h>

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/rpc/grpc_status.h"
#include "common/rpc/request_rules.h"
#include "common/status.h"

namespace toolcatalog {
namespace {

// A call that ends before its first message.
class RefusedStream final : public grpc::ServerWriteReactor<v1::ReloadEvent> {
 public:
  explicit RefusedStream(const absl::Status& status) { Finish(ToGrpcStatus(status)); }
  void OnDone() override { delete this; }
};

absl::Status CheckRequest(const v1::WatchReloadsRequest& request) {
  if (request.from_event_id() < 0) {
    return InvalidArgumentError("from_event_id", absl::StrCat("must be at least 0, got ", request.from_event_id()));
  }
  if (!request.boot_id().empty() && !request.has_from_event_id()) {
    return InvalidArgumentError("boot_id", "must not be set without from_event_id");
  }
  return CheckShortText("boot_id", request.boot_id());
}

// The event that the stream starts after.
absl::StatusOr<int64_t> StartOf(const v1::WatchReloadsRequest& request, const ReloadHistory& history) {
  const absl::Status status = CheckRequest(request);
  if (!status.ok()) return status;
  // In this order: the oldest may move on, but not past the newest.
  const int64_t oldest = std::max<int64_t>(history.oldest_event_id() - 1, 0), newest = history.last_event_id();
  if (!request.has_from_event_id()) return newest;
  const int64_t from = request.from_event_id();
  const std::map<std::string, std::string> range = {{"oldest_event_id", absl::StrCat(oldest)},
                                                    {"newest_event_id", absl::StrCat(newest)}};
  if (from > newest || (!request.boot_id().empty() && request.boot_id() != history.identity().boot_id)) {
    return WithErrorInfo(
        absl::OutOfRangeError(absl::StrCat("event ", from, " is not of this process, which is at ", newest)),
        kReasonHistoryDiverged, range);
  }
  if (from > 0 && from < oldest) {
    return WithErrorInfo(absl::OutOfRangeError(absl::StrCat(
                             "events after ", from, " are kept no longer; the oldest are those after ", oldest)),
                         kReasonCompacted, range);
  }
  return from;
}

}  // namespace

grpc::ServerWriteReactor<v1::ReloadEvent>* ReloadStream::Open(grpc::CallbackServerContext* context,
                                                              const v1::WatchReloadsRequest& request,
                                                              ReloadHistory* history, absl::Duration max_write) {
  const absl::StatusOr<int64_t> start = StartOf(request, *history);
  if (!start.ok()) return new RefusedStream(start.status());
  std::shared_ptr<ReloadStream> stream(new ReloadStream(context, history, *start, max_write));
  stream->self_ = stream;
  // Clients see at once that the stream is open.
  stream->StartSendInitialMetadata();
  history->Subscribe(stream);
  // What was recorded before the subscription was not told.
  stream->WriteNext();
  return stream.get();
}

void ReloadStream::OnEvent() { WriteNext(); }

void ReloadStream::OnClosed() { FinishOnce(grpc::Status(grpc::StatusCode::UNAVAILABLE, "the service is stopping")); }

void ReloadStream::WriteNext() {
  {
    absl::MutexLock lock(&mutex_);
    if (write_ != nullptr || end_.has_value()) return;
    std::optional<v1::ReloadEvent> next = history_->NextAfter(last_event_id_);
    if (!next.has_value()) return;
    message_ = *std::move(next);
    last_event_id_ = message_.event_id();
    write_ = BoundedWait::Start(absl::Now() + max_write_,
                                [self = shared_from_this(), id = last_event_id_] { self->CancelWrite(id); });
  }
  StartWrite(&message_);
}

void ReloadStream::OnWriteDone(bool ok) {
  std::optional<grpc::Status> end;
  {
    absl::MutexLock lock(&mutex_);
    write_->Settle();
    write_ = nullptr;
    if (!ok && !end_.has_value()) end_ = grpc::Status::CANCELLED;
    finished_ = end_.has_value();
    end = end_;
  }
  if (end.has_value()) {
    Finish(*end);
  } else {
    WriteNext();
  }
}

void ReloadStream::OnCancel() { FinishOnce(grpc::Status::CANCELLED); }

void ReloadStream::FinishOnce(const grpc::Status& status) {
  {
    absl::MutexLock lock(&mutex_);
    if (!end_.has_value()) end_ = status;
    if (finished_ || write_ != nullptr) return;
    finished_ = true;
  }
  Finish(status);
}

void ReloadStream::CancelWrite(int64_t event_id) {
  grpc_call* call;
  {
    absl::MutexLock lock(&mutex_);
    // The write may be over, and the next one begun.
    if (write_ == nullptr || last_event_id_ != event_id) return;
    // The call may end, and its context with it, once the lock is released.
    call = context_->c_call();
    grpc_call_ref(call);
  }
  grpc_call_cancel(call, nullptr);
  grpc_call_unref(call);
}

void ReloadStream::OnDone() {
  history_->Unsubscribe(this);
  const std::shared_ptr<ReloadStream> last = std::move(self_);
}

}  // namespace toolcatalog
