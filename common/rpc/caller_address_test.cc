#include "common/rpc/caller_address.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/support/status_matchers.h"

namespace toolcatalog {
namespace {

constexpr char kGateway[] = "ipv4:127.0.0.1:4711";

TEST(CallerAddressTest, AGatewayOnThisMachineIsBelieved) {
  for (const char* peer : {kGateway, "ipv6:%5B::1%5D:4711", "ipv6:[::1]:4711", "unix:"}) {
    EXPECT_EQ(CallerAddress(peer, "192.0.2.1:80"), std::string("192.0.2.1:80 via ") + peer);
  }
  EXPECT_EQ(CallerAddress(kGateway, "[2001:db8::1]:80"), std::string("[2001:db8::1]:80 via ") + kGateway);
  EXPECT_EQ(CallerAddress(kGateway, ""), kGateway);
}

TEST(CallerAddressTest, OthersAreNot) {
  for (const char* peer : {"ipv4:192.0.2.7:4711", "ipv6:%5B2001:db8::1%5D:4711", "ipv4:128.0.0.1:1", ""}) {
    EXPECT_EQ(CallerAddress(peer, "192.0.2.1:80"), peer);
  }
}

TEST(CallerAddressTest, AGatewayThatIsConfiguredIsBelieved) {
  ASSERT_THAT(TrustGateways({"198.51.100.9", "2001:db8::9"}), IsOk());
  EXPECT_EQ(CallerAddress("ipv4:198.51.100.9:1", "192.0.2.1:80"), "192.0.2.1:80 via ipv4:198.51.100.9:1");
  EXPECT_EQ(CallerAddress("ipv6:%5B2001:db8:0::9%5D:1", "192.0.2.1:80"), "192.0.2.1:80 via ipv6:%5B2001:db8:0::9%5D:1");
  EXPECT_THAT(TrustGateways({"gateway.example"}), HasCode(absl::StatusCode::kInvalidArgument));
}

// Shares of memory and places go by it.
TEST(CallerAddressTest, TheAddressIsThatOfTheCallerNotOfTheGateway) {
  EXPECT_EQ(AddressOf("ipv4:192.0.2.7:4711"), "ipv4:192.0.2.7");
  EXPECT_EQ(AddressOf("192.0.2.1:80 via ipv4:127.0.0.1:1"), "192.0.2.1");
  EXPECT_EQ(AddressOf("[2001:db8::1]:80 via ipv4:127.0.0.1:1"), "[2001:db8::1]");
  EXPECT_EQ(AddressOf("unix:/a"), "unix");
}

// The log shows it to people, and the database takes no text that is not UTF-8.
TEST(CallerAddressTest, OnlyAnAddressWithAPortIsForwarded) {
  for (const std::string& forwarded :
       {std::string("someone"), std::string("192.0.2.1"), std::string("192.0.2.1:"), std::string("192.0.2.1:65536"),
        std::string("192.0.2.1:80\n"), std::string("192.0.2.1: 80"), std::string("192.0.2.1:+80"),
        std::string("\x1b[31m192.0.2.1:80"), std::string("\xff:80"), std::string("192.0.2.1, 192.0.2.2:80"),
        std::string("2001:db8::1:80"), std::string("[192.0.2.1]:80"), std::string("192.0.2.1\0:80", 13),
        std::string("host:80"), std::string("[::1:80"), std::string(200, '1')}) {
    EXPECT_EQ(CallerAddress(kGateway, forwarded), kGateway) << forwarded;
  }
}

}  // namespace
}  // namespace toolcatalog
