// The network between the two services loses everything for a while, or breaks again and again: afterwards the cache is
// proven equal, and the history has every write once.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "tests/e2e/end_to_end_fixture.h"
#include "tests/support/await.h"
#include "tests/support/catalog_calls.h"
#include "tests/support/event_recorder.h"
#include "tests/support/reload_calls.h"
#include "tests/support/reload_history_checker.h"
#include "tests/support/status_matchers.h"
#include "tests/support/tcp_proxy.h"
#include "toolcatalog/v1/reload.pb.h"

namespace toolcatalog {
namespace {

class PartitionTest : public EndToEndFixture {
 protected:
  void SetUp() override {
    EndToEndFixture::SetUp();
    if (HasFatalFailure()) return;
    Start(1, {});
    if (HasFatalFailure()) return;
    CreateTools(ToolNames(10));
    auto proxy = TcpProxy::Start("127.0.0.1:0", services().catalog_process().address());
    ASSERT_THAT(proxy, IsOk());
    proxy_ = *std::move(proxy);
    ASSERT_THAT(services().AddReload(proxy_->address(), ""), IsOk());
    recorder_ = std::make_unique<EventRecorder>(&reload());
    ASSERT_EQ(AwaitEqualProfiles(catalog(), reload()), "");
  }

  void Write(int writes) {
    for (int i = 0; i < writes; ++i) {
      ASSERT_THAT(Describe(catalog(), absl::StrCat("tool-", ++written_ % 10), absl::StrCat("text ", written_)), IsOk());
    }
  }

  // Everything has come over, and nothing twice.
  void ExpectWhole() {
    EXPECT_EQ(AwaitEqualProfiles(catalog(), reload()), "");
    EXPECT_EQ(AwaitProven(catalog(), reload()), "");
    const int64_t revision = Revision(catalog()).value();
    ASSERT_TRUE(recorder_->AwaitRevision(revision, kPatience));
    const std::vector<v1::ReloadEvent> events = recorder_->Stop();
    EXPECT_THAT(CheckReloadHistory(events, Changes(catalog()).value()), testing::IsEmpty());
    const auto statistics = Statistics(reload());
    ASSERT_THAT(statistics, IsOk());
    EXPECT_THAT(CheckReloadStatistics(events, *statistics), testing::IsEmpty());
    EXPECT_EQ(statistics->proof_failures(), 0);
    ExpectStored(events);
  }

  // The catalog has the same events within a moment, and knows of no gap.
  void ExpectStored(const std::vector<v1::ReloadEvent>& events) {
    v1::ListReloadEventsRequest request;
    request.set_limit(1000);
    v1::ListReloadEventsResponse stored;
    ASSERT_TRUE(Await(
        [&] {
          grpc::ClientContext context;
          return catalog().ListStoredReloadEvents(&context, request, &stored).ok() &&
                 stored.total() == static_cast<int>(events.size());
        },
        kPatience))
        << stored.total() << " of " << events.size() << " events are stored";
    EXPECT_EQ(stored.gaps_size(), 0);
    for (int i = 0; i < stored.history_size(); ++i) {
      EXPECT_EQ(stored.history(i).event_id(), events[events.size() - 1 - i].event_id());
    }
  }

  std::unique_ptr<TcpProxy> proxy_;
  std::unique_ptr<EventRecorder> recorder_;

 private:
  int written_ = 0;
};

TEST_F(PartitionTest, NothingPassesDuringWrites) {
  Write(20);
  proxy_->SetForwarding(false, false);
  Write(200);
  EXPECT_THAT(GetProfile(reload(), "tool-1"), IsOk()) << "reads go on";
  const auto waiting = GetProfile(reload(), "tool-1", Revision(catalog()).value(), absl::Milliseconds(300));
  EXPECT_EQ(waiting.status().code(), absl::StatusCode::kDeadlineExceeded) << waiting.status();
  proxy_->SetForwarding(true, true);
  Write(20);
  ExpectWhole();
}

TEST_F(PartitionTest, OnlyOneDirectionPasses) {
  proxy_->SetForwarding(false, true);
  Write(50);
  proxy_->SetForwarding(true, false);
  Write(50);
  proxy_->SetForwarding(true, true);
  ExpectWhole();
}

TEST_F(PartitionTest, ConnectionsBreakAgainAndAgain) {
  for (int i = 0; i < 15; ++i) {
    Write(10);
    proxy_->DropConnections();
    Write(10);
  }
  ExpectWhole();
  EXPECT_GT(Statistics(reload())->reconnects(), 0);
}

TEST_F(PartitionTest, ALongBreakLeavesNothingOut) {
  proxy_->SetRefusing(true);
  proxy_->DropConnections();
  Write(300);
  const auto lagging = Statistics(reload());
  ASSERT_THAT(lagging, IsOk());
  EXPECT_EQ(lagging->stream_state(), "disconnected");
  EXPECT_GT(lagging->staleness_ms(), 0);
  proxy_->SetRefusing(false);
  ExpectWhole();
  EXPECT_EQ(Statistics(reload())->stream_state(), "live");
}

}  // namespace
}  // namespace toolcatalog
