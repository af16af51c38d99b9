#include "reload_service/events/reporter_bell.h"

#include <utility>

#include "common/status.h"

namespace toolcatalog {

void ReporterBell::OnEvent() {
  absl::MutexLock lock(&mutex_);
  rung_ = true;
  called_.NotifyAll();
}

void ReporterBell::Stop(absl::Duration last_word) {
  absl::MutexLock lock(&mutex_);
  if (!stopping_) end_ = SteadyTime::Now() + last_word;
  stopping_ = true;
  called_.NotifyAll();
}

SteadyTime ReporterBell::end() const {
  absl::MutexLock lock(&mutex_);
  return end_;
}

bool ReporterBell::AwaitStop(SteadyTime deadline) const {
  absl::MutexLock lock(&mutex_);
  return called_.AwaitUntil(mutex_, absl::Condition(&stopping_), deadline);
}

bool ReporterBell::AwaitEvent(SteadyTime deadline) {
  absl::MutexLock lock(&mutex_);
  const auto called = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return rung_ || stopping_; };
  called_.AwaitUntil(mutex_, absl::Condition(&called), deadline);
  rung_ = false;
  return stopping_;
}

void ReporterBell::Put(Slot* slot, Answer answer) {
  absl::MutexLock lock(&mutex_);
  *slot = std::move(answer);
  called_.NotifyAll();
}

ReporterBell::Answer ReporterBell::AwaitAnswer(Slot* slot) {
  absl::MutexLock lock(&mutex_);
  const auto came = [slot] { return slot->has_value(); };
  const auto called = [this, slot]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return slot->has_value() || stopping_; };
  mutex_.Await(absl::Condition(&called));
  if (!slot->has_value()) {
    const SteadyTime now = SteadyTime::Now();
    called_.AwaitUntil(mutex_, absl::Condition(&came), now + (end_ - now) / 2);
  }
  if (!slot->has_value()) return MakeError(Reason::kShuttingDown, "the service is stopping");
  return *std::move(*slot);
}

}  // namespace toolcatalog
