// Three replicas under a steady load, one of which stands still for a while: it catches up, the others do not notice,
// and what all of them report agrees with the log.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "tests/e2e/end_to_end_fixture.h"
#include "tests/support/await.h"
#include "tests/support/catalog_calls.h"
#include "tests/support/event_recorder.h"
#include "tests/support/marked_writers.h"
#include "tests/support/reload_calls.h"
#include "tests/support/reload_history_checker.h"
#include "tests/support/status_matchers.h"
#include "toolcatalog/v1/change.pb.h"
#include "toolcatalog/v1/reload.pb.h"
#include "toolcatalog/v1/replica.pb.h"

namespace toolcatalog {
namespace {

constexpr int kReplicas = 3;
constexpr int kStopped = 2;
constexpr int kWriters = 10;
constexpr int kWritesEach = 1000;
// Together a thousand writes a second, for ten seconds.
constexpr absl::Duration kBetweenWrites = absl::Milliseconds(10);
constexpr int kTools = 50;
// What the catalog may take for the ring of changes, and for the messages to a client that does not read.
constexpr int64_t kMaxGrowthBytes = 96 << 20;

class ReplicasTest : public EndToEndFixture {
 protected:
  void SetUp() override {
    EndToEndFixture::SetUp();
    if (HasFatalFailure()) return;
    Start(1, std::vector<int>(kReplicas, 0));
    if (HasFatalFailure()) return;
    CreateTools(ToolNames(kTools));
    for (int i = 0; i < kReplicas; ++i) {
      recorders_.push_back(std::make_unique<EventRecorder>(&reload(i)));
      ASSERT_EQ(AwaitEqualProfiles(catalog(), reload(i)), "");
    }
  }

  // Writes that are due at fixed times, so that a slow one does not slow the load down.
  absl::Status WriteWhenDue(int thread, int count, const std::string& marker) {
    absl::SleepFor(begin_ + count * kBetweenWrites - absl::Now());
    return Describe(catalog(), absl::StrCat("tool-", (thread + count * kWriters) % kTools), marker, marker).status();
  }

  int64_t MemoryBytes() {
    std::ifstream file(absl::StrCat("/proc/", services().catalog_process().process().pid(), "/statm"));
    int64_t total = 0, resident = 0;
    file >> total >> resident;
    return resident * sysconf(_SC_PAGESIZE);
  }

  void Signal(int signal) { ASSERT_THAT(services().reload_process(kStopped).process().Signal(signal), IsOk()); }

  void ExpectCaughtUp(int replica) {
    SCOPED_TRACE(absl::StrCat("replica ", replica));
    EXPECT_EQ(AwaitEqualProfiles(catalog(), reload(replica)), "");
    EXPECT_EQ(AwaitProven(catalog(), reload(replica)), "");
    ASSERT_TRUE(recorders_[replica]->AwaitRevision(Revision(catalog()).value(), kPatience));
  }

  // Answers the replica's longest propagation.
  double ExpectAgreement(int replica, const std::vector<v1::Change>& log) {
    SCOPED_TRACE(absl::StrCat("replica ", replica));
    const std::vector<v1::ReloadEvent> events = recorders_[replica]->Stop();
    EXPECT_THAT(CheckReloadHistory(events, log), testing::IsEmpty());
    EXPECT_THAT(CheckReloadStatistics(events, Statistics(reload(replica)).value()), testing::IsEmpty());
    v1::ListReloadEventsRequest request;
    request.set_replica(absl::StrCat("reload-", replica));
    EXPECT_TRUE(Await(
        [&] {
          const auto listed = ReloadEvents(reload(0), request);
          return listed.ok() && listed->total() == static_cast<int>(events.size()) && listed->gaps_size() == 0;
        },
        kPatience));
    double longest_ms = 0;
    for (const v1::ReloadEvent& event : events) longest_ms = std::max(longest_ms, event.propagation_ms());
    return longest_ms;
  }

  std::vector<std::unique_ptr<EventRecorder>> recorders_;
  absl::Time begin_;
};

TEST_F(ReplicasTest, OneStandsStillUnderLoadAndCatchesUp) {
  const int64_t memory = MemoryBytes();
  begin_ = absl::Now();
  MarkedWriters writers(kWriters, kWritesEach, [this](int thread, int count, const std::string& marker) {
    return WriteWhenDue(thread, count, marker);
  });
  ASSERT_TRUE(writers.AwaitSuccesses(kWriters * kWritesEach / 5, 4 * kPatience));
  Signal(SIGSTOP);
  ASSERT_TRUE(writers.AwaitSuccesses(kWriters * kWritesEach * 4 / 5, 4 * kPatience));
  const auto waiting = WaitForRevision(reload(0), Revision(catalog()).value(), true, absl::Milliseconds(500));
  EXPECT_EQ(waiting.status().code(), absl::StatusCode::kDeadlineExceeded) << "one replica stands still";
  Signal(SIGCONT);
  writers.Finish();
  const absl::Duration time = absl::Now() - begin_;
  EXPECT_EQ(writers.successes(), kWriters * kWritesEach);
  const int64_t growth = MemoryBytes() - memory;
  EXPECT_LT(growth, kMaxGrowthBytes);

  for (int i = 0; i < kReplicas; ++i) ExpectCaughtUp(i);
  EXPECT_THAT(WaitForRevision(reload(0), Revision(catalog()).value(), true, kPatience), IsOk());
  const std::vector<v1::Change> log = Changes(catalog()).value();
  std::vector<double> longest_ms;
  for (int i = 0; i < kReplicas; ++i) longest_ms.push_back(ExpectAgreement(i, log));
  EXPECT_LT(longest_ms[0], 1500) << "a replica that runs must not notice";
  EXPECT_LT(longest_ms[1], 1500) << "a replica that runs must not notice";
  EXPECT_GT(longest_ms[kStopped], 2000) << "the replica did not stand still";

  int64_t total = 0;
  for (int i = 0; i < kReplicas; ++i) total += Statistics(reload(i))->total_reloads();
  EXPECT_TRUE(Await([&] { return Statistics(reload(0), true)->total_reloads() == total; }, kPatience));
  EXPECT_EQ(Statistics(reload(0), true)->replicas(), kReplicas);
  std::cout << kWriters * kWritesEach << " writes in " << time << "; longest propagation " << longest_ms[0] << ", "
            << longest_ms[1] << " and, stopped, " << longest_ms[kStopped] << " ms; the catalog grew by "
            << growth / 1024 << " KiB\n";
}

TEST_F(ReplicasTest, AreListedWithWhatTheyHaveApplied) {
  const int64_t revision = Revision(catalog()).value();
  EXPECT_THAT(WaitForRevision(reload(1), revision, true, kPatience), IsOk());
  const auto listed = Replicas(catalog());
  ASSERT_THAT(listed, IsOk());
  ASSERT_EQ(listed->replicas_size(), kReplicas);
  for (int i = 0; i < kReplicas; ++i) {
    const v1::Replica& replica = listed->replicas(i);
    EXPECT_EQ(replica.name(), absl::StrCat("reload-", i));
    EXPECT_EQ(replica.applied_revision(), revision);
    EXPECT_EQ(replica.lag(), 0);
    EXPECT_EQ(replica.state(), "live");
    EXPECT_FALSE(replica.version().empty());
    EXPECT_GT(replica.started_at().seconds(), 0);
  }
  ASSERT_THAT(services().reload_process(kStopped).process().Signal(SIGTERM), IsOk());
  EXPECT_TRUE(Await([&] { return Replicas(catalog())->replicas(kStopped).state() == "stopped"; }, kPatience));
  EXPECT_THAT(WaitForRevision(reload(1), revision, true, kPatience), IsOk()) << "a replica that stopped is not awaited";
}

TEST_F(ReplicasTest, AProcessThatIsKilledLeavesAGap) {
  v1::ListReloadEventsRequest request;
  request.set_replica(absl::StrCat("reload-", kStopped));
  request.set_trigger_type("startup");
  v1::ListReloadEventsResponse listed;
  const auto await_startups = [&](int startups) {
    return Await(
        [&] {
          listed = ReloadEvents(reload(0), request).value_or(v1::ListReloadEventsResponse());
          return listed.total() == startups;
        },
        kPatience);
  };
  ASSERT_TRUE(await_startups(1));
  EXPECT_EQ(listed.gaps_size(), 0);
  ASSERT_THAT(services().reload_process(kStopped).Kill(), IsOk());
  ASSERT_THAT(services().reload_process(kStopped).Restart(), IsOk());
  ASSERT_TRUE(await_startups(2)) << "the history must survive the process";
  ASSERT_EQ(listed.gaps_size(), 1) << "the process ended without a last word";
  EXPECT_EQ(listed.gaps(0).replica(), request.replica());
  EXPECT_EQ(listed.gaps(0).boot_id(), listed.history(1).boot_id());
  EXPECT_FALSE(listed.gaps(0).has_missing()) << "nobody knows whether something is missing";
}

}  // namespace
}  // namespace toolcatalog
