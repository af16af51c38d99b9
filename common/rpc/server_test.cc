// What clients see of a server: whether they get a connection, and when they lose it.

#include "common/rpc/server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "common/rpc/connection_testing.h"
#include "common/rpc/descriptor_limit.h"
#include "common/steady_time.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "tests/support/await.h"
#include "tests/support/status_matchers.h"
#include "toolcatalog/v1/catalog_service.grpc.pb.h"

namespace toolcatalog {
namespace {

using grpc::health::v1::Health;
using grpc::health::v1::HealthCheckResponse;
using testing::MatchesRegex;
using testing::StartsWith;

constexpr absl::Duration kPatience = absl::Seconds(10);
// Descriptors of a process that is short of them, and how many clients it then has.
constexpr int kLowLimit = 256;
constexpr int kManyClients = 300;
constexpr char kHalfPreface[] = "PRI * HTTP/2.0\r\n";

// Keeps the peer of the last call.
class PeerKeeper : public v1::CatalogService::CallbackService {
 public:
  grpc::ServerUnaryReactor* GetRevision(grpc::CallbackServerContext* context, const v1::GetRevisionRequest*,
                                        v1::GetRevisionResponse*) override {
    {
      absl::MutexLock lock(&mutex_);
      peer_ = context->peer();
    }
    auto* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }

  std::string peer() {
    absl::MutexLock lock(&mutex_);
    return peer_;
  }

 private:
  absl::Mutex mutex_;
  std::string peer_ ABSL_GUARDED_BY(mutex_);
};

class ServerTest : public ::testing::Test {
 protected:
  void SetUp() override { RaiseDescriptorLimit(); }

  void Start(const ServerOptions& options, const std::string& address = "127.0.0.1:0") {
    auto server = Server::Start(address, v1::CatalogService::service_full_name(), &service_, options);
    ASSERT_THAT(server, IsOk());
    server_ = *std::move(server);
    ASSERT_TRUE(absl::SimpleAtoi(server_->address().substr(server_->address().rfind(':') + 1), &port_));
  }

  // A client that connects anew.
  std::shared_ptr<grpc::Channel> NewChannel() {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    return grpc::CreateCustomChannel(absl::StrCat("127.0.0.1:", port_), grpc::InsecureChannelCredentials(), arguments);
  }
  static grpc::Status Ask(const std::shared_ptr<grpc::Channel>& channel, HealthCheckResponse* response) {
    grpc::ClientContext context;
    context.set_deadline(absl::ToChronoTime(absl::Now() + kPatience));
    return Health::NewStub(channel)->Check(&context, {}, response);
  }
  grpc::Status AskAnew() {
    HealthCheckResponse response;
    return Ask(NewChannel(), &response);
  }

  PeerKeeper service_;
  int port_ = 0;
  std::unique_ptr<Server> server_;
};

TEST_F(ServerTest, ServesAtOnceAfterItWasOutOfDescriptors) {
  std::vector<TcpClient> clients(kManyClients);
  // Clients take descriptors above the limit, so that all below it are the server's.
  for (TcpClient& client : clients) client.MoveAbove(kLowLimit);
  ServerOptions options;
  options.connections = {kManyClients, kManyClients};
  Start(options);
  const LowDescriptorLimit low(kLowLimit);
  for (TcpClient& client : clients) ASSERT_TRUE(client.Connect(port_));
  EXPECT_TRUE(clients.back().AwaitEnd()) << "a client is refused rather than left to wait";
  EXPECT_GT(server_->acceptor().refused(Refusal::kOutOfDescriptors), 0);
  clients.clear();
  // Its own connections are gone when it has seen that its clients are.
  ASSERT_TRUE(Await([&] { return server_->acceptor().open() == 0; }, kPatience));
  EXPECT_THAT(AskAnew(), IsOk());
}

TEST_F(ServerTest, IdleConnectionsLeaveRoomForItsOwnDescriptors) {
  std::vector<TcpClient> clients(kManyClients);
  for (TcpClient& client : clients) client.MoveAbove(kLowLimit);
  const LowDescriptorLimit low(kLowLimit);
  Start({});
  for (TcpClient& client : clients) ASSERT_TRUE(client.Connect(port_));
  EXPECT_TRUE(clients.back().AwaitEnd());
  EXPECT_EQ(server_->acceptor().refused(Refusal::kOutOfDescriptors), 0);
  EXPECT_EQ(server_->acceptor().open(), MaxConnectionsWithin(kLowLimit) / 2) << "the share of one peer";
  TcpClient own;
  EXPECT_TRUE(own.Connect(port_, "127.0.0.2"));
  EXPECT_TRUE(own.AwaitGreeting());
}

TEST_F(ServerTest, OutlivesThatOthersUseUpItsDescriptors) {
  Start({});
  const auto before = NewChannel();
  HealthCheckResponse response;
  ASSERT_THAT(Ask(before, &response), IsOk());
  TcpClient refused;
  {
    const LowDescriptorLimit low(kLowLimit);
    const UsedUpDescriptors used_up;
    ASSERT_TRUE(refused.Connect(port_));
    EXPECT_TRUE(refused.AwaitEnd());
    EXPECT_THAT(Ask(before, &response), IsOk()) << "who is connected is served";
  }
  EXPECT_THAT(AskAnew(), IsOk());
}

TEST_F(ServerTest, RefusesPastItsBoundsAndRecovers) {
  ServerOptions options;
  options.connections = {4, 2};
  Start(options);
  HealthCheckResponse response;
  auto first = NewChannel(), second = NewChannel();
  ASSERT_THAT(Ask(first, &response), IsOk());
  ASSERT_THAT(Ask(second, &response), IsOk());
  const SteadyTime begin = SteadyTime::Now();
  EXPECT_THAT(AskAnew(), HasCode(absl::StatusCode::kUnavailable));
  EXPECT_LT(SteadyTime::Now() - begin, kPatience / 2) << "at once";
  EXPECT_GT(server_->acceptor().refused(Refusal::kPeerHasItsShare), 0);
  TcpClient third, fourth, fifth;
  ASSERT_TRUE(third.Connect(port_, "127.0.0.2"));
  ASSERT_TRUE(fourth.Connect(port_, "127.0.0.3"));
  ASSERT_TRUE(fifth.Connect(port_, "127.0.0.4"));
  EXPECT_TRUE(fifth.AwaitEnd());
  EXPECT_EQ(server_->acceptor().refused(Refusal::kAllTaken), 1);
  EXPECT_THAT(Ask(first, &response), IsOk());
  second.reset();
  EXPECT_TRUE(Await([&] { return AskAnew().ok(); }, kPatience));
}

TEST_F(ServerTest, EndsConnectionsThatDoNotSpeak) {
  ServerOptions options;
  options.handshake_timeout = absl::Milliseconds(200);
  Start(options);
  TcpClient silent, halting;
  ASSERT_TRUE(silent.Connect(port_));
  ASSERT_TRUE(halting.Connect(port_));
  ASSERT_TRUE(halting.Send(kHalfPreface));
  const auto speaking = NewChannel();
  HealthCheckResponse response;
  ASSERT_THAT(Ask(speaking, &response), IsOk());
  EXPECT_TRUE(silent.AwaitEnd());
  EXPECT_TRUE(halting.AwaitEnd());
  EXPECT_TRUE(Await([&] { return server_->acceptor().open() == 1; }, kPatience)) << "who has spoken stays";
  EXPECT_EQ(speaking->GetState(false), GRPC_CHANNEL_READY);
}

TEST_F(ServerTest, SaysWhoCalls) {
  for (const char* address : {"127.0.0.1:0", "0.0.0.0:0"}) {
    server_.reset();
    Start({}, address);
    EXPECT_THAT(server_->address(), StartsWith(std::string(address).substr(0, 8)));
    grpc::ClientContext context;
    v1::GetRevisionResponse response;
    ASSERT_THAT(v1::CatalogService::NewStub(NewChannel())->GetRevision(&context, {}, &response), IsOk());
    EXPECT_THAT(service_.peer(), MatchesRegex("ipv4:127\\.0\\.0\\.1:[1-9][0-9]*"));
  }
}

TEST_F(ServerTest, HealthIsNotServingAtFirst) {
  Start({});
  HealthCheckResponse response;
  ASSERT_THAT(Ask(NewChannel(), &response), IsOk());
  EXPECT_EQ(response.status(), HealthCheckResponse::NOT_SERVING);
}

TEST_F(ServerTest, ChecksItsOwnPort) {
  ServerOptions options;
  options.port_check_interval = absl::Milliseconds(100);
  options.connections = {1, 1};
  Start(options);
  EXPECT_TRUE(server_->port_answers());
  TcpClient only;
  // The checks take the one connection too, now and then.
  ASSERT_TRUE(Await(
      [&] {
        only = TcpClient();
        return only.Connect(port_) && only.AwaitGreeting();
      },
      kPatience));
  EXPECT_TRUE(Await([&] { return !server_->port_answers(); }, kPatience));
  only = TcpClient();
  EXPECT_TRUE(Await([&] { return server_->port_answers(); }, kPatience));
}

TEST_F(ServerTest, TakesNobodyOnceItHasDrained) {
  Start({});
  HealthCheckResponse response;
  ASSERT_THAT(Ask(NewChannel(), &response), IsOk());
  TcpClient idle;
  ASSERT_TRUE(idle.Connect(port_));
  bool refused_before_streams_end = false;
  server_->Drain([&] { refused_before_streams_end = !TcpClient().Connect(port_); }, [] {});
  EXPECT_TRUE(refused_before_streams_end) << "a client whose stream ends must not come back here";
  EXPECT_TRUE(idle.AwaitEnd());
}

}  // namespace
}  // namespace toolcatalog
