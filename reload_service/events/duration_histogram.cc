#include "reload_service/events/duration_histogram.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace toolcatalog {
namespace {

constexpr double kFirstEndMs = 0.001;
// The geometric middle of a range is less than 4.9 % away from its ends.
constexpr double kGrowth = 1.1;

int64_t SaturatedSum(int64_t a, int64_t b) {
  return a > std::numeric_limits<int64_t>::max() - b ? std::numeric_limits<int64_t>::max() : a + b;
}

}  // namespace

int DurationHistogram::RangeOf(double duration_ms) {
  if (!(duration_ms > kFirstEndMs)) return 0;
  static const double kLogGrowth = std::log(kGrowth);
  const double range = std::ceil(std::log(duration_ms / kFirstEndMs) / kLogGrowth);
  return static_cast<int>(std::min<double>(range, kRanges - 1));
}

void DurationHistogram::Add(double duration_ms) {
  ++counts_[RangeOf(duration_ms)];
  ++count_;
  max_ms_ = std::max(max_ms_, duration_ms);
}

void DurationHistogram::Add(const v1::Distribution& distribution) {
  const int ranges = std::min(distribution.range_counts_size(), kRanges);
  for (int i = 0; i < ranges; ++i) {
    const int64_t count = std::max<int64_t>(distribution.range_counts(i), 0);
    counts_[i] = SaturatedSum(counts_[i], count);
    count_ = SaturatedSum(count_, count);
  }
  max_ms_ = std::max(max_ms_, distribution.max_ms());
}

double DurationHistogram::Percentile(double share) const {
  const int64_t rank = std::max<int64_t>(std::ceil(share * count_), 1);
  int64_t seen = 0;
  int range = 0;
  while (range < kRanges - 1 && (seen = SaturatedSum(seen, counts_[range])) < rank) ++range;
  // Nothing is known of the last range but where it begins and the longest in it.
  if (range == kRanges - 1) return max_ms_;
  return std::min(max_ms_, kFirstEndMs * std::pow(kGrowth, range - 0.5));
}

v1::Distribution DurationHistogram::Describe() const {
  v1::Distribution distribution;
  distribution.set_count(count_);
  if (count_ == 0) return distribution;
  distribution.set_p50_ms(Percentile(0.50));
  distribution.set_p95_ms(Percentile(0.95));
  distribution.set_p99_ms(Percentile(0.99));
  distribution.set_max_ms(max_ms_);
  int used = kRanges;
  while (used > 0 && counts_[used - 1] == 0) --used;
  distribution.mutable_range_counts()->Add(counts_.begin(), counts_.begin() + used);
  return distribution;
}

}  // namespace toolcatalog
