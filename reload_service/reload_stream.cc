#include "reload_service/reload_stream.h"

#include <grpc/grpc.h>

#include <utility>

#include "absl/time/clock.h"

namespace toolcatalog {

ReloadStream* ReloadStream::Open(grpc::CallbackServerContext* context, ReloadHistory* history,
                                 absl::Duration max_write) {
  std::shared_ptr<ReloadStream> stream(new ReloadStream(context, history, max_write));
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
