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
#include "toolcatalog/internal/v1/replica_service.pb.h"
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
    proxy_ = TcpProxy::Start("127.0.0.1:0", services().catalog_process().address()).value();
    internal_proxy_ = TcpProxy::Start("127.0.0.1:0", services().catalog_process().internal_address()).value();
    ASSERT_THAT(services().AddReload(proxy_->address(), internal_proxy_->address(), ""), IsOk());
    recorder_ = std::make_unique<EventRecorder>(&reload());
    ASSERT_EQ(AwaitEqualProfiles(catalog(), reload()), "");
  }

  // Both ways to the catalog, always alike.
  void SetForwarding(bool to_catalog, bool from_catalog) {
    proxy_->SetForwarding(to_catalog, from_catalog);
    internal_proxy_->SetForwarding(to_catalog, from_catalog);
  }
  void SetRefusing(bool refusing) {
    proxy_->SetRefusing(refusing);
    internal_proxy_->SetRefusing(refusing);
  }
  void DropConnections() {
    proxy_->DropConnections();
    internal_proxy_->DropConnections();
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
    internal::v1::ListStoredReloadEventsRequest request;
    request.mutable_filter()->set_limit(1000);
    internal::v1::ListStoredReloadEventsResponse response;
    ASSERT_TRUE(Await(
        [&] {
          grpc::ClientContext context;
          return replica_service().ListStoredReloadEvents(&context, request, &response).ok() &&
                 response.events().total() == static_cast<int>(events.size());
        },
        kPatience))
        << response.events().total() << " of " << events.size() << " events are stored";
    const v1::ListReloadEventsResponse& stored = response.events();
    EXPECT_EQ(stored.gaps_size(), 0);
    for (int i = 0; i < stored.history_size(); ++i) {
      EXPECT_EQ(stored.history(i).event_id(), events[events.size() - 1 - i].event_id());
    }
  }

  std::unique_ptr<TcpProxy> proxy_;
  std::unique_ptr<TcpProxy> internal_proxy_;
  std::unique_ptr<EventRecorder> recorder_;

 private:
  int written_ = 0;
};

TEST_F(PartitionTest, NothingPassesDuringWrites) {
  Write(20);
  SetForwarding(false, false);
  Write(200);
  EXPECT_THAT(GetProfile(reload(), "tool-1"), IsOk()) << "reads go on";
  const auto waiting = GetProfile(reload(), "tool-1", Revision(catalog()).value(), absl::Milliseconds(300));
  EXPECT_EQ(waiting.status().code(), absl::StatusCode::kDeadlineExceeded) << waiting.status();
  SetForwarding(true, true);
  Write(20);
  ExpectWhole();
}

TEST_F(PartitionTest, OnlyOneDirectionPasses) {
  SetForwarding(false, true);
  Write(50);
  SetForwarding(true, false);
  Write(50);
  SetForwarding(true, true);
  ExpectWhole();
}

TEST_F(PartitionTest, ConnectionsBreakAgainAndAgain) {
  for (int i = 0; i < 15; ++i) {
    Write(10);
    DropConnections();
    Write(10);
  }
  ExpectWhole();
  EXPECT_GT(Statistics(reload())->reconnects(), 0);
}

TEST_F(PartitionTest, ALongBreakLeavesNothingOut) {
  SetRefusing(true);
  DropConnections();
  Write(300);
  const auto lagging = Statistics(reload());
  ASSERT_THAT(lagging, IsOk());
  EXPECT_EQ(lagging->stream_state(), "disconnected");
  EXPECT_GT(lagging->staleness_ms(), 0);
  SetRefusing(false);
  ExpectWhole();
  EXPECT_EQ(Statistics(reload())->stream_state(), "live");
}

}  // namespace
}  // namespace toolcatalog
