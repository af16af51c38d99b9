#include "common/rpc/server_stream.h"

#include <grpc/grpc.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/status.h"

namespace toolcatalog {
namespace {

// For the write under way when the stream is to end.
constexpr absl::Duration kMaxLastWrite = absl::Seconds(1);

absl::Status Draining() { return MakeError(Reason::kShuttingDown, "the server is shutting down"); }

}  // namespace

OpenStream::OpenStream(const char* method, grpc::CallbackServerContext* context, absl::Duration max_write)
    : method_(method), context_(context), call_(InfoOf(*context)), max_write_(max_write) {}

void OpenStream::Start() {
  self_ = shared_from_this();
  if (absl::Status status = Guarded(method_, [this] { OnStart(); }); !status.ok()) End(status);
  Wake();
}

void OpenStream::End(const absl::Status& status) {
  const absl::Time last_write = absl::Now() + kMaxLastWrite;
  absl::Status first;
  bool writing;
  {
    absl::MutexLock lock(&mutex_);
    if (!end_.has_value()) end_ = status;
    if (finished_) return;
    first = *end_;
    writing = turn_ == Turn::kWriting;
    if (writing) {
      write_deadline_ = std::min(write_deadline_, last_write);
    } else {
      finished_ = true;
    }
  }
  writing ? LookAt(last_write) : FinishCall(ToGrpcStatus(first));
}

void OpenStream::Wake() {
  {
    absl::MutexLock lock(&mutex_);
    woken_ = true;
    if (turn_ != Turn::kFree || finished_) return;
    turn_ = Turn::kTaken;
  }
  Advance();
}

void OpenStream::WriteDone(bool ok) {
  {
    absl::MutexLock lock(&mutex_);
    turn_ = Turn::kTaken;
    if (!ok && !end_.has_value()) end_ = MakeError(Reason::kCancelled, "the client is gone");
  }
  Advance();
}

void OpenStream::Release() {
  std::shared_ptr<BoundedWait> look;
  {
    absl::MutexLock lock(&mutex_);
    look = std::move(look_);
  }
  if (look != nullptr) look->Settle();
  Guarded(method_, [this] { OnEnd(); }).IgnoreError();
  const std::shared_ptr<OpenStream> last = std::move(self_);
}

void OpenStream::Advance() {
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

bool OpenStream::FinishIfEnded() {
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
  FinishCall(ToGrpcStatus(status));
  return true;
}

bool OpenStream::BeginWrite() {
  const absl::Time deadline = absl::Now() + max_write_;
  bool look;
  {
    absl::MutexLock lock(&mutex_);
    if (end_.has_value()) return false;
    turn_ = Turn::kWriting;
    write_deadline_ = deadline;
    look = !std::exchange(looking_, true);
  }
  // The call cannot end before the write has begun and is over.
  if (look) LookAt(deadline);
  WriteMessage();
  return true;
}

bool OpenStream::BeginWork(StreamStep step) {
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
  if (step.executor->TrySchedule(std::move(run))) return true;
  Fail(QueueFull());
  return false;
}

bool OpenStream::BeginWait() {
  absl::MutexLock lock(&mutex_);
  if (woken_ || end_.has_value()) return false;
  turn_ = Turn::kFree;
  return true;
}

void OpenStream::Fail(const absl::Status& status) {
  {
    absl::MutexLock lock(&mutex_);
    if (end_.has_value()) return;
    end_ = status;
  }
  if (!absl::IsInvalidArgument(status) && !absl::IsCancelled(status)) LogCall(method_, call_, status);
}

void OpenStream::LookAt(absl::Time time) {
  std::shared_ptr<BoundedWait> look = BoundedWait::Start(time, [weak = weak_from_this()] {
    if (const std::shared_ptr<OpenStream> self = weak.lock()) self->CheckWrite();
  });
  {
    absl::MutexLock lock(&mutex_);
    std::swap(look, look_);
  }
  if (look != nullptr) look->Settle();
}

void OpenStream::CheckWrite() {
  const absl::Time now = absl::Now();
  absl::Time deadline;
  grpc_call* call = nullptr;
  {
    absl::MutexLock lock(&mutex_);
    deadline = write_deadline_;
    if (turn_ != Turn::kWriting || now >= deadline) looking_ = false;
    if (turn_ != Turn::kWriting) return;
    if (now >= deadline) {
      // The call may end, and its context with it, once the lock is released.
      call = context_->c_call();
      grpc_call_ref(call);
    }
  }
  if (call == nullptr) return LookAt(deadline);
  Fail(MakeError(Reason::kCancelled, "the client does not take the messages of the stream"));
  grpc_call_cancel(call, nullptr);
  grpc_call_unref(call);
}

absl::Status StreamRegistry::Admit(const std::shared_ptr<OpenStream>& stream) {
  absl::MutexLock lock(&mutex_);
  streams_.erase(std::remove_if(streams_.begin(), streams_.end(), [](const auto& weak) { return weak.expired(); }),
                 streams_.end());
  if (draining_) return Draining();
  if (streams_.size() >= max_streams_) {
    return MakeError(Reason::kTooManyStreams, absl::StrCat("this server serves at most ", max_streams_, " ", kind_,
                                                           "; try again later, or another replica"));
  }
  streams_.push_back(stream);
  return absl::OkStatus();
}

void StreamRegistry::Drain() {
  std::vector<std::shared_ptr<OpenStream>> open;
  {
    absl::MutexLock lock(&mutex_);
    draining_ = true;
    for (const auto& weak : streams_) {
      if (auto stream = weak.lock()) open.push_back(std::move(stream));
    }
  }
  for (const auto& stream : open) stream->End(Draining());
}

}  // namespace toolcatalog
