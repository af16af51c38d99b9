#include "common/rpc/arriving_bytes.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "tests/support/await.h"

namespace toolcatalog {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(10);

// A connection over loopback, both of whose ends are here.
class Connection {
 public:
  Connection() {
    const int listener = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    EXPECT_EQ(bind(listener, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(listen(listener, 1), 0);
    EXPECT_EQ(getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size), 0);
    client_ = socket(AF_INET, SOCK_STREAM, 0);
    EXPECT_EQ(connect(client_, reinterpret_cast<sockaddr*>(&address), size), 0);
    server_ = accept(listener, nullptr, nullptr);
    EXPECT_EQ(getsockname(client_, reinterpret_cast<sockaddr*>(&address), &size), 0);
    peer_ = absl::StrCat("ipv4:127.0.0.1:", ntohs(address.sin_port));
    close(listener);
  }
  ~Connection() {
    close(client_);
    close(server_);
  }

  int server() const { return server_; }
  const std::string& peer() const { return peer_; }
  void Send(size_t bytes) {
    const std::string text(bytes, 'x');
    EXPECT_EQ(send(client_, text.data(), bytes, 0), static_cast<ssize_t>(bytes));
  }
  // Whether the server's end was shut down.
  bool ended() const {
    char byte;
    return recv(client_, &byte, 1, MSG_DONTWAIT) == 0;
  }

 private:
  int client_, server_;
  std::string peer_;
};

int64_t Outstanding(ArrivingBytes& arriving) {
  arriving.Check();
  return arriving.outstanding();
}

TEST(ArrivingBytesTest, CountsWhatHasNotBecomeARequest) {
  ArrivingBytes arriving(1 << 20);
  Connection connection;
  arriving.Add(connection.server());
  connection.Send(100000);
  EXPECT_TRUE(Await([&] { return Outstanding(arriving) > 99000; }, kPatience));
  arriving.NoteRequest(connection.peer(), 60000);
  const int64_t left = Outstanding(arriving);
  EXPECT_GT(left, 30000);
  EXPECT_LT(left, 40000);
  arriving.NoteRequest(connection.peer(), 60000);
  EXPECT_EQ(Outstanding(arriving), 0) << "never less than nothing";
  arriving.NoteRequest("ipv4:127.0.0.1:1", 60000);
}

TEST(ArrivingBytesTest, EndsThoseWithMostWhenAllTogetherHaveTooMuch) {
  ArrivingBytes arriving(25000);
  Connection small, large, larger;
  for (const Connection* connection : {&small, &large, &larger}) arriving.Add(connection->server());
  small.Send(3000);
  large.Send(9000);
  EXPECT_TRUE(Await([&] { return Outstanding(arriving) > 11900; }, kPatience));
  EXPECT_FALSE(large.ended());
  larger.Send(14000);
  EXPECT_TRUE(Await([&] { return Outstanding(arriving) < 12500; }, kPatience));
  EXPECT_TRUE(Await([&] { return larger.ended(); }, kPatience));
  EXPECT_FALSE(small.ended());
  EXPECT_FALSE(large.ended()) << "enough is free without it";
}

TEST(ArrivingBytesTest, ForgetsConnectionsThatAreGone) {
  ArrivingBytes arriving(1 << 20);
  {
    Connection connection;
    arriving.Add(connection.server());
    connection.Send(50000);
    EXPECT_TRUE(Await([&] { return Outstanding(arriving) > 49000; }, kPatience));
  }
  EXPECT_EQ(Outstanding(arriving), 0);
}

}  // namespace
}  // namespace toolcatalog
