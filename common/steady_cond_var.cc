#include "common/steady_cond_var.h"

#include <algorithm>

namespace toolcatalog {
namespace {

// The standard library adds up times in whole nanoseconds, which must not overflow.
constexpr absl::Duration kLongest = absl::Hours(24 * 365);

// The mutex with the names that the standard library uses.
struct StandardLock {
  void lock() ABSL_NO_THREAD_SAFETY_ANALYSIS { mutex.Lock(); }
  void unlock() ABSL_NO_THREAD_SAFETY_ANALYSIS { mutex.Unlock(); }
  absl::Mutex& mutex;
};

}  // namespace

bool SteadyCondVar::AwaitUntil(absl::Mutex& mutex, const absl::Condition& condition, SteadyTime deadline) {
  StandardLock lock{mutex};
  while (!condition.Eval()) {
    const SteadyTime now = SteadyTime::Now();
    if (now >= deadline) return false;
    changed_.wait_until(lock, std::min(deadline, now + kLongest).ToChrono());
  }
  return true;
}

}  // namespace toolcatalog
