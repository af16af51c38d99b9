#include "reload_service/events/reload_history.h"

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
  int events = 0;
};

TEST(ReloadHistoryTest, NumbersEventsFromOneAndListsTheLast) {
  ReloadHistory history(3);
  EXPECT_EQ(history.last_event_id(), 0);
  EXPECT_EQ(history.oldest_event_id(), 0);
  for (int i = 1; i <= 5; ++i) EXPECT_EQ(history.Record(Event("manual", true, i))->event_id(), i);
  const ReloadHistory::Events newest = history.Newest();
  ASSERT_EQ(newest.size(), 3u);
  EXPECT_EQ(newest.front()->event_id(), 3);
  EXPECT_EQ(newest.back()->event_id(), 5);
  EXPECT_EQ(history.last_event_id(), 5);
  EXPECT_EQ(history.oldest_event_id(), 1);
}

TEST(ReloadHistoryTest, SignsEventsAndRoundsTheirTimes) {
  ReloadHistory history(3, {"blue", "00112233aabbccdd", absl::UnixEpoch()});
  v1::ReloadEvent event = Event("manual", true, 5);
  event.mutable_timestamp()->set_nanos(123456789);
  event = *history.Record(event);
  EXPECT_EQ(event.replica(), "blue");
  EXPECT_EQ(event.boot_id(), "00112233aabbccdd");
  EXPECT_EQ(event.timestamp().nanos(), 123456000);
  EXPECT_EQ(history.Newest().front()->SerializeAsString(), event.SerializeAsString());
}

TEST(ReloadHistoryTest, AClockThatIsSetBackDoesNotTurnTheOrderAround) {
  ReloadHistory history(3);
  v1::ReloadEvent event = Event("manual", true, 1);
  event.mutable_timestamp()->set_seconds(1000);
  history.Record(event);
  event.mutable_timestamp()->set_seconds(990);
  EXPECT_EQ(history.Record(event)->timestamp().seconds(), 1000);
  event.mutable_timestamp()->set_seconds(1001);
  EXPECT_EQ(history.Record(event)->timestamp().seconds(), 1001);
}

TEST(ReloadHistoryTest, KeepsTenThousandEventsHoweverFewAreListed) {
  ReloadHistory history(1);
  for (int i = 1; i <= 10005; ++i) history.Record(Event("manual", true, i));
  EXPECT_EQ(history.oldest_event_id(), 6);
  EXPECT_EQ(history.Newest().size(), 1u);
  EXPECT_EQ(history.After(0).size(), 10000u);
  v1::ReloadStatistics statistics;
  history.Describe(&statistics);
  EXPECT_EQ(statistics.total_reloads(), 10005);
}

TEST(ReloadHistoryTest, KeepsSixteenMebibytesOfEventsAndAlwaysTheNewest) {
  ReloadHistory history(10);
  v1::ReloadEvent large = Event("manual", false, 1);
  large.set_error(std::string(5 << 20, 'x'));
  for (int i = 0; i < 5; ++i) history.Record(large);
  EXPECT_EQ(history.oldest_event_id(), 3);
  large.set_error(std::string(20 << 20, 'x'));
  history.Record(large);
  EXPECT_EQ(history.oldest_event_id(), 6);
  EXPECT_EQ(history.NextAfter(0)->event_id(), 6);
}

TEST(ReloadHistoryTest, DescribesWhatItsTotalsAre) {
  ReloadHistory history(2);
  for (int i = 1; i <= 4; ++i) history.Record(Event("manual", i != 2, i));
  v1::ReloadStatistics statistics;
  history.Describe(&statistics);
  EXPECT_EQ(statistics.configuration().max_history_size(), 2);
  EXPECT_EQ(statistics.total_reloads(), 4);
  EXPECT_EQ(statistics.failed_reloads(), 1);
  EXPECT_EQ(statistics.last_reload().timestamp().seconds(), 4);
}

TEST(ReloadHistoryTest, CursorContinuesWithTheOldestKeptEvent) {
  ReloadHistory history(2);
  EXPECT_EQ(history.NextAfter(0), nullptr);
  for (int i = 1; i <= 4; ++i) history.Record(Event("manual", true, i));
  EXPECT_EQ(history.NextAfter(0)->event_id(), 1);
  EXPECT_EQ(history.NextAfter(1)->event_id(), 2);
  EXPECT_EQ(history.NextAfter(3)->event_id(), 4);
  EXPECT_EQ(history.NextAfter(4), nullptr);
}

TEST(ReloadHistoryTest, AllReadersShareAnEvent) {
  ReloadHistory history(2);
  const ReloadHistory::Event event = history.Record(Event("manual", true, 1));
  EXPECT_EQ(history.NextAfter(0), event);
  EXPECT_EQ(history.Newest().front(), event);
  EXPECT_EQ(history.After(0).front(), event);
}

TEST(ReloadHistoryTest, BatchesAreBoundedButNeverEmptyWhileThereIsAnEvent) {
  ReloadHistory history(10);
  v1::ReloadEvent event = Event("manual", false, 1);
  event.set_error(std::string(1000, 'x'));
  for (int i = 0; i < 10; ++i) history.Record(event);
  EXPECT_EQ(history.After(0, 4, 1 << 20).size(), 4);
  const ReloadHistory::Events bounded = history.After(2, 100, 3500);
  ASSERT_EQ(bounded.size(), 3);
  EXPECT_EQ(bounded[0]->event_id(), 3);
  EXPECT_EQ(bounded[2]->event_id(), 5);
  EXPECT_EQ(history.After(2, 100, 1).size(), 1);
  EXPECT_EQ(history.After(8, 100, 1 << 20).size(), 2);
  EXPECT_TRUE(history.After(10, 100, 1 << 20).empty());
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

}  // namespace
}  // namespace toolcatalog
