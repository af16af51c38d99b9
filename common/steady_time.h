#ifndef COMMON_STEADY_TIME_H_
#define COMMON_STEADY_TIME_H_

#include <chrono>

#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace toolcatalog {

// A moment by the machine's steady clock, which nobody can set. Deadlines and durations inside a process are measured
// by this clock, so that a change of the system's clock neither stalls a wait nor ends it early. `absl::Time` is for
// times that are told to others or kept.
class SteadyTime {
 public:
  // The infinite past.
  SteadyTime() = default;
  static SteadyTime Now() { return SteadyTime(absl::FromChrono(std::chrono::steady_clock::now().time_since_epoch())); }
  static SteadyTime InfinitePast() { return SteadyTime(); }
  static SteadyTime InfiniteFuture() { return SteadyTime(absl::InfiniteDuration()); }
  // The moment at which the system's clock will show `time` if nobody sets it until then.
  static SteadyTime Of(absl::Time time) { return Now() + (time - absl::Now()); }

  // Must not be infinite.
  std::chrono::steady_clock::time_point ToChrono() const {
    return std::chrono::steady_clock::time_point(absl::ToChronoNanoseconds(since_boot_));
  }

  friend SteadyTime operator+(SteadyTime time, absl::Duration duration) {
    return SteadyTime(time.since_boot_ + duration);
  }
  friend SteadyTime operator-(SteadyTime time, absl::Duration duration) {
    return SteadyTime(time.since_boot_ - duration);
  }
  friend absl::Duration operator-(SteadyTime end, SteadyTime start) { return end.since_boot_ - start.since_boot_; }
  friend bool operator<(SteadyTime left, SteadyTime right) { return left.since_boot_ < right.since_boot_; }
  friend bool operator>(SteadyTime left, SteadyTime right) { return right < left; }
  friend bool operator<=(SteadyTime left, SteadyTime right) { return !(right < left); }
  friend bool operator>=(SteadyTime left, SteadyTime right) { return !(left < right); }

 private:
  explicit SteadyTime(absl::Duration since_boot) : since_boot_(since_boot) {}

  absl::Duration since_boot_ = -absl::InfiniteDuration();
};

}  // namespace toolcatalog

#endif  // COMMON_STEADY_TIME_H_
