#include "tests/support/tcp_proxy.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace toolcatalog {
namespace {

constexpr int kBacklog = 128;

union SocketAddress {
  sockaddr any;
  sockaddr_in internet;
  sockaddr_un local;
};

absl::StatusOr<socklen_t> Parse(absl::string_view text, SocketAddress* address) {
  *address = {};
  if (absl::ConsumePrefix(&text, "unix:")) {
    address->local.sun_family = AF_UNIX;
    if (text.size() >= sizeof(address->local.sun_path)) return absl::InvalidArgumentError("socket path is too long");
    text.copy(address->local.sun_path, text.size());
    return sizeof(sockaddr_un);
  }
  const size_t colon = text.rfind(':');
  int port = 0;
  address->internet.sin_family = AF_INET;
  if (colon == absl::string_view::npos || !absl::SimpleAtoi(text.substr(colon + 1), &port) ||
      inet_pton(AF_INET, std::string(text.substr(0, colon)).c_str(), &address->internet.sin_addr) != 1) {
    return absl::InvalidArgumentError(absl::StrCat("address \"", text, "\" must be unix:<path> or <IPv4>:<port>"));
  }
  address->internet.sin_port = htons(port);
  return sizeof(sockaddr_in);
}

std::string WithPort(const std::string& address, int socket) {
  if (absl::StartsWith(address, "unix:")) return address;
  sockaddr_in bound = {};
  socklen_t size = sizeof(bound);
  getsockname(socket, reinterpret_cast<sockaddr*>(&bound), &size);
  return absl::StrCat(address.substr(0, address.rfind(':') + 1), ntohs(bound.sin_port));
}

// Connects at once, which works for local servers, or answers -1.
int Connect(const std::string& text) {
  SocketAddress address;
  absl::StatusOr<socklen_t> size = Parse(text, &address);
  if (!size.ok()) return -1;
  const int server = socket(address.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (connect(server, &address.any, *size) != 0) {
    close(server);
    return -1;
  }
  fcntl(server, F_SETFL, O_NONBLOCK);
  return server;
}

// What can be read now; `*open` turns false at the end.
std::string ReadFrom(int socket, bool* open) {
  std::string bytes(64 << 10, '\0');
  const ssize_t count = recv(socket, bytes.data(), bytes.size(), 0);
  if (count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR)) *open = false;
  bytes.resize(count > 0 ? count : 0);
  return bytes;
}

// Writes what can be written now and removes it from `*bytes`; false when the other side is gone.
bool WriteTo(int socket, std::string* bytes) {
  if (bytes->empty()) return true;
  const ssize_t count = send(socket, bytes->data(), bytes->size(), MSG_NOSIGNAL);
  if (count > 0) bytes->erase(0, count);
  return count >= 0 || errno == EAGAIN || errno == EINTR;
}

pollfd PollFor(int socket, bool read, bool write) {
  // Without anything to wait for, a closed connection would wake poll for ever.
  return {read || write ? socket : -1, static_cast<short>((read ? POLLIN : 0) | (write ? POLLOUT : 0)), 0};
}

}  // namespace

struct TcpProxy::Connection {
  Connection(int client, int server) : client(client), server(server) {}
  ~Connection() {
    if (client >= 0) close(client);
    if (server >= 0) close(server);
  }
  // Closes the client's side. The server still gets what is under way, then the end of the stream; what it answers is
  // read, because a close with unread bytes could make it lose the request.
  void CutClient() {
    close(client);
    client = -1;
    cut = true;
    to_client.clear();
  }

  int client;
  int server;
  std::string to_server;
  std::string to_client;
  CommitFinder finder;
  bool cut = false;
  bool open = true;
};

absl::StatusOr<std::unique_ptr<TcpProxy>> TcpProxy::Start(std::string listen_address, std::string server_address) {
  SocketAddress address;
  absl::StatusOr<socklen_t> size = Parse(listen_address, &address);
  if (!size.ok()) return size.status();
  const int listener = socket(address.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (bind(listener, &address.any, *size) != 0 || listen(listener, kBacklog) != 0) {
    const int error = errno;
    close(listener);
    return absl::ErrnoToStatus(error, absl::StrCat("cannot listen on \"", listen_address, "\""));
  }
  // Servers under test may run as another user.
  if (address.any.sa_family == AF_UNIX) chmod(address.local.sun_path, 0777);
  auto proxy = std::unique_ptr<TcpProxy>(new TcpProxy(std::move(server_address), WithPort(listen_address, listener),
                                                      listener, eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)));
  proxy->thread_ = std::thread([self = proxy.get()] { self->Run(); });
  return proxy;
}

TcpProxy::TcpProxy(std::string server_address, std::string address, int listener, int wake)
    : server_address_(std::move(server_address)), address_(std::move(address)), listener_(listener), wake_(wake) {}

TcpProxy::~TcpProxy() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  Wake();
  thread_.join();
  close(listener_);
  close(wake_);
  if (absl::StartsWith(address_, "unix:")) unlink(address_.substr(5).c_str());
}

void TcpProxy::Wake() {
  const uint64_t one = 1;
  (void)!write(wake_, &one, sizeof(one));
}

void TcpProxy::AwaitRound() {
  const int64_t round = ++rounds_asked_;
  Wake();
  auto begun = [&]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return rounds_begun_ >= round; };
  mutex_.Await(absl::Condition(&begun));
}

void TcpProxy::DropConnections() {
  absl::MutexLock lock(&mutex_);
  dropping_ = true;
  AwaitRound();
}

void TcpProxy::SetRefusing(bool refusing) {
  absl::MutexLock lock(&mutex_);
  refusing_ = refusing;
}

void TcpProxy::SetForwarding(bool to_server, bool to_client) {
  absl::MutexLock lock(&mutex_);
  to_server_ = to_server;
  to_client_ = to_client;
  AwaitRound();
}

void TcpProxy::CutAt(std::string trigger, Cut cut, int times) {
  absl::MutexLock lock(&mutex_);
  trigger_ = std::move(trigger);
  cut_ = cut;
  cuts_left_ = times;
}

int TcpProxy::cuts() const {
  absl::MutexLock lock(&mutex_);
  return cuts_;
}

bool TcpProxy::AwaitCuts(int count, absl::Duration timeout) const {
  absl::MutexLock lock(&mutex_);
  auto enough = [&]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return cuts_ >= count; };
  return mutex_.AwaitWithTimeout(absl::Condition(&enough), timeout);
}

int TcpProxy::connections() const {
  absl::MutexLock lock(&mutex_);
  return open_;
}

void TcpProxy::Run() {
  while (BeginRound()) {
    std::vector<pollfd> waiting = {{wake_, POLLIN, 0}, {listener_, POLLIN, 0}};
    for (const Connection& connection : connections_) {
      waiting.push_back(PollFor(connection.client, CanReadClient(connection), !connection.to_client.empty()));
      waiting.push_back(PollFor(connection.server, CanReadServer(connection), !connection.to_server.empty()));
    }
    if (poll(waiting.data(), waiting.size(), -1) < 0) continue;
    uint64_t ignored;
    (void)!read(wake_, &ignored, sizeof(ignored));
    for (Connection& connection : connections_) {
      MoveToServer(connection);
      MoveToClient(connection);
    }
    if (waiting[1].revents != 0) Accept();
  }
}

bool TcpProxy::BeginRound() {
  absl::MutexLock lock(&mutex_);
  rounds_begun_ = rounds_asked_;
  if (stopping_ || dropping_) connections_.clear();
  dropping_ = false;
  connections_.remove_if([](const Connection& connection) { return !connection.open; });
  open_ = connections_.size();
  reading_clients_ = to_server_;
  reading_servers_ = to_client_;
  return !stopping_;
}

// A side is read only when what it sent before has been passed on.
bool TcpProxy::CanReadClient(const Connection& connection) const {
  return reading_clients_ && connection.client >= 0 && connection.to_server.empty();
}

bool TcpProxy::CanReadServer(const Connection& connection) const {
  return connection.cut || (reading_servers_ && connection.to_client.empty());
}

void TcpProxy::Accept() {
  const int client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (client < 0) return;
  bool refusing;
  {
    absl::MutexLock lock(&mutex_);
    refusing = refusing_;
  }
  const int server = refusing ? -1 : Connect(server_address_);
  if (server < 0) {
    close(client);
  } else {
    connections_.emplace_back(client, server);
  }
}

void TcpProxy::MoveToServer(Connection& connection) {
  if (CanReadClient(connection)) Inspect(connection, ReadFrom(connection.client, &connection.open));
  if (!WriteTo(connection.server, &connection.to_server)) connection.open = false;
  if (connection.cut && connection.to_server.empty()) shutdown(connection.server, SHUT_WR);
}

void TcpProxy::MoveToClient(Connection& connection) {
  if (CanReadServer(connection)) connection.to_client = ReadFrom(connection.server, &connection.open);
  if (connection.cut) {
    connection.to_client.clear();
  } else if (!WriteTo(connection.client, &connection.to_client)) {
    connection.open = false;
  }
}

void TcpProxy::Inspect(Connection& connection, std::string bytes) {
  absl::MutexLock lock(&mutex_);
  const size_t end = connection.finder.Take(bytes, cuts_left_ > 0 ? trigger_ : "");
  const bool found = end != CommitFinder::kNone;
  const bool wanted = cuts_left_ > 0 && (found || (cut_ == Cut::kBeforeRequest && connection.finder.pending()));
  connection.to_server = std::move(bytes);
  if (!wanted) return;
  connection.to_server.resize(cut_ == Cut::kAfterRequest ? end : 0);
  connection.CutClient();
  --cuts_left_;
  ++cuts_;
}

}  // namespace toolcatalog
