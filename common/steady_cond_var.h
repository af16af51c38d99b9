#ifndef COMMON_STEADY_COND_VAR_H_
#define COMMON_STEADY_COND_VAR_H_

#include <condition_variable>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "common/steady_time.h"

namespace toolcatalog {

// Waits of limited length under an `absl::Mutex`. The mutex's own waits with a timeout end by the system's clock: when
// that is set back by an hour, they last an hour longer. These end by the steady clock. Who changes what a condition is
// about calls `NotifyAll`; the mutex does not know of these waits. Thread-safe.
class SteadyCondVar {
 public:
  // Wakes those who wait, so that they look at their conditions again. The caller may hold the mutex.
  void NotifyAll() { changed_.notify_all(); }

  // Waits until the condition holds, or until `deadline`. Returns whether it holds. The condition is looked at while
  // the mutex is held, and so when this returns.
  bool AwaitUntil(absl::Mutex& mutex, const absl::Condition& condition, SteadyTime deadline)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex);

 private:
  std::condition_variable_any changed_;
};

}  // namespace toolcatalog

#endif  // COMMON_STEADY_COND_VAR_H_
