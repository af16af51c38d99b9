#ifndef COMMON_WAKE_H_
#define COMMON_WAKE_H_

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "absl/time/time.h"

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
    pollfd waited{fd_, POLLIN, 0};
    return poll(&waited, 1, static_cast<int>(absl::ToInt64Milliseconds(limit))) == 1;
  }
  // The file descriptor to poll: it is readable while the signal is set.
  int fd() const { return fd_; }

 private:
  const int fd_;
};

}  // namespace toolcatalog

#endif  // COMMON_WAKE_H_
