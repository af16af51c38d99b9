#include "reload_service/follow/snapshot_requests.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/status.h"

namespace toolcatalog {

int64_t SnapshotRequests::Add(const ReloadWaiter& waiter) {
  absl::MutexLock lock(&mutex_);
  if (stopped_) return 0;
  waiting_.push_back({++last_number_, waiter});
  return last_number_;
}

int64_t SnapshotRequests::Want(const std::string& reason) {
  absl::MutexLock lock(&mutex_);
  if (stopped_ || wanted_.has_value()) return 0;
  wanted_ = Wanted{++last_number_, reason};
  return last_number_;
}

int64_t SnapshotRequests::WantAgain() {
  absl::MutexLock lock(&mutex_);
  if (stopped_ || !wanted_.has_value()) return 0;
  return wanted_->number = ++last_number_;
}

std::vector<ReloadWaiter> SnapshotRequests::Settle(int64_t number) {
  std::vector<ReloadWaiter> settled;
  std::vector<Waiting> kept;
  absl::MutexLock lock(&mutex_);
  for (Waiting& candidate : waiting_) {
    if (candidate.number <= number) {
      settled.push_back(std::move(candidate.waiter));
    } else {
      kept.push_back(std::move(candidate));
    }
  }
  waiting_.swap(kept);
  return settled;
}

std::string SnapshotRequests::SettleWanted(const CatalogSnapshot& snapshot) {
  std::string reason;
  if (snapshot.history_lost) reason = absl::StrCat(ErrorReason(snapshot.refusal), ": ", snapshot.refusal.message());
  absl::MutexLock lock(&mutex_);
  if (wanted_.has_value() && (snapshot.history_lost || wanted_->number <= snapshot.resync)) {
    if (reason.empty()) reason = std::move(wanted_->reason);
    wanted_.reset();
  }
  return reason;
}

void SnapshotRequests::Stop() {
  absl::MutexLock lock(&mutex_);
  stopped_ = true;
}

}  // namespace toolcatalog
