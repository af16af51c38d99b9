#ifndef COMMON_WAKE_H_
#define COMMON_WAKE_H_

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>

#include "absl/time/time.h"
#include "common/steady_time.h"

namespace toolcatalog {

// A signal for a thread that waits in poll(2), together with sockets for example. Once set, it stays set until it is
// cleared. Thread-safe.
class Wake {
 public:
  Wake() : fd_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}
  ~Wake() { close(fd_); }
  Wake(const Wake&) = delete;
  Wake& operator=(const Wake&) = delete;

  void Set() { eventfd_write(fd_, 1); }
  void Clear() {
    eventfd_t count;
    eventfd_read(fd_, &count);
  }
  // Waits until the signal is set, or for this long at most; true if it is set. Changes of the system's clock do not
  // matter.
  bool WaitFor(absl::Duration limit) {
    const SteadyTime deadline = SteadyTime::Now() + limit;
    while (true) {
      // poll(2) takes whole milliseconds, and no more than an int holds. A signal ends it early.
      const absl::Duration left = std::clamp(deadline - SteadyTime::Now(), absl::ZeroDuration(), absl::Hours(24));
      pollfd waited{fd_, POLLIN, 0};
      const absl::Duration rounded = absl::Ceil(left, absl::Milliseconds(1));
      if (poll(&waited, 1, static_cast<int>(absl::ToInt64Milliseconds(rounded))) == 1) return true;
      if (SteadyTime::Now() >= deadline) return false;
    }
  }
  // The file descriptor to poll: it is readable while the signal is set.
  int fd() const { return fd_; }

 private:
  const int fd_;
};

}  // namespace toolcatalog

#endif  // COMMON_WAKE_H_
