#include "common/rpc/open_calls.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "common/rpc/server_stream_fixture.h"
#include "common/status.h"
#include "tests/support/await.h"

namespace toolcatalog {
namespace {

constexpr int64_t kMiB = 1 << 20;

// A budget for calls of 8 MiB.
class OpenCallsTest : public testing::Test {
 protected:
  OpenCalls open_{6 * 8 * kMiB};
};

TEST_F(OpenCallsTest, CallsHoldNoMoreThanTheBudgetTogether) {
  OpenCalls::Entry first;
  ASSERT_TRUE(open_.Admit(first, "a:1", 5 * kMiB).ok());
  {
    OpenCalls::Entry second;
    ASSERT_TRUE(open_.Admit(second, "b:1", kMiB / 2).ok());
    const absl::Status refused = open_.Hold(second, 3 * kMiB);
    EXPECT_TRUE(HasReason(refused, Reason::kMemoryBudgetExhausted)) << refused;
    EXPECT_EQ(open_.budget().held(), 5 * kMiB + kMiB / 2 + 2 * OpenCalls::kCallBytes) << "what it held before";
    EXPECT_TRUE(open_.Hold(first, 0).ok());
    EXPECT_TRUE(open_.Hold(second, 3 * kMiB).ok());
  }
  EXPECT_EQ(open_.budget().held(), OpenCalls::kCallBytes);
}

TEST_F(OpenCallsTest, GreedyConnectionsLeaveRoomToOthers) {
  OpenCalls open(int64_t{6} * 64 * kMiB);
  const auto admits = [&](const std::string& peer, int64_t bytes) {
    OpenCalls::Entry entry;
    return open.Admit(entry, peer, bytes).ok();
  };
  std::vector<std::unique_ptr<OpenCalls::Entry>> entries;
  for (int connection = 0; connection < 8; ++connection) {
    const std::string peer = absl::StrCat("greedy:", connection);
    absl::Status status;
    while (status.ok()) {
      entries.push_back(std::make_unique<OpenCalls::Entry>());
      status = open.Admit(*entries.back(), peer, 100000);
    }
    EXPECT_TRUE(HasReason(status, Reason::kMemoryBudgetExhausted)) << status;
  }
  EXPECT_TRUE(admits("modest:1", 0));
  EXPECT_TRUE(admits("modest:2", kMiB / 2));
  entries.clear();
  EXPECT_TRUE(admits("greedy:0", 5 * kMiB)) << "what they held is given back";
}

TEST_F(OpenCallsTest, ManyModestConnectionsOfOneAddressLeaveRoomToOtherAddresses) {
  std::vector<std::unique_ptr<OpenCalls::Entry>> entries;
  absl::Status status;
  for (int connection = 0; status.ok() && connection < 100; ++connection) {
    entries.push_back(std::make_unique<OpenCalls::Entry>());
    status = open_.Admit(*entries.back(), absl::StrCat("ipv4:10.0.0.1:", connection), kMiB / 2);
  }
  EXPECT_TRUE(HasReason(status, Reason::kMemoryBudgetExhausted)) << status;
  EXPECT_LE(open_.budget().held(), 6 * kMiB) << "three quarters";
  OpenCalls::Entry other;
  EXPECT_TRUE(open_.Admit(other, "ipv4:10.0.0.2:1", kMiB / 2).ok());
  entries.clear();
  OpenCalls::Entry again;
  EXPECT_TRUE(open_.Admit(again, "ipv4:10.0.0.1:7", kMiB).ok()) << "what they held is given back";
}

TEST_F(OpenCallsTest, CallersBehindOneGatewayHaveSharesOfTheirOwn) {
  const auto caller = [](int address, int port) {
    return absl::StrCat("192.0.2.", address, ":", port, " via ipv4:127.0.0.1:5");
  };
  OpenCalls::Entry large, modest;
  ASSERT_TRUE(open_.Admit(large, caller(1, 80), 5 * kMiB).ok());
  OpenCalls::Entry refused;
  EXPECT_FALSE(open_.Admit(refused, caller(1, 80), kMiB).ok());
  EXPECT_TRUE(open_.Admit(modest, caller(2, 80), kMiB / 2).ok());
}

TEST_F(OpenCallsTest, AnAnswerMayTakeAsLongAsItsBytesNeed) {
  EXPECT_EQ(OpenCalls::TimeFor(0), absl::Seconds(30));
  EXPECT_EQ(OpenCalls::TimeFor(64 * kMiB), absl::Seconds(30 + 256));
}

using GivingUpTest = ServerStreamFixture;

// The budget of the fixture is 256 MiB.
TEST_F(GivingUpTest, WhoDoesNotFetchGoesWhenMemoryIsShort) {
  auto idle = Open();
  AwaitStream()->AddEvent(1, 40 * kMiB);
  ASSERT_TRUE(Await([&] { return service_.open_calls.budget().held() > 40 * kMiB; }, kPatience));
  OpenCalls::Entry other;
  ASSERT_TRUE(service_.open_calls.Admit(other, "", 100 * kMiB).ok()) << "there is room for both";
  ASSERT_FALSE(service_.open_calls.Hold(other, 150 * kMiB).ok()) << "nobody waits for long yet";
  EXPECT_TRUE(Await([&] { return service_.open_calls.Hold(other, 150 * kMiB).ok(); }, kPatience));
  EXPECT_TRUE(AwaitEnded(1)) << "its client has not fetched it for a second";
  EXPECT_NE(idle->End(), grpc::StatusCode::OK);
}

}  // namespace
}  // namespace toolcatalog
