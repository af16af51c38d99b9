#include "tests/support/stepped_clock.h"

#include <dlfcn.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdarg>
#include <cstdint>

#include "absl/base/casts.h"
#include "absl/time/clock.h"
#include "tests/support/await.h"

namespace toolcatalog {
namespace {

constexpr int64_t kNanosPerSecond = 1000000000;
// How long a wait that a step concerns may not notice it.
constexpr int64_t kLookNanos = 10000000;
// How far `absl::Now` may be from the system's clock that it extrapolates.
constexpr absl::Duration kTolerance = absl::Seconds(1);
constexpr absl::Duration kPatience = absl::Seconds(10);

std::atomic<int64_t> step_nanos{0};

int64_t ToNanos(const timespec& time) { return time.tv_sec * kNanosPerSecond + time.tv_nsec; }

timespec ToTimespec(int64_t nanos) { return {nanos / kNanosPerSecond, nanos % kNanosPerSecond}; }

// The `syscall` of libc. A static local variable would wait by the very function that is replaced here.
long CallLibc(long number, long a = 0, long b = 0, long c = 0, long d = 0, long e = 0, long f = 0) {
  using Syscall = long (*)(long, ...);
  static std::atomic<Syscall> original{nullptr};
  Syscall call = original.load();
  if (call == nullptr) original = call = reinterpret_cast<Syscall>(dlsym(RTLD_NEXT, "syscall"));
  return call(number, a, b, c, d, e, f);
}

int64_t NowNanos(clockid_t clock) {
  timespec now;
  clock_gettime(clock, &now);
  return ToNanos(now);
}

// A wait on a futex until the system's clock shows a time. `arguments` are those of the system call.
long WaitOnFutex(const long (&arguments)[6]) {
  const int64_t deadline = ToNanos(*absl::bit_cast<const timespec*>(arguments[3]));
  while (true) {
    const int64_t left = deadline - NowNanos(CLOCK_REALTIME);
    if (left <= 0) {
      errno = ETIMEDOUT;
      return -1;
    }
    const timespec end = ToTimespec(NowNanos(CLOCK_MONOTONIC) + std::min(left, kLookNanos));
    const long result = CallLibc(SYS_futex, arguments[0], arguments[1] & ~FUTEX_CLOCK_REALTIME, arguments[2],
                                 reinterpret_cast<long>(&end), arguments[4], arguments[5]);
    if (result != -1 || errno != ETIMEDOUT) return result;
  }
}

}  // namespace

SteppedClock::SteppedClock(absl::Duration step) { step_nanos = absl::ToInt64Nanoseconds(step); }

SteppedClock::~SteppedClock() {
  step_nanos = 0;
  // Else the deadlines of the next test might be over before it begins.
  const auto has_noticed = [] {
    return absl::AbsDuration(absl::Now() - absl::FromChrono(std::chrono::system_clock::now())) < kTolerance;
  };
  Await(has_noticed, kPatience);
}

extern "C" int clock_gettime(clockid_t clock_id, timespec* tp) noexcept {
  const long result = CallLibc(SYS_clock_gettime, clock_id, reinterpret_cast<long>(tp));
  if (result == 0 && clock_id == CLOCK_REALTIME) *tp = ToTimespec(ToNanos(*tp) + step_nanos);
  return static_cast<int>(result);
}

extern "C" long syscall(long number, ...) noexcept {
  va_list list;
  va_start(list, number);
  long arguments[6];
  for (long& argument : arguments) argument = va_arg(list, long);
  va_end(list);
  if (number == SYS_futex && (arguments[1] & FUTEX_CLOCK_REALTIME) != 0 && arguments[3] != 0) {
    return WaitOnFutex(arguments);
  }
  return CallLibc(number, arguments[0], arguments[1], arguments[2], arguments[3], arguments[4], arguments[5]);
}

}  // namespace toolcatalog
