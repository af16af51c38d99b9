#include "reload_service/events/event_reporter.h"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "clients/cpp/catalog_client.h"
#include "clients/cpp/testing/fake_catalog.h"
#include "common/steady_time.h"
#include "toolcatalog/internal/v1/replica_service.pb.h"
#include "toolcatalog/v1/reload.pb.h"
#include "toolcatalog/v1/replica.pb.h"

namespace toolcatalog {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(10);
const grpc::Status kUnavailable(grpc::StatusCode::UNAVAILABLE, "away");

class EventReporterTest : public ::testing::Test {
 protected:
  EventReporterTest() : history_(100, {"blue", "00112233aabbccdd", absl::FromUnixSeconds(1000)}) {
    timing_.pace = absl::Milliseconds(5);
    timing_.heartbeat = absl::Milliseconds(50);
    timing_.min_backoff = absl::Milliseconds(1);
    timing_.max_backoff = absl::Milliseconds(20);
  }
  // The last report still asks the reporter for its statistics.
  ~EventReporterTest() override { reporter_->Stop(); }

  void Start() {
    reporter_ = std::make_unique<EventReporter>(
        CatalogChannel(catalog_.address()), &history_, &statistics_,
        EventReporter::Surroundings{[this] { return revision_.load(); }, [] { return "upgrade"; },
                                    [this](const v1::Replica& previous) {
                                      ++freezes_ended_;
                                      freeze_reason_ = previous.freeze_reason();
                                    },
                                    [this](const auto& hooks) { hooks_ = hooks.size(); }},
        timing_);
    reporter_->Start();
  }

  void Record(int count, size_t bytes = 0) {
    for (int i = 0; i < count; ++i) {
      v1::ReloadEvent event;
      event.set_trigger("manual");
      event.set_error(std::string(bytes, 'x'));
      event.mutable_timestamp()->set_seconds(2000);
      history_.Record(event);
    }
  }

  bool AwaitSettled(int64_t event_id) {
    const SteadyTime deadline = SteadyTime::Now() + kPatience;
    while (reporter_->progress().settled_event_id < event_id) {
      if (SteadyTime::Now() > deadline) return false;
      std::this_thread::yield();
    }
    return true;
  }

  // Whether the catalog keeps these events of this process, in order, and no others.
  void ExpectStored(int64_t first, int64_t last) {
    const std::vector<v1::ReloadEvent> events = catalog_.stored_events();
    ASSERT_EQ(events.size(), static_cast<size_t>(last - first + 1));
    for (size_t i = 0; i < events.size(); ++i) EXPECT_EQ(events[i].event_id(), first + static_cast<int64_t>(i));
  }

  v1::ReloadStatistics Described() {
    v1::ReloadStatistics statistics;
    statistics.set_applied_revision(revision_);
    reporter_->Describe(&statistics);
    return statistics;
  }

  FakeCatalog catalog_;
  EventReporter::Timing timing_;
  ReloadHistory history_;
  std::atomic<int64_t> revision_{5};
  std::atomic<int> freezes_ended_{0}, hooks_{-1};
  std::string freeze_reason_;
  ReplicaStatistics statistics_{{[this](auto* s) { history_.Describe(s); },
                                 [this](auto* s) {
                                   s->set_applied_revision(revision_);
                                   s->set_stream_state("live");
                                 },
                                 [this](auto* s) { reporter_->Describe(s); }}};
  std::unique_ptr<EventReporter> reporter_;
};

TEST_F(EventReporterTest, ReportsWhatHappenedBeforeItStartedAndAfter) {
  Record(3);
  Start();
  ASSERT_TRUE(AwaitSettled(3));
  Record(2);
  ASSERT_TRUE(AwaitSettled(5));
  ExpectStored(1, 5);
  EXPECT_EQ(Described().events_dropped(), 0);
}

TEST_F(EventReporterTest, TellsHowTheReplicaStands) {
  Record(1);
  Start();
  ASSERT_TRUE(AwaitSettled(1));
  const v1::Replica replica = catalog_.reports()[0].replica();
  EXPECT_EQ(replica.name(), "blue");
  EXPECT_EQ(replica.boot_id(), "00112233aabbccdd");
  EXPECT_EQ(replica.applied_revision(), 5);
  EXPECT_TRUE(replica.has_applied_at());
  EXPECT_EQ(replica.started_at().seconds(), 1000);
  EXPECT_EQ(replica.state(), "live");
  EXPECT_EQ(replica.freeze_reason(), "upgrade");
  EXPECT_NE(replica.version(), "");
  EXPECT_EQ(replica.statistics().total_reloads(), 1);
  EXPECT_GT(replica.statistics().duration().range_counts_size(), 0);
}

TEST_F(EventReporterTest, SendsBatchesOfBoundedNumberAndSize) {
  Record(2500);
  Record(30, 100000);
  Start();
  ASSERT_TRUE(AwaitSettled(2530));
  ExpectStored(1, 2530);
  for (const auto& report : catalog_.reports()) {
    EXPECT_LE(report.events_size(), 1000);
    EXPECT_LE(report.ByteSizeLong(), (1 << 20) + 10000);
  }
}

TEST_F(EventReporterTest, ReportsWithoutEventsAtIntervalsAndWhenTheRevisionMoves) {
  Start();
  ASSERT_TRUE(catalog_.AwaitReport([](const auto& report) { return report.replica().applied_revision() == 5; }));
  revision_ = 6;
  ASSERT_TRUE(catalog_.AwaitReport([](const auto& report) { return report.replica().applied_revision() == 6; }));
  const size_t before = catalog_.reports().size();
  int seen = 0;
  EXPECT_TRUE(catalog_.AwaitReport([&](const auto&) { return static_cast<size_t>(++seen) > before + 2; }));
}

TEST_F(EventReporterTest, RepeatsUntilTheCatalogHasTakenAnEvent) {
  catalog_.AnswerReports(kUnavailable);
  Record(2);
  Start();
  int attempts = 0;
  ASSERT_TRUE(catalog_.AwaitReport([&](const auto&) { return ++attempts > 3; }));
  EXPECT_EQ(reporter_->progress().settled_event_id, 0);
  EXPECT_TRUE(catalog_.reports()[0].unanswered());
  catalog_.AnswerReports(grpc::Status::OK);
  ASSERT_TRUE(AwaitSettled(2));
  ExpectStored(1, 2);
  Record(1);
  ASSERT_TRUE(AwaitSettled(3));
  EXPECT_FALSE(catalog_.reports().back().unanswered());
}

TEST_F(EventReporterTest, LosesAndDoublesNothingWhenEachSecondReportFails) {
  catalog_.FailEverySecondReport();
  Start();
  for (int i = 1; i <= 20; ++i) {
    Record(10);
    ASSERT_TRUE(AwaitSettled(10 * i));
  }
  ExpectStored(1, 200);
  for (const auto& event : catalog_.stored_events()) EXPECT_EQ(event.missing_before(), 0);
}

TEST_F(EventReporterTest, CountsWhatTheHistoryForgetsAndTellsTheCatalog) {
  Start();
  Record(3);
  ASSERT_TRUE(AwaitSettled(3));
  catalog_.Stop();
  Record(10050);
  const SteadyTime deadline = SteadyTime::Now() + kPatience;
  while (Described().events_dropped() < 50 && SteadyTime::Now() < deadline) std::this_thread::yield();
  EXPECT_EQ(Described().events_dropped(), 50);
  Record(7);
  catalog_.Restart();
  ASSERT_TRUE(AwaitSettled(10060));
  const std::vector<v1::ReloadEvent> events = catalog_.stored_events();
  // Of the last seven forgotten, those are reported that the reporter was just sending.
  const int64_t dropped = Described().events_dropped();
  EXPECT_GE(dropped, 50);
  EXPECT_LE(dropped, 57);
  ASSERT_EQ(events.size(), 10060 - dropped);
  EXPECT_EQ(events[2].event_id(), 3);
  int64_t missing = 0;
  for (size_t i = 1; i < events.size(); ++i) {
    EXPECT_EQ(events[i].event_id() - events[i - 1].event_id() - 1, events[i].missing_before());
    missing += events[i].missing_before();
  }
  EXPECT_EQ(missing, dropped);
  EXPECT_EQ(reporter_->progress().missing, 0);
}

TEST_F(EventReporterTest, DropsOnlyTheEventThatTheCatalogRefuses) {
  catalog_.RefuseEvent(5);
  Record(9);
  Start();
  ASSERT_TRUE(AwaitSettled(9));
  const std::vector<v1::ReloadEvent> events = catalog_.stored_events();
  ASSERT_EQ(events.size(), 8);
  EXPECT_EQ(events[4].event_id(), 6);
  EXPECT_EQ(events[4].missing_before(), 1);
  EXPECT_EQ(Described().events_dropped(), 1);
}

// As when the database refuses a value: the status names no field.
TEST_F(EventReporterTest, FindsAnEventThatIsRefusedWithoutBeingNamed) {
  for (const auto code : {grpc::StatusCode::INVALID_ARGUMENT, grpc::StatusCode::INTERNAL}) {
    const int64_t before = history_.last_event_id();
    catalog_.RefuseEvent(before + 5, grpc::Status(code, "the database refused a value"));
    Record(9);
    if (reporter_ == nullptr) Start();
    ASSERT_TRUE(AwaitSettled(before + 9));
    EXPECT_EQ(catalog_.stored_events().size(), static_cast<size_t>(history_.last_event_id() / 9 * 8));
    EXPECT_EQ(Described().events_dropped(), history_.last_event_id() / 9);
  }
}

TEST_F(EventReporterTest, DropsNoEventWhileTheCatalogRefusesEveryReport) {
  catalog_.AnswerReports(grpc::Status(grpc::StatusCode::INVALID_ARGUMENT, "replica"));
  Record(3);
  Start();
  int without_events = 0;
  ASSERT_TRUE(catalog_.AwaitReport([&](const auto& report) {
    without_events += report.events().empty();
    return without_events > 3;
  }));
  catalog_.AnswerReports(grpc::Status::OK);
  ASSERT_TRUE(AwaitSettled(3));
  ExpectStored(1, 3);
  EXPECT_EQ(Described().events_dropped(), 0);
}

TEST_F(EventReporterTest, LastWordBringsWhatIsLeft) {
  timing_.pace = absl::Hours(1);
  Record(1);
  Start();
  ASSERT_TRUE(AwaitSettled(1));
  Record(1500);
  reporter_->Stop();
  ExpectStored(1, 1501);
  const std::vector<internal::v1::ReportReloadEventsRequest> reports = catalog_.reports();
  EXPECT_TRUE(reports.back().stopping());
  EXPECT_FALSE(reports[reports.size() - 2].stopping());
}

TEST_F(EventReporterTest, StopsInTimeWithoutTheCatalog) {
  catalog_.Stop();
  Record(1);
  Start();
  const SteadyTime start = SteadyTime::Now();
  reporter_->Stop();
  EXPECT_LT(SteadyTime::Now() - start, absl::Milliseconds(1500));
}

TEST_F(EventReporterTest, StopsInTimeWhileTheCatalogDoesNotAnswer) {
  catalog_.HoldReports(true);
  Record(1);
  Start();
  ASSERT_TRUE(catalog_.AwaitReport([](const auto&) { return true; }));
  const SteadyTime start = SteadyTime::Now();
  reporter_->Stop();
  EXPECT_LT(SteadyTime::Now() - start, absl::Milliseconds(1500));
  EXPECT_TRUE(catalog_.AwaitReport([](const auto& report) { return report.stopping(); }));
}

TEST_F(EventReporterTest, TellsOnceThatARestartEndedAFreezeAndPassesHooksOn) {
  internal::v1::ReportReloadEventsResponse response;
  response.mutable_previous()->set_state("frozen");
  response.mutable_previous()->set_freeze_reason("audit");
  response.add_hooks()->set_name("chat");
  response.set_revision(9);
  catalog_.AnswerReports(grpc::Status::OK, response);
  Start();
  for (int i = 1; i <= 3; ++i) {
    Record(1);
    ASSERT_TRUE(AwaitSettled(i));
  }
  reporter_->Stop();
  EXPECT_EQ(freezes_ended_, 1);
  EXPECT_EQ(freeze_reason_, "audit");
  EXPECT_EQ(hooks_, 1);
  EXPECT_EQ(Described().catalog_revision(), 9);
  EXPECT_EQ(Described().lag(), 4);
  revision_ = 12;
  EXPECT_EQ(Described().lag(), 0);
}

TEST_F(EventReporterTest, ARestartOfAReplicaThatWasNotFrozenIsNoNews) {
  internal::v1::ReportReloadEventsResponse response;
  response.mutable_previous()->set_state("live");
  catalog_.AnswerReports(grpc::Status::OK, response);
  Start();
  Record(1);
  ASSERT_TRUE(AwaitSettled(1));
  reporter_->Stop();
  EXPECT_EQ(freezes_ended_, 0);
}

}  // namespace
}  // namespace toolcatalog
