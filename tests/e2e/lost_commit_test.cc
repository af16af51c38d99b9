// The connection to the database is lost around COMMIT, and the database refuses single writes: every caller gets the
// truth about its own write.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "common/status.h"
#include "tests/e2e/proxied_fixture.h"
#include "tests/support/await.h"
#include "tests/support/catalog_calls.h"
#include "tests/support/definitions.h"
#include "tests/support/marked_writers.h"

namespace toolcatalog {
namespace {

constexpr int kThreads = 8;
constexpr int kTools = 8;
constexpr int kCuts = 50;

class LostCommitTest : public ProxiedFixture {
 protected:
  // It is the first catalog that loses its connections.
  void SetUp() override {
    ProxiedFixture::SetUp();
    if (!HasFatalFailure()) CreateTools(ToolNames(kTools));
  }

  MarkedWriters::Write Updates() {
    return [this](int thread, int count, const std::string& marker) {
      return Describe(catalog(0), ToolNames(kTools)[(thread + count) % kTools], marker, marker).status();
    };
  }

  void CutUnderLoad(TcpProxy::Cut cut) {
    auto recorder = Record({0, 1});
    MarkedWriters writers(kThreads, 1000000, Updates());
    ASSERT_TRUE(writers.AwaitSuccesses(200, kPatience));
    for (int i = 1; i <= kCuts; ++i) {
      proxy_->CutAt(kCommit, cut, 1);
      ASSERT_TRUE(proxy_->AwaitCuts(i, kPatience));
      ASSERT_TRUE(writers.AwaitSuccesses(writers.successes() + 20, kPatience));
    }
    writers.Stop();
    ExpectTheTruth(writers);
    ExpectGuarantees(*recorder);
  }

  void ExpectTheTruth(const MarkedWriters& writers) {
    const auto log = Changes(catalog(1));
    ASSERT_THAT(log, IsOk());
    EXPECT_THAT(CheckOutcomes(writers.outcomes(), *log, Failures::kMustBeTold), testing::IsEmpty());
    std::cout << "outcomes: " << testing::PrintToString(CountOutcomes(writers.outcomes())) << "\n";
  }

  // Runs `call` while every write waits for the lock, so that what is written meanwhile becomes one batch.
  void WhileLocked(absl::FunctionRef<void()> call) {
    std::thread lock([this] {
      EXPECT_THAT(cluster().Query(database(), "begin; select 1 from counter for update; select pg_sleep(1.5); commit"),
                  IsOk());
    });
    EXPECT_TRUE(Await(
        [&] {
          return !cluster()
                      .Query(database(),
                             "select 1 from pg_stat_activity where query like '%pg_sleep(1.5)%' and "
                             "datname = current_database() and wait_event = 'PgSleep'")
                      .value()
                      .empty();
        },
        kPatience));
    call();
    lock.join();
  }
};

TEST_F(LostCommitTest, AnswersTheTruthWhenTheAnswerToCommitIsLost) { CutUnderLoad(TcpProxy::Cut::kAfterRequest); }

TEST_F(LostCommitTest, AnswersTheTruthWhenCommitItselfIsLost) { CutUnderLoad(TcpProxy::Cut::kBeforeRequest); }

TEST_F(LostCommitTest, ReportsAnUnknownOutcomeWhenTheDatabaseStaysAway) {
  const absl::StatusOr<int64_t> before = Revision(catalog(1));
  ASSERT_THAT(before, IsOk());
  // The writer's connection stays until the cut, and no other comes after it.
  proxy_->SetRefusing(true);
  proxy_->CutAt(kCommit, TcpProxy::Cut::kAfterRequest, 1);
  const absl::Status status = Describe(catalog(0), "tool-0", "is it there", "somebody").status();
  EXPECT_EQ(proxy_->cuts(), 1);
  EXPECT_THAT(status, HasCode(absl::StatusCode::kUnavailable));
  EXPECT_EQ(ErrorMetadata(status, kOutcomeKey), kOutcomeUnknown);
  EXPECT_EQ(Revision(catalog(1)).value_or(-1), *before + 1);
  proxy_->SetRefusing(false);
  EXPECT_TRUE(Await([&] { return Describe(catalog(0), "tool-0", "back again").ok(); }, kPatience));
}

TEST_F(LostCommitTest, LosesEveryConnectionAgainAndAgain) {
  auto recorder = Record({0, 1});
  MarkedWriters writers(kThreads, 1000000, Updates());
  for (int i = 1; i <= kCuts; ++i) {
    ASSERT_TRUE(writers.AwaitSuccesses(writers.successes() + 20, kPatience));
    proxy_->DropConnections();
  }
  writers.Stop();
  ExpectTheTruth(writers);
  ExpectGuarantees(*recorder);
}

TEST_F(LostCommitTest, GoesOnAfterTheNetworkSwallowedEverything) {
  MarkedWriters writers(kThreads, 1000000, Updates());
  ASSERT_TRUE(writers.AwaitSuccesses(100, kPatience));
  proxy_->SetForwarding(true, false);
  // The other catalog gets the lock, whatever the first was doing with it.
  ASSERT_TRUE(Await([&] { return Describe(catalog(1), "tool-0", "meanwhile", "other").ok(); }, absl::Seconds(10)));
  proxy_->SetForwarding(true, true);
  ASSERT_TRUE(writers.AwaitSuccesses(writers.successes() + 100, kPatience));
  writers.Stop();
  ExpectTheTruth(writers);
}

TEST_F(LostCommitTest, RefusesOneWriteOfABatchAlone) {
  ASSERT_THAT(cluster().Query(database(),
                              "create function refuse() returns trigger language plpgsql as $$ begin "
                              "if new.name_key = 'tool-3' then raise exception 'refused by a test'; end if; "
                              "return new; end $$;"
                              "create trigger refuse before insert or update on versions for each row "
                              "execute function refuse()"),
              IsOk());
  const absl::StatusOr<int64_t> before = Revision(catalog(1));
  ASSERT_THAT(before, IsOk());
  std::unique_ptr<MarkedWriters> writers;
  WhileLocked([&] { writers = std::make_unique<MarkedWriters>(kTools, 1, Updates()); });
  writers->Finish();
  for (const MarkedWriters::Outcome& outcome : writers->outcomes()) {
    if (outcome.thread == 3) {
      EXPECT_FALSE(outcome.status.ok());
      EXPECT_THAT(Explain(outcome.status), testing::HasSubstr("NOT_EXECUTED"));
      EXPECT_THAT(Explain(outcome.status), testing::Not(testing::HasSubstr("refused by a test")));
    } else {
      EXPECT_THAT(outcome.status, IsOk()) << outcome.marker;
    }
  }
  EXPECT_EQ(Revision(catalog(1)).value_or(-1), *before + kTools - 1);
  ExpectTheTruth(*writers);
  EXPECT_NE(Get(catalog(1), "tool-3").value().tool().description(), "marker-3-0");
}

}  // namespace
}  // namespace toolcatalog
