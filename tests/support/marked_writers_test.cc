#include "tests/support/marked_writers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/status.h"

namespace toolcatalog {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::StartsWith;

v1::Change Logged(int64_t revision, const std::string& actor) {
  v1::Change change;
  change.set_revision(revision);
  change.set_actor(actor);
  return change;
}

MarkedWriters::Outcome Ended(const std::string& marker, absl::Status status) {
  return {0, marker, std::move(status), absl::InfinitePast(), absl::InfinitePast()};
}

const absl::Status kLost = absl::UnavailableError("lost");

TEST(MarkedWriters, WritesWithDifferentMarkersUntilStopped) {
  absl::Mutex mutex;
  std::set<std::string> markers;
  MarkedWriters writers(4, 1000000, [&](int, int, const std::string& marker) {
    absl::MutexLock lock(&mutex);
    EXPECT_TRUE(markers.insert(marker).second);
    return absl::OkStatus();
  });
  EXPECT_TRUE(writers.AwaitSuccesses(100, absl::Seconds(20)));
  writers.Stop();
  EXPECT_EQ(writers.outcomes().size(), markers.size());
  EXPECT_EQ(writers.successes(), static_cast<int>(markers.size()));
}

TEST(MarkedWriters, EndsAfterTheLastWrite) {
  MarkedWriters writers(2, 3, [](int, int, const std::string&) { return kLost; });
  writers.Finish();
  EXPECT_FALSE(writers.AwaitSuccesses(1, absl::Seconds(20)));
  EXPECT_EQ(writers.outcomes().size(), 6u);
}

TEST(CheckOutcomes, AcceptsTheTruth) {
  EXPECT_THAT(CheckOutcomes({Ended("a", absl::OkStatus()), Ended("b", NotExecuted(kLost)),
                             Ended("c", OutcomeUnknown(kLost)), Ended("d", OutcomeUnknown(kLost))},
                            {Logged(1, "a"), Logged(1, "a"), Logged(2, "c")}, Failures::kMustBeTold),
              IsEmpty());
  EXPECT_THAT(CheckOutcomes({Ended("a", kLost)}, {}, Failures::kMayVanish), IsEmpty());
}

TEST(CheckOutcomes, SeesEachLie) {
  EXPECT_THAT(CheckOutcomes({Ended("a", absl::OkStatus())}, {}, Failures::kMustBeTold),
              ElementsAre(StartsWith("a was acknowledged")));
  EXPECT_THAT(CheckOutcomes({Ended("a", NotExecuted(kLost))}, {Logged(1, "a")}, Failures::kMustBeTold),
              ElementsAre(StartsWith("a is in the log")));
  EXPECT_THAT(CheckOutcomes({Ended("a", kLost)}, {}, Failures::kMustBeTold),
              ElementsAre(StartsWith("a failed without a word")));
  EXPECT_THAT(
      CheckOutcomes({Ended("a", OutcomeUnknown(kLost))}, {Logged(1, "a"), Logged(2, "a")}, Failures::kMustBeTold),
      ElementsAre(StartsWith("a was applied 2 times")));
}

}  // namespace
}  // namespace toolcatalog
