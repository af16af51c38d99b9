#ifndef TESTS_SUPPORT_STEPPED_CLOCK_H_
#define TESTS_SUPPORT_STEPPED_CLOCK_H_

#include "absl/time/time.h"

namespace toolcatalog {

// While it lives, the system's clock differs by `step` from what it would be, for this process. A test that links this
// library replaces the functions of libc by which Abseil and gRPC read the system's clock and wait for it. So waits
// that are under way notice the step, as they do when somebody sets the clock. `absl::Now` extrapolates,
// and may notice it two seconds later; the destructor waits until it shows the right time again. One at a time.
class SteppedClock {
 public:
  explicit SteppedClock(absl::Duration step);
  ~SteppedClock();
  SteppedClock(const SteppedClock&) = delete;
  SteppedClock& operator=(const SteppedClock&) = delete;
};

}  // namespace toolcatalog

#endif  // TESTS_SUPPORT_STEPPED_CLOCK_H_
