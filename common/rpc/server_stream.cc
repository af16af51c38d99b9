#include "common/rpc/server_stream.h"

#include "common/status.h"

namespace toolcatalog {
namespace {

// For the write under way when the stream is to end.
constexpr absl::Duration kMaxLastWrite = absl::Seconds(1);

}  // namespace

ServerStream::ServerStream(const char* method, grpc::CallbackServerContext* context, absl::Duration max_write)
    : method_(method), context_(context), call_(InfoOf(*context)), max_write_(max_write) {}

absl::Status ServerStream::Admit(OpenCalls* open, int64_t request_bytes) {
  open_ = open;
  request_bytes_ = request_bytes;
  return open_->Admit(entry_, call_.peer, request_bytes_);
}

void ServerStream::Start() {
  self_ = shared_from_this();
  if (absl::Status status = Guarded(method_, [this] { OnStart(); }); !status.ok()) End(status);
  Advance();
}

void ServerStream::End(const absl::Status& status) {
  absl::Status first;
  bool writing;
  {
    absl::MutexLock lock(&mutex_);
    if (!end_.has_value()) end_ = status;
    if (finished_) return;
    first = *end_;
    writing = turn_ == Turn::kWriting;
    finished_ = !writing;
  }
  writing ? open_->HastenWrite(entry_, kMaxLastWrite) : Finish(ToGrpcStatus(first));
}

void ServerStream::Wake() {
  {
    absl::MutexLock lock(&mutex_);
    woken_ = true;
    if (turn_ != Turn::kFree || finished_) return;
    turn_ = Turn::kTaken;
  }
  Advance();
}

void ServerStream::OnWriteDone(bool ok) {
  open_->EndWrite(entry_);
  message_.Clear();
  {
    absl::MutexLock lock(&mutex_);
    turn_ = Turn::kTaken;
    if (!ok && !end_.has_value()) end_ = MakeError(Reason::kCancelled, "the client is gone");
  }
  Advance();
}

void ServerStream::OnCancel() { End(MakeError(Reason::kCancelled, "cancelled by the caller")); }

void ServerStream::OnDone() {
  Guarded(method_, [this] { OnEnd(); }).IgnoreError();
  const std::shared_ptr<ServerStream> last = std::move(self_);
}

void ServerStream::Advance() {
  // Whoever gets the turn after one of the calls below may finish the call, and gRPC let go of the stream, before the
  // call returns. Where they answer true, nothing is touched any more.
  while (!FinishIfEnded()) {
    absl::StatusOr<StreamStep> step = Guarded(method_, [this] { return NextStep(); });
    if (!step.ok()) {
      Fail(step.status());
    } else if (step->kind == StreamStep::Kind::kWrite) {
      if (BeginWrite()) return;
    } else if (step->kind == StreamStep::Kind::kWork) {
      if (BeginWork(*std::move(step))) return;
    } else if (step->kind == StreamStep::Kind::kWait) {
      if (BeginWait()) return;
    } else {
      absl::MutexLock lock(&mutex_);
      if (!end_.has_value()) end_ = absl::OkStatus();
    }
  }
}

absl::StatusOr<StreamStep> ServerStream::NextStep() {
  absl::StatusOr<StreamStep> step = Next(message_);
  if (!step.ok()) return step;
  const auto bytes = static_cast<int64_t>(message_.Length());
  absl::Status held = open_->Hold(entry_, request_bytes_ + KeptBytes() + bytes);
  if (!held.ok()) return held;
  return step;
}

bool ServerStream::FinishIfEnded() {
  absl::Status status;
  {
    absl::MutexLock lock(&mutex_);
    woken_ = false;
    if (!end_.has_value()) return false;
    turn_ = Turn::kFree;
    if (finished_) return true;
    finished_ = true;
    status = *end_;
  }
  Finish(ToGrpcStatus(status));
  return true;
}

bool ServerStream::BeginWrite() {
  {
    absl::MutexLock lock(&mutex_);
    if (end_.has_value()) return false;
    turn_ = Turn::kWriting;
    open_->BeginWrite(entry_, context_->c_call(), max_write_);
  }
  // The call cannot end before the write has begun and is over.
  StartWrite(&message_);
  return true;
}

bool ServerStream::BeginWork(StreamStep step) {
  auto run = [self = shared_from_this(), work = std::move(step.work)]() mutable {
    bool ended;
    {
      absl::MutexLock lock(&self->mutex_);
      ended = self->end_.has_value();
    }
    absl::Status status = ended ? absl::OkStatus() : Guarded(self->method_, work);
    if (!status.ok()) self->Fail(status);
    self->Advance();
  };
  if (step.executor->TrySchedule(std::move(run), call_.peer)) return true;
  Fail(QueueFull());
  return false;
}

bool ServerStream::BeginWait() {
  absl::MutexLock lock(&mutex_);
  if (woken_ || end_.has_value()) return false;
  turn_ = Turn::kFree;
  return true;
}

void ServerStream::Fail(const absl::Status& status) {
  {
    absl::MutexLock lock(&mutex_);
    if (end_.has_value()) return;
    end_ = status;
  }
  if (!absl::IsInvalidArgument(status) && !absl::IsCancelled(status)) LogCall(method_, call_, status);
}

absl::Status StreamRegistry::Receive(const RequestBounds& bounds, const std::string& peer,
                                     const grpc::ByteBuffer* request, google::protobuf::Message& parsed) {
  if (request->Valid()) open_.arriving().NoteRequest(peer, request->Length());
  absl::StatusOr<MemoryBudget::Reservation> room = open_.budget().Reserve(ParseCost(*request, bounds));
  absl::Status status = room.ok() ? ParseRequest(*request, bounds, parsed) : room.status();
  ReleaseRequest(request);
  return status;
}

void StreamRegistry::Drain() {
  for (const auto& stream : places_.Close()) stream->End(StreamPlaces<ServerStream>::Closed());
}

}  // namespace toolcatalog
