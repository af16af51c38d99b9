#include "common/rpc/port_check.h"

#include <grpcpp/impl/service_type.h>
#include <gtest/gtest.h>
#include <poll.h>

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/rpc/listener.h"
#include "common/rpc/server.h"
#include "common/steady_time.h"
#include "tests/support/await.h"

namespace toolcatalog {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(20);

class NoMethods : public grpc::Service {};

// A port on which nobody listens now.
std::string FreeAddress() {
  return absl::StrCat("127.0.0.1:", (*Listener::Open("127.0.0.1:0", absl::Seconds(1)))->port());
}

TEST(PortCheckTest, NoticesThatNobodyAnswersAndThatSomebodyDoes) {
  const std::string address = FreeAddress();
  PortCheck check(absl::StrCat("ipv4:", address), absl::Milliseconds(10));
  EXPECT_TRUE(Await([&] { return !check.answers(); }, kPatience));
  NoMethods service;
  const auto server = Server::Start(address, "none", &service);
  ASSERT_TRUE(server.ok()) << server.status();
  EXPECT_TRUE(Await([&] { return check.answers(); }, kPatience)) << "whatever the health is";
}

TEST(PortCheckTest, NoticesAPortThatListensAndIsDeaf) {
  const auto deaf = *Listener::Open("127.0.0.1:0", absl::Seconds(1));
  PortCheck check(deaf->own_target(), absl::Milliseconds(10));
  EXPECT_TRUE(Await([&] { return !check.answers(); }, kPatience));
}

TEST(PortCheckTest, EndsAtOnceWhileItAsks) {
  const auto deaf = *Listener::Open("127.0.0.1:0", absl::Seconds(1));
  auto check = std::make_unique<PortCheck>(deaf->own_target(), absl::ZeroDuration());
  pollfd asked = {deaf->sockets().front(), POLLIN, 0};
  ASSERT_EQ(poll(&asked, 1, static_cast<int>(absl::ToInt64Milliseconds(kPatience))), 1);
  const SteadyTime begin = SteadyTime::Now();
  check.reset();
  EXPECT_LT(SteadyTime::Now() - begin, absl::Seconds(4));
}

}  // namespace
}  // namespace toolcatalog
