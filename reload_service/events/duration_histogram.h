#ifndef RELOAD_SERVICE_EVENTS_DURATION_HISTOGRAM_H_
#define RELOAD_SERVICE_EVENTS_DURATION_HISTOGRAM_H_

#include <array>
#include <cstdint>

#include "toolcatalog/v1/replica.pb.h"

namespace toolcatalog {

// Counts durations in ranges of a logarithmic scale. All processes have the same scale, so that their counts can be
// added up. Percentiles of durations from 1 us to 1 h are exact to 5 %. Not thread-safe.
class DurationHistogram {
 public:
  // A negative duration counts as 0.
  void Add(double duration_ms);
  // Adds the durations of a distribution that has `range_counts`. Counts that make no sense are left out.
  void Add(const v1::Distribution& distribution);

  // The result has `range_counts` up to the last range that is not empty.
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
