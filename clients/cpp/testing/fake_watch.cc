#include "clients/cpp/testing/fake_watch.h"

#include <utility>

#include "clients/cpp/testing/watch_messages.h"

namespace toolcatalog {

void FakeWatch::Send(v1::WatchToolsResponse message) {
  absl::MutexLock lock(&mutex_);
  const auto tell_hash = [this](auto& positioned) {
    if (positioned.state_hash() == TestStateHash(positioned.revision())) positioned.set_state_hash(state_->hash());
  };
  bool complete = true;
  if (message.has_snapshot()) {
    snapshot_.push_back(message.snapshot());
    complete = message.snapshot().last();
    if (complete) state_->Load(std::exchange(snapshot_, {}));
  }
  for (int i = 0; i < message.batch().writes_size(); ++i) {
    v1::Write& write = *message.mutable_batch()->mutable_writes(i);
    changes_.insert(changes_.end(), write.changes().begin(), write.changes().end());
    complete = !write.more();
    if (!complete) continue;
    state_->Apply(std::exchange(changes_, {}));
    tell_hash(write);
  }
  if (complete) tell_hash(message);
  messages_.push_back(std::move(message));
}

void FakeWatch::End(const grpc::Status& status) {
  absl::MutexLock lock(&mutex_);
  end_ = status;
}

bool FakeWatch::AwaitCancelled() {
  absl::MutexLock lock(&mutex_);
  return mutex_.AwaitWithTimeout(absl::Condition(&cancelled_), FakeCall::kPatience);
}

grpc::Status FakeWatch::Serve(const FakeCall::Cancelled& cancelled,
                              const std::function<void(const v1::WatchToolsResponse&)>& write) {
  const auto anything = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return !messages_.empty() || end_.has_value(); };
  while (true) {
    v1::WatchToolsResponse message;
    {
      absl::MutexLock lock(&mutex_);
      mutex_.AwaitWithTimeout(absl::Condition(&anything), FakeCall::kLook);
      if (cancelled()) {
        cancelled_ = true;
        return grpc::Status::CANCELLED;
      }
      if (messages_.empty() && end_.has_value()) return *end_;
      if (messages_.empty()) continue;
      message = std::move(messages_.front());
      messages_.pop_front();
    }
    write(message);
  }
}

}  // namespace toolcatalog
