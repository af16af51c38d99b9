// A catalog that stands still while it holds the write lock does not stop the other one for long, and applies nothing
// twice when it goes on.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>

#include "absl/time/clock.h"
#include "tests/e2e/end_to_end_fixture.h"
#include "tests/support/await.h"
#include "tests/support/catalog_calls.h"
#include "tests/support/marked_writers.h"
#include "tests/support/status_matchers.h"

namespace toolcatalog {
namespace {

constexpr int kThreads = 8;
constexpr int kTools = 8;
constexpr absl::Duration kLongestPause = absl::Seconds(6);

// Whether a writer has been in one transaction for longer than any batch takes, without waiting for a lock.
constexpr char kFindStuckWriter[] =
    "select 1 from pg_stat_activity where application_name = 'toolcatalog-writer' and datname = current_database() "
    "and clock_timestamp() - xact_start > interval '300 ms' and wait_event_type is distinct from 'Lock'";

class StoppedWriterTest : public EndToEndFixture {
 protected:
  // Stops the first catalog at a moment when it holds the lock. Answers when that was.
  absl::Time StopInTheMiddleOfABatch() {
    ChildProcess& process = services().catalog_process(0).process();
    for (int attempt = 0; attempt < 200; ++attempt) {
      const absl::Time stopped = absl::Now();
      EXPECT_THAT(process.Signal(SIGSTOP), IsOk());
      const bool holds_lock = Await([&] { return !cluster().Query(database(), kFindStuckWriter).value().empty(); },
                                    absl::Milliseconds(500));
      if (holds_lock) return stopped;
      EXPECT_THAT(process.Signal(SIGCONT), IsOk());
    }
    return absl::InfiniteFuture();
  }

  // When the first write through the second catalog that began at or after `time` succeeded.
  static absl::Time FirstSuccessOfSecond(const MarkedWriters& writers, absl::Time time) {
    absl::Time first = absl::InfiniteFuture();
    for (const MarkedWriters::Outcome& outcome : writers.outcomes()) {
      const bool later = outcome.thread % 2 == 1 && outcome.end > time + absl::Milliseconds(300);
      if (later && outcome.status.ok()) first = std::min(first, outcome.end);
    }
    return first;
  }
};

TEST_F(StoppedWriterTest, LetsTheOtherGoOnAndAppliesNothingTwice) {
  Start(2, {});
  CreateTools(ToolNames(kTools));
  auto recorder = Record({1});
  MarkedWriters writers(kThreads, 1000000, [this](int thread, int count, const std::string& marker) {
    return Describe(catalog(thread % 2), ToolNames(kTools)[(thread + count) % kTools], marker, marker).status();
  });
  ASSERT_TRUE(writers.AwaitSuccesses(500, kPatience));
  for (int round = 0; round < 3; ++round) {
    const absl::Time stopped = StopInTheMiddleOfABatch();
    ASSERT_NE(stopped, absl::InfiniteFuture()) << "never caught the catalog with the lock";
    ASSERT_TRUE(Await([&] { return FirstSuccessOfSecond(writers, stopped) != absl::InfiniteFuture(); }, kPatience));
    const absl::Duration pause = FirstSuccessOfSecond(writers, stopped) - stopped;
    EXPECT_LT(pause, kLongestPause);
    std::cout << "the other catalog wrote again after " << pause << "\n";
    ASSERT_THAT(services().catalog_process(0).process().Signal(SIGCONT), IsOk());
    ASSERT_TRUE(writers.AwaitSuccesses(writers.successes() + 200, kPatience));
  }
  writers.Stop();
  const auto log = Changes(catalog(1));
  ASSERT_THAT(log, IsOk());
  EXPECT_THAT(CheckOutcomes(writers.outcomes(), *log, Failures::kMustBeTold), testing::IsEmpty());
  std::cout << "outcomes: " << testing::PrintToString(CountOutcomes(writers.outcomes())) << "\n";
  ASSERT_THAT(Describe(catalog(0), "tool-0", "the stopped one writes again"), IsOk());
  ExpectGuarantees(*recorder);
}

}  // namespace
}  // namespace toolcatalog
