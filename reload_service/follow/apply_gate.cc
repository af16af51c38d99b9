#include "reload_service/follow/apply_gate.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "common/status.h"
#include "common/steady_time.h"

namespace toolcatalog {

ApplyGate::Turn::Turn(ApplyGate* gate) : gate_(gate) {
  absl::MutexLock lock(&gate_->mutex_);
  gate_->mutex_.Await(absl::Condition(&gate_->is_free_));
  gate_->is_free_ = false;
  freeze_ = gate_->freeze_;
}

ApplyGate::Turn::~Turn() {
  const int64_t revision = gate_->cache_->GetFreshness().revision;
  absl::MutexLock lock(&gate_->mutex_);
  gate_->is_free_ = true;
  gate_->revision_ = revision;
  gate_->moved_.NotifyAll();
}

bool ApplyGate::Close(const std::string& reason, absl::Time now) {
  absl::MutexLock lock(&mutex_);
  const bool changed = !freeze_.has_value() || freeze_->reason != reason;
  if (!freeze_.has_value()) freeze_ = Freeze{now, ""};
  freeze_->reason = reason;
  moved_.NotifyAll();
  is_frozen_.store(true, std::memory_order_release);
  mutex_.Await(absl::Condition(&is_free_));
  return changed;
}

std::optional<ApplyGate::Freeze> ApplyGate::Open() {
  absl::MutexLock lock(&mutex_);
  is_frozen_.store(false, std::memory_order_release);
  return std::exchange(freeze_, std::nullopt);
}

std::optional<ApplyGate::Freeze> ApplyGate::freeze() const {
  absl::MutexLock lock(&mutex_);
  return freeze_;
}

absl::Status ApplyGate::CheckOpen() const { return Describe(freeze()); }

absl::Status ApplyGate::Describe(const std::optional<Freeze>& freeze) {
  if (!freeze.has_value()) return absl::OkStatus();
  return MakeError(Reason::kReplicaFrozen,
                   absl::StrCat("the replica is frozen since ",
                                absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", freeze->since, absl::UTCTimeZone()),
                                freeze->reason.empty() ? "" : ": ", freeze->reason));
}

bool ApplyGate::AwaitRevision(int64_t revision, SteadyTime deadline) const {
  absl::MutexLock lock(&mutex_);
  const auto decided = [this, revision]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
    return revision_ >= revision || stopped_ || freeze_.has_value();
  };
  moved_.AwaitUntil(mutex_, absl::Condition(&decided), deadline);
  return revision_ >= revision;
}

void ApplyGate::Stop() {
  absl::MutexLock lock(&mutex_);
  stopped_ = true;
  moved_.NotifyAll();
}

}  // namespace toolcatalog
