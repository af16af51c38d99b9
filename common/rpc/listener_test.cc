#include "common/rpc/listener.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "absl/strings/str_cat.h"
#include "common/rpc/connection_testing.h"
#include "tests/support/status_matchers.h"

namespace toolcatalog {
namespace {

using testing::HasSubstr;

absl::StatusOr<std::unique_ptr<Listener>> Open(const std::string& address) {
  return Listener::Open(address, absl::Seconds(10));
}

// Not every machine has IPv6. The system is asked, not the listener, whose faults must not skip a test.
bool HasIpv6() {
  const int made = socket(AF_INET6, SOCK_STREAM, 0);
  if (made < 0) return false;
  sockaddr_in6 address = {};
  address.sin6_family = AF_INET6;
  address.sin6_addr = in6addr_loopback;
  const bool bound = bind(made, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
  close(made);
  return bound;
}

TEST(ListenerTest, ListensOnAFreePort) {
  const auto listener = Open("127.0.0.1:0");
  ASSERT_THAT(listener, IsOk());
  EXPECT_GT((*listener)->port(), 0);
  EXPECT_EQ((*listener)->own_target(), absl::StrCat("ipv4:127.0.0.1:", (*listener)->port()));
  TcpClient client;
  EXPECT_TRUE(client.Connect((*listener)->port()));
}

TEST(ListenerTest, ListensOnANameAtOnePort) {
  const auto listener = Open("localhost:0");
  ASSERT_THAT(listener, IsOk());
  TcpClient client;
  EXPECT_TRUE(client.Connect((*listener)->port()));
}

TEST(ListenerTest, BothWildcardsStandForBothFamilies) {
  for (const char* address : {"0.0.0.0:0", "[::]:0"}) {
    const auto listener = Open(address);
    ASSERT_THAT(listener, IsOk()) << address;
    EXPECT_EQ((*listener)->own_target(), absl::StrCat("ipv4:127.0.0.1:", (*listener)->port()));
    TcpClient client;
    EXPECT_TRUE(client.Connect((*listener)->port())) << address;
  }
}

TEST(ListenerTest, ListensOnAnIpv6Address) {
  if (!HasIpv6()) GTEST_SKIP() << "this machine has no IPv6 loopback address";
  const auto listener = Open("[::1]:0");
  ASSERT_THAT(listener, IsOk());
  EXPECT_EQ((*listener)->own_target(), absl::StrCat("ipv6:[::1]:", (*listener)->port()));
}

TEST(ListenerTest, TwoDoNotShareAPort) {
  const auto first = Open("127.0.0.1:0");
  ASSERT_THAT(first, IsOk());
  for (const char* host : {"127.0.0.1", "localhost", "0.0.0.0", "[::]"}) {
    const std::string taken = absl::StrCat(host, ":", (*first)->port());
    const auto second = Open(taken);
    EXPECT_THAT(second, HasCode(absl::StatusCode::kUnavailable));
    EXPECT_EQ(second.status().message(), absl::StrCat("cannot listen on \"", taken, "\": address already in use"));
  }
}

TEST(ListenerTest, APortIsFreeAgainAtOnce) {
  auto first = Open("127.0.0.1:0");
  ASSERT_THAT(first, IsOk());
  const int port = (*first)->port();
  TcpClient client;
  ASSERT_TRUE(client.Connect(port));
  first->reset();
  EXPECT_THAT(Open(absl::StrCat("127.0.0.1:", port)), IsOk());
}

TEST(ListenerTest, NamesWhatIsWrong) {
  for (const char* wrong : {"", ":", "8081", ":8081", "host", "host:", "host:port", "127.0.0.1:-1", "127.0.0.1:65536",
                            "::1:8081", "[]:8081", "[::1]"}) {
    EXPECT_THAT(Open(wrong), HasCode(absl::StatusCode::kInvalidArgument)) << wrong;
    EXPECT_THAT(Open(wrong).status().message(), HasSubstr(absl::StrCat("\"", wrong, "\"")));
  }
  EXPECT_THAT(Open("no-such-host.invalid:0"), HasCode(absl::StatusCode::kUnavailable));
  // An address of documentation, which no machine has.
  const auto absent = Open("192.0.2.1:0");
  EXPECT_THAT(absent, HasCode(absl::StatusCode::kUnavailable));
  EXPECT_THAT(absent.status().message(), HasSubstr("cannot assign requested address"));
}

}  // namespace
}  // namespace toolcatalog
