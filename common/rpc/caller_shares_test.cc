#include "common/rpc/caller_shares.h"

#include <gtest/gtest.h>

#include <memory>

#include "common/status.h"

namespace toolcatalog {
namespace {

constexpr int64_t kMiB = 1 << 20;

class CallerSharesTest : public testing::Test {
 protected:
  CallerShares shares_{6 * kMiB};
};

TEST_F(CallerSharesTest, ACallerHasOneShareAndAnAddressOneSum) {
  const auto share = shares_.Of("ipv4:192.0.2.1:1");
  EXPECT_EQ(shares_.Of("ipv4:192.0.2.1:1"), share);
  const auto of_same_address = shares_.Of("ipv4:192.0.2.1:2");
  share->Add(kMiB);
  of_same_address->Add(2 * kMiB);
  EXPECT_EQ(share->of_connection, kMiB);
  EXPECT_EQ(of_same_address->of_connection, 2 * kMiB);
  EXPECT_EQ(*share->of_address, 3 * kMiB);
  EXPECT_EQ(*shares_.Of("ipv4:192.0.2.2:1")->of_address, 0);
}

TEST_F(CallerSharesTest, CallersBehindOneGatewayHaveAddressesOfTheirOwn) {
  const auto share = shares_.Of("192.0.2.1:80 via ipv4:127.0.0.1:5");
  share->Add(kMiB);
  EXPECT_EQ(*shares_.Of("192.0.2.1:81 via ipv4:127.0.0.1:5")->of_address, kMiB);
  EXPECT_EQ(*shares_.Of("192.0.2.2:80 via ipv4:127.0.0.1:5")->of_address, 0);
}

TEST_F(CallerSharesTest, AShareThatNobodyUsesIsForgotten) {
  shares_.Of("ipv4:192.0.2.1:1")->Add(kMiB);
  EXPECT_EQ(shares_.Of("ipv4:192.0.2.1:1")->of_connection, 0);
}

TEST_F(CallerSharesTest, AConnectionMayHoldOneMiBAndBeyondThatWhatIsFree) {
  const auto share = shares_.Of("ipv4:192.0.2.1:1");
  EXPECT_TRUE(shares_.CheckConnection(*share, 2 * kMiB, 4 * kMiB).ok());
  EXPECT_TRUE(HasReason(shares_.CheckConnection(*share, 2 * kMiB + 1, 4 * kMiB), Reason::kMemoryBudgetExhausted));
  EXPECT_TRUE(shares_.CheckConnection(*share, kMiB, 8 * kMiB).ok()) << "in any case";
  share->Add(kMiB);
  const absl::Status refused = shares_.CheckConnection(*share, 1, 8 * kMiB);
  EXPECT_TRUE(HasReason(refused, Reason::kMemoryBudgetExhausted)) << refused;
  EXPECT_EQ(refused.message(),
            "the calls in progress on this connection hold 1048576 bytes, all that is left to it; try again later");
}

TEST_F(CallerSharesTest, AllConnectionsOfAnAddressMayHoldTheLimit) {
  const auto first = shares_.Of("ipv4:192.0.2.1:1"), second = shares_.Of("ipv4:192.0.2.1:2");
  first->Add(5 * kMiB);
  EXPECT_TRUE(shares_.CheckAddress(*second, kMiB).ok());
  const absl::Status refused = shares_.CheckAddress(*second, kMiB + 1);
  EXPECT_TRUE(HasReason(refused, Reason::kMemoryBudgetExhausted)) << refused;
  EXPECT_TRUE(shares_.CheckAddress(*shares_.Of("ipv4:192.0.2.2:1"), 6 * kMiB).ok()) << "another address";
}

}  // namespace
}  // namespace toolcatalog
