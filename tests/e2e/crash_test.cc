// Processes and the database die in the middle of a stream of updates: nothing acknowledged is lost, nothing is applied
// twice, streams keep their guarantees, and profiles end up equal to the catalog.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/e2e/end_to_end_fixture.h"
#include "tests/support/catalog_calls.h"
#include "tests/support/marked_writers.h"
#include "tests/support/status_matchers.h"

namespace toolcatalog {
namespace {

constexpr int kThreads = 4;
constexpr int kUpdates = 500;
constexpr int kTools = 10;

class CrashTest : public EndToEndFixture {
 protected:
  void SetUp() override {
    EndToEndFixture::SetUp();
    if (HasFatalFailure()) return;
    Start(1, {0});
    if (!HasFatalFailure()) CreateTools(ToolNames(kTools));
  }

  // Updates tools in turn, each with a new description. A client that gets no answer waits for its connection and goes
  // on with the next update.
  MarkedWriters::Write Updates() {
    return [this](int thread, int count, const std::string& marker) {
      const std::string name = ToolNames(kTools)[(thread + count) % kTools];
      const absl::Status status = Describe(catalog(), name, marker, marker).status();
      if (!status.ok()) {
        services().catalog_process().channel()->WaitForConnected(std::chrono::system_clock::now() +
                                                                 std::chrono::seconds(1));
      }
      return status;
    };
  }

  void ExpectTheTruth(const MarkedWriters& writers) {
    const auto log = Changes(catalog());
    ASSERT_THAT(log, IsOk());
    const std::vector<MarkedWriters::Outcome> outcomes = writers.outcomes();
    EXPECT_THAT(CheckOutcomes(outcomes, *log, Failures::kMayVanish), testing::IsEmpty());
    std::cout << "outcomes: " << testing::PrintToString(CountOutcomes(outcomes)) << "\n";
  }
};

TEST_F(CrashTest, ReloadServiceIsKilledDuringUpdates) {
  auto recorder = Record({0});
  MarkedWriters writers(kThreads, kUpdates / kThreads, Updates());
  ASSERT_TRUE(writers.AwaitSuccesses(kUpdates / 4, kPatience));
  ASSERT_THAT(services().reload_process().Kill(), IsOk());
  ASSERT_TRUE(writers.AwaitSuccesses(kUpdates / 2, kPatience));
  ASSERT_THAT(services().reload_process().Restart(), IsOk());
  writers.Finish();
  EXPECT_EQ(writers.successes(), kUpdates);
  ASSERT_TRUE(services().reload_process().AwaitHealth(true, kPatience));
  EXPECT_EQ(AwaitEqualProfiles(catalog(), reload()), "");
  ExpectTheTruth(writers);
  ExpectGuarantees(*recorder);
}

TEST_F(CrashTest, CatalogIsKilledDuringUpdates) {
  auto recorder = Record({0});
  MarkedWriters writers(kThreads, 1000000, Updates());
  for (int round = 1; round <= 3; ++round) {
    ASSERT_TRUE(writers.AwaitSuccesses(writers.successes() + kUpdates / 3, kPatience));
    ASSERT_THAT(services().catalog_process().Kill(), IsOk());
    ASSERT_THAT(services().catalog_process().Restart(), IsOk());
  }
  ASSERT_TRUE(writers.AwaitSuccesses(writers.successes() + kUpdates / 3, kPatience));
  writers.Stop();
  EXPECT_EQ(AwaitEqualProfiles(catalog(), reload()), "");
  ExpectTheTruth(writers);
  ExpectGuarantees(*recorder);
  EXPECT_GT(recorder->recording().connections.size(), 3u);
}

TEST_F(CrashTest, DatabaseStopsAtOnceDuringUpdates) {
  auto recorder = Record({0});
  MarkedWriters writers(kThreads, 1000000, Updates());
  for (int round = 1; round <= 2; ++round) {
    ASSERT_TRUE(writers.AwaitSuccesses(writers.successes() + kUpdates / 2, kPatience));
    ASSERT_THAT(cluster().Restart(PostgresCluster::StopMode::kImmediate), IsOk());
  }
  ASSERT_TRUE(writers.AwaitSuccesses(writers.successes() + kUpdates / 2, kPatience));
  writers.Stop();
  const auto log = Changes(catalog());
  ASSERT_THAT(log, IsOk());
  EXPECT_THAT(CheckOutcomes(writers.outcomes(), *log, Failures::kMustBeTold), testing::IsEmpty());
  std::cout << "outcomes: " << testing::PrintToString(CountOutcomes(writers.outcomes())) << "\n";
  EXPECT_EQ(AwaitEqualProfiles(catalog(), reload()), "");
  ExpectGuarantees(*recorder);
  EXPECT_TRUE(services().catalog_process().process().running());
  EXPECT_TRUE(services().reload_process().process().running());
}

TEST_F(CrashTest, DatabaseIsAwayForLongerThanWritersWait) {
  auto recorder = Record({0});
  const absl::StatusOr<int64_t> before = Revision(catalog());
  ASSERT_THAT(before, IsOk());
  ASSERT_EQ(AwaitEqualProfiles(catalog(), reload()), "");
  ASSERT_THAT(cluster().Stop(PostgresCluster::StopMode::kImmediate), IsOk());
  const absl::Status refused = Describe(catalog(), "tool-0", "while it is away", "somebody").status();
  EXPECT_THAT(refused, HasCode(absl::StatusCode::kUnavailable));
  EXPECT_EQ(Get(catalog(), "tool-0").status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(Profiles(reload()).value().size(), static_cast<size_t>(kTools)) << "profiles outlive the database";
  ASSERT_THAT(cluster().Start(), IsOk());
  EXPECT_EQ(Revision(catalog()).value_or(-1), *before);
  ASSERT_THAT(Describe(catalog(), "tool-0", "when it is back"), IsOk());
  EXPECT_EQ(AwaitEqualProfiles(catalog(), reload()), "");
  ExpectGuarantees(*recorder);
}

}  // namespace
}  // namespace toolcatalog
