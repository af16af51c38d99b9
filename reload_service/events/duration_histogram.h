#ifndef RELOAD_SERVICE_EVENTS_DURATION_HISTOGRAM_H_
#define RELOAD_SERVICE_EVENTS_DURATION_HISTOGRAM_H_

#include <array>
#include <cstdint>

#include "toolcatalog/v1/replica.pb.h"

namespace toolcatalog {

// How durations are distributed, counted on a logarithmic scale that is the same in all processes, so that those of
// several can be added up. Percentiles of durations from 1 us to 1 h are exact to 5 %. Not thread-safe.
class DurationHistogram {
 public:
  // Milliseconds. What is negative counts as 0.
  void Add(double duration_ms);
  // Adds the durations of a distribution that carries `range_counts`. Counts that make no sense are left out.
  void Add(const v1::Distribution& distribution);

  // With `range_counts`, as far as the last range that is not empty.
  v1::Distribution Describe() const;

 private:
  // Range 0 is up to 1 us; each that follows ends at a tenth more; the last has no end.
  static constexpr int kRanges = 233;

  static int RangeOf(double duration_ms);
  double Percentile(double share) const;

  std::array<int64_t, kRanges> counts_{};
  int64_t count_ = 0;
  double max_ms_ = 0;
};

}  // namespace toolcatalog

#endif  // RELOAD_SERVICE_EVENTS_DURATION_HISTOGRAM_H_
