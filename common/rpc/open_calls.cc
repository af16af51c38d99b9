#include "common/rpc/open_calls.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "common/guarded.h"
#include "common/log.h"
#include "common/memory_limit.h"
#include "common/rpc/timer_wake.h"
#include "common/status.h"

namespace toolcatalog {
namespace {

// How often the thread looks for messages that nobody takes.
constexpr absl::Duration kTick = absl::Milliseconds(100);
// How often it returns memory to the system, and how often it looks whether that is urgent.
constexpr absl::Duration kReturnInterval = absl::Seconds(10);
constexpr absl::Duration kCheckInterval = absl::Seconds(1);
// Who is on the way for less is not given up for lack of memory.
constexpr absl::Duration kGrace = absl::Seconds(1);
// An answer may take this long, and as long as its bytes take at the rate.
constexpr absl::Duration kAnswerTime = absl::Seconds(30);
constexpr double kMinBytesPerSecond = 256 << 10;

}  // namespace

absl::Duration OpenCalls::TimeFor(size_t bytes) {
  return kAnswerTime + absl::Seconds(static_cast<double>(bytes) / kMinBytesPerSecond);
}

OpenCalls::OpenCalls(int64_t memory_limit)
    : memory_limit_(memory_limit),
      quota_("calls"),
      budget_("calls", memory_limit / 6),
      arriving_(memory_limit / 6),
      shares_(memory_limit / 8),
      thread_([this] { Run(); }) {
  quota_.Resize(static_cast<size_t>(memory_limit / 4));
}

OpenCalls::~OpenCalls() {
  stop_.Set();
  thread_.join();
}

OpenCalls::Entry::~Entry() {
  if (share_ != nullptr) share_->Add(-held_.bytes());
}

absl::Status OpenCalls::TryHold(Entry& entry, int64_t more) {
  if (const CallerShares::Share* share = entry.share_.get(); share != nullptr && more > 0) {
    absl::Status allowed = shares_.CheckConnection(*share, more, budget_.held());
    if (!allowed.ok()) return allowed;
    if (!shares_.CheckAddress(*share, more).ok()) MakeRoom(more, share->of_address.get());
    allowed = shares_.CheckAddress(*share, more);
    if (!allowed.ok()) return allowed;
  }
  absl::Status status = entry.held_.Resize(entry.held_.bytes() + more);
  if (status.ok()) return status;
  MakeRoom(more, nullptr);
  return entry.held_.Resize(entry.held_.bytes() + more);
}

absl::Status OpenCalls::Admit(Entry& entry, absl::string_view caller, int64_t bytes) {
  entry.held_ = budget_.Begin();
  if (!caller.empty()) entry.share_ = shares_.Of(caller);
  return Hold(entry, bytes);
}

absl::Status OpenCalls::Hold(Entry& entry, int64_t bytes) {
  const int64_t more = kCallBytes + bytes - entry.held_.bytes();
  absl::Status status = TryHold(entry, more);
  if (status.ok() && entry.share_ != nullptr) entry.share_->Add(more);
  return status;
}

void OpenCalls::BeginWrite(Entry& entry, grpc_call* call, absl::Duration limit) {
  const SteadyTime deadline = SteadyTime::Now() + limit;
  absl::MutexLock lock(&mutex_);
  entry.call_ = call;
  entry.begin_ = SteadyTime::Now();
  entry.deadline_ = deadline;
  entry.writing_ = true;
  entry.place_ = writing_.insert(writing_.end(), &entry);
}

void OpenCalls::HastenWrite(Entry& entry, absl::Duration limit) {
  const SteadyTime deadline = SteadyTime::Now() + limit;
  absl::MutexLock lock(&mutex_);
  if (entry.writing_) entry.deadline_ = std::min(entry.deadline_, deadline);
}

void OpenCalls::EndWrite(Entry& entry) {
  absl::MutexLock lock(&mutex_);
  if (!std::exchange(entry.writing_, false)) return;
  if (std::exchange(entry.leaving_, false)) {
    leaving_bytes_ -= entry.held_.bytes();
    leaving_.erase(entry.place_);
  } else {
    writing_.erase(entry.place_);
  }
}

void OpenCalls::MakeRoom(int64_t bytes, const std::atomic<int64_t>* of_address) {
  const SteadyTime recent = SteadyTime::Now() - kGrace;
  Calls calls;
  {
    absl::MutexLock lock(&mutex_);
    bytes -= leaving_bytes_;
    for (auto place = writing_.begin(); place != writing_.end() && bytes > 0 && (*place)->begin_ <= recent;) {
      const auto next = std::next(place);
      const CallerShares::Share* share = (*place)->share_.get();
      if (of_address == nullptr || (share != nullptr && share->of_address.get() == of_address)) {
        bytes -= (*place)->held_.bytes();
        GiveUp(place, calls);
      }
      place = next;
    }
  }
  Cancel(calls);
}

// What the call holds stays counted until gRPC has ended it, or calls could come faster than others go.
void OpenCalls::GiveUp(Entries::iterator place, Calls& calls) {
  Entry& entry = **place;
  leaving_.splice(leaving_.end(), writing_, place);
  entry.leaving_ = true;
  leaving_bytes_ += entry.held_.bytes();
  grpc_call_ref(entry.call_);
  calls.push_back(entry.call_);
}

void OpenCalls::Cancel(const Calls& calls) {
  for (grpc_call* call : calls) {
    grpc_call_cancel(call, nullptr);
    grpc_call_unref(call);
  }
}

void OpenCalls::Run() {
  SteadyTime next_return = SteadyTime::Now() + kReturnInterval, next_check = SteadyTime::Now();
  while (!stop_.WaitFor(kTick)) {
    WakeGrpcTimers();
    GiveUpLateOnes();
    Guarded("arriving bytes", [this] { arriving_.Check(); }).IgnoreError();
    if (const SteadyTime now = SteadyTime::Now(); now >= next_check) {
      ReturnMemoryAbove(memory_limit_ / 2);
      next_check = now + kCheckInterval;
    }
    if (SteadyTime::Now() < next_return) continue;
    ReturnFreeMemory();
    LogRefused();
    next_return = SteadyTime::Now() + kReturnInterval;
  }
}

void OpenCalls::LogRefused() {
  const int64_t refused = refused_.exchange(0);
  if (refused > 0) LogWarning("calls refused", {{"calls", refused}, {"bytes_held_by_calls", budget_.held()}});
}

void OpenCalls::GiveUpLateOnes() {
  const SteadyTime now = SteadyTime::Now();
  Calls calls;
  {
    absl::MutexLock lock(&mutex_);
    for (auto place = writing_.begin(); place != writing_.end();) {
      const auto next = std::next(place);
      if ((*place)->deadline_ <= now) GiveUp(place, calls);
      place = next;
    }
  }
  Cancel(calls);
}

}  // namespace toolcatalog
