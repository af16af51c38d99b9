#ifndef COMMON_RPC_CONNECTION_TESTING_H_
#define COMMON_RPC_CONNECTION_TESTING_H_

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <utility>
#include <vector>

namespace toolcatalog {

// A TCP client of this machine, over IPv4.
class TcpClient {
 public:
  TcpClient() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {}
  ~TcpClient() {
    if (socket_ >= 0) close(socket_);
  }
  TcpClient(TcpClient&& other) noexcept : socket_(std::exchange(other.socket_, -1)) {}
  TcpClient& operator=(TcpClient&& other) noexcept {
    std::swap(socket_, other.socket_);
    return *this;
  }

  // Moves the socket to a descriptor above `limit`, which others then do not lack.
  void MoveAbove(int limit) {
    const int moved = fcntl(socket_, F_DUPFD_CLOEXEC, limit);
    close(std::exchange(socket_, moved));
  }
  // From one of the addresses 127.x.x.x.
  bool Connect(int port, const std::string& from = "127.0.0.1") {
    const sockaddr_in source = Address(from, 0), target = Address("127.0.0.1", port);
    return bind(socket_, reinterpret_cast<const sockaddr*>(&source), sizeof(source)) == 0 &&
           connect(socket_, reinterpret_cast<const sockaddr*>(&target), sizeof(target)) == 0;
  }
  bool Send(const std::string& bytes) {
    return send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size());
  }
  // Whether the server closes the connection in time; what it sends before is skipped.
  bool AwaitEnd() {
    while (AwaitInput()) {
      if (!Receive()) return true;
    }
    return false;
  }
  // Whether the server sends something in time; a server of HTTP/2 speaks first.
  bool AwaitGreeting() { return AwaitInput() && Receive(); }
  // Whether something, or the end, comes in time.
  bool AwaitInput(int timeout_ms = 5000) {
    pollfd polled = {socket_, POLLIN, 0};
    return poll(&polled, 1, timeout_ms) > 0;
  }

 private:
  // False at the end.
  bool Receive() {
    char bytes[1024];
    return recv(socket_, bytes, sizeof(bytes), 0) > 0;
  }
  static sockaddr_in Address(const std::string& host, int port) {
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    inet_pton(AF_INET, host.c_str(), &address.sin_addr);
    return address;
  }

  int socket_;
};

// Lowers the limit on descriptors while it lives. Descriptors above the limit that are open already stay open.
class LowDescriptorLimit {
 public:
  explicit LowDescriptorLimit(rlim_t limit) {
    getrlimit(RLIMIT_NOFILE, &former_);
    const rlimit lower = {limit, former_.rlim_max};
    setrlimit(RLIMIT_NOFILE, &lower);
  }
  ~LowDescriptorLimit() { setrlimit(RLIMIT_NOFILE, &former_); }

 private:
  rlimit former_;
};

// Holds all descriptors that the process may still open.
class UsedUpDescriptors {
 public:
  UsedUpDescriptors() {
    for (int used; (used = open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0;) used_.push_back(used);
  }
  ~UsedUpDescriptors() {
    for (int used : used_) close(used);
  }

 private:
  std::vector<int> used_;
};

}  // namespace toolcatalog

#endif  // COMMON_RPC_CONNECTION_TESTING_H_
