#include "common/rpc/open_connections.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <vector>

namespace toolcatalog {
namespace {

using testing::Eq;
using testing::Optional;

Peer Ipv4(const char* text) {
  sockaddr_storage address = {};
  address.ss_family = AF_INET;
  inet_pton(AF_INET, text, &reinterpret_cast<sockaddr_in&>(address).sin_addr);
  return Peer::Of(address);
}

Peer Ipv6(const char* text) {
  sockaddr_storage address = {};
  address.ss_family = AF_INET6;
  inet_pton(AF_INET6, text, &reinterpret_cast<sockaddr_in6&>(address).sin6_addr);
  return Peer::Of(address);
}

class OpenConnectionsTest : public ::testing::Test {
 protected:
  ~OpenConnectionsTest() override {
    for (int each : sockets_) close(each);
  }

  void Start(ConnectionBounds bounds) { connections_ = std::make_unique<OpenConnections>(bounds); }

  // The refusal of a new connection; one that is refused is closed.
  std::optional<Refusal> Add(const Peer& peer) {
    const int made = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const std::optional<Refusal> refusal = connections_->Add(made, peer);
    if (refusal.has_value()) {
      close(made);
    } else {
      sockets_.push_back(made);
    }
    return refusal;
  }
  // How many the peer gets before one is refused.
  int Fill(const Peer& peer) {
    int count = 0;
    while (!Add(peer).has_value()) ++count;
    return count;
  }
  int CloseLast() {
    const int last = sockets_.back();
    sockets_.pop_back();
    close(last);
    return last;
  }

  std::unique_ptr<OpenConnections> connections_;
  std::vector<int> sockets_;
};

TEST(PeerTest, IsTheAddressOrTheNetwork) {
  EXPECT_EQ(Ipv4("10.1.2.3").name, "10.1.2.3");
  EXPECT_EQ(Ipv6("::ffff:10.1.2.3").name, "10.1.2.3");
  EXPECT_EQ(Ipv6("2001:db8:1:2:3:4:5:6").name, "2001:db8:1:2::/64");
  EXPECT_FALSE(Ipv4("10.1.2.3").is_loopback);
  EXPECT_FALSE(Ipv6("2001:db8::1").is_loopback);
  EXPECT_TRUE(Ipv4("127.0.0.9").is_loopback);
  EXPECT_TRUE(Ipv6("::ffff:127.0.0.9").is_loopback);
  EXPECT_TRUE(Ipv6("::1").is_loopback);
}

TEST_F(OpenConnectionsTest, NoPeerTakesWhatOthersNeed) {
  Start({160, 0});
  EXPECT_EQ(Fill(Ipv4("10.0.0.1")), 75) << "half of all but those kept for loopback";
  EXPECT_THAT(Add(Ipv4("10.0.0.1")), Optional(Eq(Refusal::kPeerHasItsShare)));
  EXPECT_EQ(Fill(Ipv4("10.0.0.2")), 38);
  EXPECT_EQ(Fill(Ipv4("10.0.0.3")), 19);
  EXPECT_EQ(Fill(Ipv6("2001:db8::1")), 9);
  EXPECT_EQ(Add(Ipv4("10.0.0.5")), std::nullopt);
}

TEST_F(OpenConnectionsTest, KeepsSomeForLoopback) {
  Start({160, 150});
  EXPECT_EQ(Fill(Ipv4("10.0.0.1")), 150);
  EXPECT_THAT(Add(Ipv4("10.0.0.2")), Optional(Eq(Refusal::kAllTaken)));
  EXPECT_EQ(Fill(Ipv4("127.0.0.1")), 10);
  EXPECT_THAT(Add(Ipv4("127.0.0.1")), Optional(Eq(Refusal::kAllTaken)));
  EXPECT_EQ(connections_->Count(), 160);
}

TEST_F(OpenConnectionsTest, AShareMayBeFixed) {
  Start({10, 3});
  EXPECT_EQ(Fill(Ipv4("127.0.0.1")), 3);
  EXPECT_THAT(Add(Ipv4("127.0.0.1")), Optional(Eq(Refusal::kPeerHasItsShare)));
  EXPECT_EQ(Fill(Ipv4("127.0.0.2")), 3);
}

TEST_F(OpenConnectionsTest, AClosedConnectionMakesRoom) {
  Start({2, 2});
  ASSERT_EQ(Fill(Ipv4("127.0.0.1")), 2);
  CloseLast();
  EXPECT_EQ(connections_->Count(), 1);
  EXPECT_EQ(Fill(Ipv4("127.0.0.1")), 1);
}

TEST_F(OpenConnectionsTest, ADescriptorThatIsSomethingElseByNowDoesNotCount) {
  Start({4, 4});
  ASSERT_EQ(Fill(Ipv4("127.0.0.1")), 4);
  const int first = CloseLast(), second = CloseLast();
  const int file = open("/dev/null", O_RDONLY | O_CLOEXEC), other = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  ASSERT_EQ(std::min(file, other), std::min(first, second)) << "the numbers were given again";
  ASSERT_EQ(std::max(file, other), std::max(first, second));
  EXPECT_EQ(connections_->Count(), 2);
  close(file);
  close(other);
}

TEST_F(OpenConnectionsTest, ADescriptorThatIsANewConnectionCountsOnce) {
  Start({8, 8});
  ASSERT_EQ(Add(Ipv4("127.0.0.1")), std::nullopt);
  const int former = CloseLast();
  ASSERT_EQ(Add(Ipv4("127.0.0.2")), std::nullopt);
  ASSERT_EQ(sockets_.back(), former);
  EXPECT_EQ(connections_->Count(), 1);
  EXPECT_EQ(Fill(Ipv4("127.0.0.1")), 7);
}

}  // namespace
}  // namespace toolcatalog
