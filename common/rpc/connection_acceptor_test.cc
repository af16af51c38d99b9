#include "common/rpc/connection_acceptor.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <memory>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "common/rpc/connection_testing.h"
#include "tests/support/await.h"

namespace toolcatalog {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(10);
constexpr int kLowLimit = 64;

class ConnectionAcceptorTest : public ::testing::Test {
 protected:
  ~ConnectionAcceptorTest() override {
    acceptor_.reset();
    CloseAccepted();
  }

  void Start(ConnectionBounds bounds) {
    auto listener = *Listener::Open("127.0.0.1:0", absl::Seconds(10));
    port_ = listener->port();
    acceptor_ = std::make_unique<ConnectionAcceptor>(std::move(listener), bounds, [this](int socket) {
      absl::MutexLock lock(&mutex_);
      accepted_.push_back(socket);
    });
  }

  size_t accepted() {
    absl::MutexLock lock(&mutex_);
    return accepted_.size();
  }
  bool AwaitAccepted(size_t count) {
    return Await([&] { return accepted() == count; }, kPatience);
  }
  // As gRPC does it: without a word to the acceptor.
  void CloseAccepted() {
    absl::MutexLock lock(&mutex_);
    for (int socket : accepted_) close(socket);
    accepted_.clear();
  }
  TcpClient Connect(const std::string& from = "127.0.0.1") {
    TcpClient client;
    EXPECT_TRUE(client.Connect(port_, from));
    return client;
  }

  int port_ = 0;
  absl::Mutex mutex_;
  std::vector<int> accepted_ ABSL_GUARDED_BY(mutex_);
  std::unique_ptr<ConnectionAcceptor> acceptor_;
};

TEST_F(ConnectionAcceptorTest, ClosesAtOnceWhatIsPastTheBound) {
  Start({2, 2});
  TcpClient first = Connect(), second = Connect();
  EXPECT_TRUE(AwaitAccepted(2));
  EXPECT_TRUE(Connect().AwaitEnd());
  EXPECT_EQ(acceptor_->refused(Refusal::kAllTaken), 1);
  EXPECT_EQ(acceptor_->open(), 2);
  CloseAccepted();
  TcpClient third = Connect();
  EXPECT_TRUE(AwaitAccepted(1));
  EXPECT_EQ(acceptor_->open(), 1);
}

TEST_F(ConnectionAcceptorTest, OnePeerDoesNotTakeAll) {
  Start({8, 0});
  std::vector<TcpClient> greedy;
  for (int i = 0; i < 8; ++i) greedy.push_back(Connect("127.0.0.2"));
  EXPECT_TRUE(AwaitAccepted(4));
  EXPECT_TRUE(greedy.back().AwaitEnd());
  EXPECT_EQ(acceptor_->refused(Refusal::kPeerHasItsShare), 4);
  TcpClient other = Connect("127.0.0.3");
  EXPECT_TRUE(AwaitAccepted(5));
  CloseAccepted();
  TcpClient again = Connect("127.0.0.2");
  EXPECT_TRUE(AwaitAccepted(1));
}

TEST_F(ConnectionAcceptorTest, OutlivesALackOfDescriptors) {
  Start({1000, 1000});
  // Clients exist before, since they take descriptors too.
  std::vector<TcpClient> refused(3);
  TcpClient served;
  {
    const LowDescriptorLimit low(kLowLimit);
    const UsedUpDescriptors used_up;
    for (TcpClient& client : refused) {
      ASSERT_TRUE(client.Connect(port_));
      EXPECT_TRUE(client.AwaitEnd());
    }
  }
  EXPECT_EQ(acceptor_->refused(Refusal::kOutOfDescriptors), 3);
  ASSERT_TRUE(served.Connect(port_));
  EXPECT_TRUE(AwaitAccepted(1));
}

TEST_F(ConnectionAcceptorTest, OutlivesTheLossOfItsReserve) {
  Start({1000, 1000});
  TcpClient waiting;
  {
    // Below all that is open, the reserve too: it is given up once and not had again.
    const LowDescriptorLimit low(0);
    ASSERT_TRUE(waiting.Connect(port_));
    EXPECT_FALSE(waiting.AwaitInput(100));
  }
  EXPECT_TRUE(AwaitAccepted(1)) << "it waited in the queue";
}

TEST_F(ConnectionAcceptorTest, StopsListening) {
  Start({8, 8});
  TcpClient early = Connect();
  ASSERT_TRUE(AwaitAccepted(1));
  acceptor_->Stop();
  acceptor_->Stop();
  TcpClient late;
  EXPECT_FALSE(late.Connect(port_));
  EXPECT_EQ(acceptor_->open(), 1);
}

}  // namespace
}  // namespace toolcatalog
