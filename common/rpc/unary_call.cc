#include "common/rpc/unary_call.h"

#include <algorithm>

#include "absl/time/clock.h"
#include "common/rpc/grpc_status.h"

namespace toolcatalog {
namespace {

// The part of a caller's time that is spent on waiting; the rest is for the answer's way back.
constexpr double kWaitShare = 0.9;

}  // namespace

CallInfo UnaryCall::Info() const {
  CallInfo info = InfoOf(*context_);
  info.start = start_;
  return info;
}

absl::Status UnaryCall::Receive(const grpc::ByteBuffer* request) {
  if (request->Valid()) open_.arriving().NoteRequest(context_->peer(), request->Length());
  const int64_t cost = ParseCost(*request, bounds_);
  absl::Status status = open_.Admit(entry_, caller_, cost);
  if (status.ok()) {
    request_bytes_ = cost;
    status = ParseRequest(*request, bounds_, mutable_request());
  }
  ReleaseRequest(request);
  if (!status.ok()) return status;
  request_bytes_ = static_cast<int64_t>(mutable_request().SpaceUsedLong());
  return open_.Hold(entry_, request_bytes_);
}

absl::Status UnaryCall::HoldAnswer(size_t bytes) {
  return open_.Hold(entry_, request_bytes_ + static_cast<int64_t>(bytes));
}

void UnaryCall::Answer(const absl::Status& status) {
  if (answered_.exchange(true)) return;
  absl::Status answered = status;
  if (answered.ok()) answered = Guarded(method(), [this] { return Encode(bytes_); });
  Guarded(method(), [this] { Clear(); }).IgnoreError();
  const size_t bytes = answered.ok() ? bytes_.Length() : 0;
  if (answered.ok() || request_bytes_ > 0) {
    absl::Status held = open_.Hold(entry_, static_cast<int64_t>(bytes));
    if (answered.ok() && !bounds_.is_write) answered = std::move(held);
  }
  if (!answered.ok()) bytes_.Clear();
  if (absl::IsResourceExhausted(answered)) open_.NoteRefused();
  open_.BeginWrite(entry_, context_->c_call(), OpenCalls::TimeFor(bytes));
  // gRPC may end the call, and free it, before this returns.
  Finish(ToGrpcStatus(answered));
}

void UnaryCall::AnswerLogged(const absl::Status& status) {
  LogCall(method(), Info(), status);
  Answer(status);
}

absl::Time UnaryCall::WaitUntil(absl::Duration limit) const {
  const absl::Time now = absl::Now();
  return now + std::min(limit, kWaitShare * (deadline() - now));
}

void UnaryCall::OnDone() {
  open_.EndWrite(entry_);
  delete this;
}

}  // namespace toolcatalog
