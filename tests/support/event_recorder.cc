#include "tests/support/event_recorder.h"

#include <algorithm>
#include <utility>

namespace toolcatalog {

EventRecorder::EventRecorder(v1::ReloadService::Stub* reload) : reload_(reload), thread_([this] { Run(); }) {}

EventRecorder::~EventRecorder() { Stop(); }

void EventRecorder::Run() {
  v1::WatchReloadsRequest request;
  request.set_from_event_id(0);
  auto stream = reload_->WatchReloads(&context_, request);
  v1::ReloadEvent event;
  while (stream->Read(&event)) {
    absl::MutexLock lock(&mutex_);
    revision_ = std::max(revision_, event.revision());
    events_.push_back(std::move(event));
  }
  stream->Finish();
}

bool EventRecorder::AwaitRevision(int64_t revision, absl::Duration timeout) const {
  absl::MutexLock lock(&mutex_);
  auto reached = [&]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return revision_ >= revision; };
  return mutex_.AwaitWithTimeout(absl::Condition(&reached), timeout);
}

std::vector<v1::ReloadEvent> EventRecorder::Stop() {
  context_.TryCancel();
  if (thread_.joinable()) thread_.join();
  absl::MutexLock lock(&mutex_);
  return events_;
}

}  // namespace toolcatalog
