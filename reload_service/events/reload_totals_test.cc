#include "reload_service/events/reload_totals.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>

namespace toolcatalog {
namespace {

v1::ReloadEvent Event(const std::string& trigger, bool success, double duration_ms) {
  v1::ReloadEvent event;
  event.set_trigger(trigger);
  event.set_success(success);
  event.set_duration_ms(duration_ms);
  event.mutable_timestamp()->set_seconds(static_cast<int64_t>(duration_ms));
  return event;
}

v1::ReloadStatistics Describe(const ReloadTotals& totals) {
  v1::ReloadStatistics statistics;
  totals.Describe(&statistics);
  return statistics;
}

TEST(ReloadTotalsTest, AreZeroBeforeTheFirstReloadWithEveryTriggerThere) {
  const v1::ReloadStatistics statistics = Describe(ReloadTotals());
  EXPECT_EQ(statistics.total_reloads(), 0);
  EXPECT_EQ(statistics.success_rate(), 0);
  EXPECT_EQ(statistics.average_duration_ms(), 0);
  EXPECT_FALSE(statistics.has_last_reload());
  ASSERT_EQ(statistics.by_trigger_size(), 5);
  for (const auto& part : statistics.by_trigger()) EXPECT_EQ(part.total_reloads(), 0);
  EXPECT_TRUE(statistics.has_duration());
  EXPECT_TRUE(statistics.has_propagation());
}

TEST(ReloadTotalsTest, CountAndMeasureByTrigger) {
  ReloadTotals totals;
  for (int i = 1; i <= 4; ++i) totals.Add(Event(i == 4 ? "webhook" : "manual", i != 2, i));
  v1::ReloadEvent write = Event("api_update", true, 10);
  write.set_propagation_ms(5);
  totals.Add(write);
  const v1::ReloadStatistics statistics = Describe(totals);
  EXPECT_EQ(statistics.total_reloads(), 5);
  EXPECT_EQ(statistics.successful_reloads(), 4);
  EXPECT_EQ(statistics.failed_reloads(), 1);
  EXPECT_EQ(statistics.success_rate(), 80);
  EXPECT_EQ(statistics.average_duration_ms(), 4);
  EXPECT_EQ(statistics.last_reload().duration_ms(), 10);
  EXPECT_EQ(statistics.last_reload().timestamp().seconds(), 10);
  EXPECT_TRUE(statistics.last_reload().success());
  EXPECT_EQ(statistics.by_trigger(0).trigger(), "manual");
  EXPECT_EQ(statistics.by_trigger(0).total_reloads(), 3);
  EXPECT_EQ(statistics.by_trigger(0).failed_reloads(), 1);
  EXPECT_EQ(statistics.by_trigger(0).average_duration_ms(), 2);
  EXPECT_EQ(statistics.by_trigger(3).total_reloads(), 1);
  EXPECT_EQ(statistics.duration().count(), 5);
  EXPECT_EQ(statistics.propagation().count(), 1);
  EXPECT_EQ(statistics.propagation().max_ms(), 5);
}

TEST(ReloadTotalsTest, SumOfPartsEqualsTheWhole) {
  ReloadTotals whole, first, second, sum;
  for (int i = 1; i <= 100; ++i) {
    const v1::ReloadEvent event = Event(i % 3 == 0 ? "manual" : "periodic", i % 7 != 0, i);
    whole.Add(event);
    (i <= 40 ? first : second).Add(event);
  }
  sum.Add(Describe(second));
  sum.Add(Describe(first));
  const v1::ReloadStatistics expected = Describe(whole), found = Describe(sum);
  EXPECT_EQ(found.successful_reloads(), expected.successful_reloads());
  EXPECT_DOUBLE_EQ(found.success_rate(), expected.success_rate());
  EXPECT_DOUBLE_EQ(found.average_duration_ms(), expected.average_duration_ms());
  EXPECT_EQ(found.last_reload().timestamp().seconds(), 100);
  EXPECT_EQ(found.duration().SerializeAsString(), expected.duration().SerializeAsString());
  EXPECT_EQ(found.by_trigger(2).failed_reloads(), expected.by_trigger(2).failed_reloads());
}

TEST(ReloadTotalsTest, StopAtTheLargestNumberThatTheFieldsHold) {
  v1::ReloadStatistics large;
  large.set_total_reloads(std::numeric_limits<int32_t>::max());
  large.set_successful_reloads(std::numeric_limits<int32_t>::max());
  large.set_average_duration_ms(2);
  ReloadTotals totals;
  totals.Add(large);
  totals.Add(large);
  EXPECT_EQ(Describe(totals).total_reloads(), std::numeric_limits<int32_t>::max());
  EXPECT_EQ(Describe(totals).success_rate(), 100);
  EXPECT_EQ(Describe(totals).average_duration_ms(), 2);
}

}  // namespace
}  // namespace toolcatalog
