#include "tests/support/watch_recorder.h"

#include <utility>

namespace toolcatalog {
namespace {

constexpr absl::Duration kPause = absl::Milliseconds(50);

}  // namespace

WatchRecorder::WatchRecorder(StubOf stub_of, v1::WatchToolsRequest request, OnEnd on_end)
    : stub_of_(std::move(stub_of)), on_end_(on_end), request_(std::move(request)), thread_([this] { Run(); }) {}

WatchRecorder::~WatchRecorder() {
  Stop();
  thread_.join();
}

void WatchRecorder::Stop() {
  std::shared_ptr<grpc::ClientContext> context;
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
    context = context_;
  }
  if (context != nullptr) context->TryCancel();
  absl::MutexLock lock(&mutex_);
  mutex_.Await(absl::Condition(&ended_));
}

bool WatchRecorder::AwaitRevision(int64_t revision, absl::Duration timeout) const {
  absl::MutexLock lock(&mutex_);
  auto reached = [&]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return revision_ >= revision || ended_; };
  mutex_.AwaitWithTimeout(absl::Condition(&reached), timeout);
  return revision_ >= revision;
}

bool WatchRecorder::AwaitEnd(absl::Duration timeout) const {
  absl::MutexLock lock(&mutex_);
  return mutex_.AwaitWithTimeout(absl::Condition(&ended_), timeout);
}

WatchRecording WatchRecorder::recording() const {
  absl::MutexLock lock(&mutex_);
  return recording_;
}

void WatchRecorder::Run() {
  for (int connection = 0; EndConnection(RunOnce(connection)); ++connection) {
  }
  absl::MutexLock lock(&mutex_);
  ended_ = true;
}

grpc::Status WatchRecorder::RunOnce(int connection) {
  auto context = std::make_shared<grpc::ClientContext>();
  v1::WatchToolsRequest request;
  {
    absl::MutexLock lock(&mutex_);
    if (stopping_) return grpc::Status(grpc::StatusCode::CANCELLED, "stopped");
    context_ = context;
    recording_.connections.push_back({request_, {}, {}});
    request = request_;
  }
  auto stream = stub_of_(connection)->WatchTools(context.get(), request);
  v1::WatchToolsResponse message;
  while (stream->Read(&message)) Keep(std::move(message));
  const grpc::Status status = stream->Finish();
  absl::MutexLock lock(&mutex_);
  context_ = nullptr;
  recording_.connections.back().status = status;
  return status;
}

template <typename Positioned>
void WatchRecorder::Reach(const Positioned& positioned) {
  revision_ = positioned.revision();
  request_.clear_snapshot();
  request_.set_from_revision(positioned.revision());
  request_.set_state_hash(positioned.state_hash());
}

void WatchRecorder::Keep(v1::WatchToolsResponse message) {
  absl::MutexLock lock(&mutex_);
  if (stopping_) return;
  if (message.has_bookmark() || message.snapshot().last()) Reach(message);
  for (const v1::Write& write : message.batch().writes()) {
    if (!write.more()) Reach(write);
  }
  recording_.connections.back().messages.push_back(std::move(message));
}

bool WatchRecorder::EndConnection(const grpc::Status& status) {
  absl::MutexLock lock(&mutex_);
  const bool temporary =
      status.error_code() == grpc::StatusCode::UNAVAILABLE || status.error_code() == grpc::StatusCode::CANCELLED;
  if (on_end_ == OnEnd::kStop || !temporary) return false;
  mutex_.AwaitWithTimeout(absl::Condition(&stopping_), kPause);
  return !stopping_;
}

}  // namespace toolcatalog
