#include "clients/cpp/watch_call.h"

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/rpc/grpc_status.h"

namespace toolcatalog {

WatchCall::WatchCall(v1::CatalogService::Stub* stub, grpc::ClientContext* context, const v1::WatchToolsRequest& request,
                     absl::Duration max_silence)
    : context_(context), max_silence_(max_silence), reader_(stub->AsyncWatchTools(context, request, &queue_, this)) {
  open_ = Await();
}

bool WatchCall::Read(v1::WatchToolsResponse* message) {
  if (!open_) return false;
  reader_->Read(message, this);
  open_ = Await();
  return open_;
}

absl::Status WatchCall::Finish() {
  if (open_) context_->TryCancel();
  grpc::Status status;
  reader_->Finish(&status, this);
  Await();
  queue_.Shutdown();
  void* tag;
  bool ok;
  while (queue_.Next(&tag, &ok)) {
  }
  if (silent_) {
    return absl::DeadlineExceededError(absl::StrCat("nothing came for ", absl::FormatDuration(max_silence_)));
  }
  if (status.ok()) return absl::UnavailableError("the catalog ended the stream");
  return FromGrpcStatus(status);
}

bool WatchCall::Await() {
  void* tag;
  bool ok = false;
  const auto deadline = absl::ToChronoTime(absl::Now() + max_silence_);
  if (queue_.AsyncNext(&tag, &ok, deadline) == grpc::CompletionQueue::TIMEOUT) {
    silent_ = true;
    context_->TryCancel();
    queue_.Next(&tag, &ok);
    return false;
  }
  return ok;
}

}  // namespace toolcatalog
