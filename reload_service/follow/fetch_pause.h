#ifndef RELOAD_SERVICE_FOLLOW_FETCH_PAUSE_H_
#define RELOAD_SERVICE_FOLLOW_FETCH_PAUSE_H_

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace toolcatalog {

// Decides whether a read of an invalidated profile waits for the catalog, so that a catalog that hangs or fails does
// not hold up every read: after a failure, one read a second asks until one succeeds. Thread-safe.
class FetchPause {
 public:
  // Whether the read may ask. If so after a failure, no other may for a second.
  bool MayAsk(absl::Time now);

  // How a fetch for a read has ended, or that it takes too long.
  void NoteSuccess();
  void NoteFailure(absl::Time now);

 private:
  absl::Mutex mutex_;
  bool failing_ ABSL_GUARDED_BY(mutex_) = false;
  // While failing: when the next read may ask.
  absl::Time next_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace toolcatalog

#endif  // RELOAD_SERVICE_FOLLOW_FETCH_PAUSE_H_
