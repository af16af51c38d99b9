#include "reload_service/reload_history.h"

#include <gtest/gtest.h>

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

class Counter final : public ReloadHistory::Listener {
 public:
  void OnEvent() override { ++events; }
  void OnClosed() override { ++closed; }
  int events = 0;
  int closed = 0;
};

TEST(ReloadHistoryTest, NumbersEventsFromOneAndKeepsTheLast) {
  ReloadHistory history(3);
  EXPECT_EQ(history.last_event_id(), 0);
  for (int i = 1; i <= 5; ++i) EXPECT_EQ(history.Record(Event("manual", true, i)).event_id(), i);
  const v1::ListReloadEventsResponse list = history.List("", 50);
  ASSERT_EQ(list.history_size(), 3);
  EXPECT_EQ(list.total(), 3);
  EXPECT_EQ(list.history(0).event_id(), 5);
  EXPECT_EQ(list.history(2).event_id(), 3);
  EXPECT_EQ(history.last_event_id(), 5);
}

TEST(ReloadHistoryTest, FiltersByTriggerAndCountsWhatTheLimitHides) {
  ReloadHistory history(10);
  history.Record(Event("startup", true, 1));
  history.Record(Event("manual", true, 1));
  history.Record(Event("manual", true, 1));
  const v1::ListReloadEventsResponse list = history.List("manual", 1);
  ASSERT_EQ(list.history_size(), 1);
  EXPECT_EQ(list.history(0).event_id(), 3);
  EXPECT_EQ(list.total(), 2);
  EXPECT_EQ(history.List("webhook", 1).total(), 0);
}

TEST(ReloadHistoryTest, StatisticsCountWhatTheRingHasForgotten) {
  ReloadHistory history(2);
  v1::ReloadStatistics statistics = history.Statistics();
  EXPECT_EQ(statistics.total_reloads(), 0);
  EXPECT_EQ(statistics.success_rate(), 0);
  EXPECT_FALSE(statistics.has_last_reload());
  EXPECT_EQ(statistics.configuration().max_history_size(), 2);
  EXPECT_FALSE(statistics.configuration().periodic_refresh_enabled());
  EXPECT_TRUE(statistics.configuration().periodic_refresh_interval_seconds().has_null_value());
  for (int i = 1; i <= 4; ++i) history.Record(Event("manual", i != 2, i));
  statistics = history.Statistics();
  EXPECT_EQ(statistics.total_reloads(), 4);
  EXPECT_EQ(statistics.successful_reloads(), 3);
  EXPECT_EQ(statistics.failed_reloads(), 1);
  EXPECT_EQ(statistics.success_rate(), 75);
  EXPECT_EQ(statistics.average_duration_ms(), 2.5);
  EXPECT_EQ(statistics.last_reload().duration_ms(), 4);
  EXPECT_EQ(statistics.last_reload().timestamp().seconds(), 4);
  EXPECT_TRUE(statistics.last_reload().success());
}

TEST(ReloadHistoryTest, CursorContinuesWithTheOldestKeptEvent) {
  ReloadHistory history(2);
  EXPECT_FALSE(history.NextAfter(0).has_value());
  for (int i = 1; i <= 4; ++i) history.Record(Event("manual", true, i));
  EXPECT_EQ(history.NextAfter(1)->event_id(), 3);
  EXPECT_EQ(history.NextAfter(3)->event_id(), 4);
  EXPECT_FALSE(history.NextAfter(4).has_value());
}

TEST(ReloadHistoryTest, TellsListenersUntilTheyLeave) {
  ReloadHistory history(2);
  auto counter = std::make_shared<Counter>();
  history.Subscribe(counter);
  history.Record(Event("manual", true, 1));
  EXPECT_EQ(counter->events, 1);
  history.Unsubscribe(counter.get());
  history.Record(Event("manual", true, 1));
  EXPECT_EQ(counter->events, 1);
  EXPECT_EQ(counter.use_count(), 1);
}

TEST(ReloadHistoryTest, TellsListenersOfTheEndEvenWhenTheyComeAfterIt) {
  ReloadHistory history(2);
  auto early = std::make_shared<Counter>(), late = std::make_shared<Counter>();
  history.Subscribe(early);
  history.Close();
  history.Subscribe(late);
  EXPECT_EQ(early->closed, 1);
  EXPECT_EQ(late->closed, 1);
}

}  // namespace
}  // namespace toolcatalog
