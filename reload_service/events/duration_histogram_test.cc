#include "reload_service/events/duration_histogram.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

namespace toolcatalog {
namespace {

constexpr double kHourMs = 3600000;

// The smallest value such that at least this share of all is not above it.
double ExactPercentile(std::vector<double> values, double share) {
  std::sort(values.begin(), values.end());
  return values[std::max<int>(std::ceil(share * values.size()), 1) - 1];
}

void ExpectExactToFivePercent(const v1::Distribution& found, const std::vector<double>& values) {
  const std::vector<std::pair<double, double>> percentiles = {
      {0.50, found.p50_ms()}, {0.95, found.p95_ms()}, {0.99, found.p99_ms()}};
  for (const auto& [share, value] : percentiles) {
    const double exact = ExactPercentile(values, share);
    EXPECT_NEAR(value, exact, 0.05 * exact) << share;
  }
  EXPECT_EQ(found.max_ms(), *std::max_element(values.begin(), values.end()));
  EXPECT_EQ(found.count(), static_cast<int64_t>(values.size()));
}

TEST(DurationHistogramTest, IsExactToFivePercentFromAMicrosecondToAnHour) {
  for (double duration_ms = 0.001; duration_ms <= kHourMs; duration_ms *= 1.013) {
    DurationHistogram histogram;
    histogram.Add(duration_ms);
    histogram.Add(2 * kHourMs);
    EXPECT_NEAR(histogram.Describe().p50_ms(), duration_ms, 0.05 * duration_ms);
  }
}

TEST(DurationHistogramTest, FindsPercentilesOfManyDurations) {
  std::mt19937 random(7);
  std::lognormal_distribution<double> durations(1, 2);
  DurationHistogram histogram;
  std::vector<double> values;
  for (int i = 0; i < 5000; ++i) {
    values.push_back(durations(random) + 0.001);
    histogram.Add(values.back());
  }
  ExpectExactToFivePercent(histogram.Describe(), values);
}

TEST(DurationHistogramTest, SumOfPartsEqualsTheWhole) {
  std::mt19937 random(8);
  std::exponential_distribution<double> durations(0.01);
  DurationHistogram whole, sum;
  std::vector<double> values;
  for (int part = 0; part < 3; ++part) {
    DurationHistogram histogram;
    for (int i = 0; i < 700; ++i) {
      values.push_back((part + 1) * durations(random) + 0.001);
      histogram.Add(values.back());
      whole.Add(values.back());
    }
    sum.Add(histogram.Describe());
  }
  ExpectExactToFivePercent(sum.Describe(), values);
  EXPECT_EQ(sum.Describe().SerializeAsString(), whole.Describe().SerializeAsString());
}

TEST(DurationHistogramTest, IsAllZeroWhenEmpty) { EXPECT_EQ(DurationHistogram().Describe().SerializeAsString(), ""); }

TEST(DurationHistogramTest, TakesWhatIsBeyondTheScale) {
  DurationHistogram histogram;
  histogram.Add(-5);
  histogram.Add(0);
  EXPECT_EQ(histogram.Describe().p99_ms(), 0);
  for (int i = 0; i < 5; ++i) histogram.Add(100 * kHourMs);
  EXPECT_EQ(histogram.Describe().p50_ms(), 100 * kHourMs);
  EXPECT_EQ(histogram.Describe().count(), 7);
}

TEST(DurationHistogramTest, SurvivesCountsThatMakeNoSense) {
  v1::Distribution report;
  for (int i = 0; i < 10000; ++i) report.add_range_counts(i % 2 == 0 ? -1 : INT64_MAX);
  report.set_max_ms(7);
  DurationHistogram histogram;
  histogram.Add(report);
  histogram.Add(report);
  EXPECT_EQ(histogram.Describe().count(), INT64_MAX);
  EXPECT_LE(histogram.Describe().p99_ms(), 7);
}

}  // namespace
}  // namespace toolcatalog
