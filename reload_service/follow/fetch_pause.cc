#include "reload_service/follow/fetch_pause.h"

namespace toolcatalog {
namespace {

constexpr absl::Duration kPause = absl::Seconds(1);

}  // namespace

bool FetchPause::MayAsk(absl::Time now) {
  absl::MutexLock lock(&mutex_);
  if (!failing_) return true;
  // A pause that is longer than it can be tells that the clock was set back.
  if (now < next_ && next_ - now <= kPause) return false;
  next_ = now + kPause;
  return true;
}

void FetchPause::NoteSuccess() {
  absl::MutexLock lock(&mutex_);
  failing_ = false;
}

void FetchPause::NoteFailure(absl::Time now) {
  absl::MutexLock lock(&mutex_);
  failing_ = true;
  next_ = now + kPause;
}

}  // namespace toolcatalog
