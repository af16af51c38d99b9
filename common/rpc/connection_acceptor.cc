#include "common/rpc/connection_acceptor.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "absl/status/statusor.h"
#include "common/guarded.h"

namespace toolcatalog {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kPause{20};
// After so many connections in a row, the stop signal and the other sockets are looked at.
constexpr int kBatch = 64;

struct Accepted {
  int socket;
  sockaddr_storage address;
};

Accepted Accept(int listening) {
  Accepted accepted = {-1, {}};
  socklen_t size = sizeof(accepted.address);
  accepted.socket =
      accept4(listening, reinterpret_cast<sockaddr*>(&accepted.address), &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
  return accepted;
}

int OpenReserve() { return open("/dev/null", O_RDONLY | O_CLOEXEC); }

// Whether the error concerns only that connection, which has left the queue.
bool IsOfTheConnection(int error) {
  switch (error) {
    case EINTR:
    case ECONNABORTED:
    case EPERM:
    case EPROTO:
    case ENOPROTOOPT:
    case ENETDOWN:
    case ENETUNREACH:
    case EHOSTDOWN:
    case EHOSTUNREACH:
    case ENONET:
    case EOPNOTSUPP:
      return true;
    default:
      return false;
  }
}

}  // namespace

ConnectionAcceptor::ConnectionAcceptor(std::unique_ptr<Listener> listener, ConnectionBounds bounds,
                                       std::function<void(int)> hand_over)
    : listener_(std::move(listener)),
      hand_over_(std::move(hand_over)),
      connections_(bounds),
      reserve_(OpenReserve()),
      thread_([this] { Run(); }) {}

ConnectionAcceptor::~ConnectionAcceptor() {
  Stop();
  if (reserve_ >= 0) close(reserve_);
}

void ConnectionAcceptor::Stop() {
  if (!thread_.joinable()) return;
  stop_.Set();
  thread_.join();
  listener_.reset();
}

void ConnectionAcceptor::Run() {
  absl::StatusOr<bool> going = true;
  while (!going.ok() || *going) {
    going = Guarded("accepting connections", [this] { return absl::StatusOr<bool>(RunOnce()); });
    if (!going.ok()) Pause();
  }
  refusal_log_.EndQuiet(SteadyClock::time_point::max());
}

bool ConnectionAcceptor::RunOnce() {
  if (!AwaitConnections()) return false;
  for (int listening : listener_->sockets()) AcceptSome(listening);
  return true;
}

bool ConnectionAcceptor::AwaitConnections() {
  std::vector<pollfd> polled = {{stop_.fd(), POLLIN, 0}};
  for (int listening : listener_->sockets()) polled.push_back({listening, POLLIN, 0});
  int timeout_ms = -1;
  const SteadyClock::time_point now = SteadyClock::now();
  if (const std::optional<SteadyClock::time_point> next = refusal_log_.EndQuiet(now); next.has_value()) {
    timeout_ms = static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(*next - now).count());
  }
  // poll can fail here only for lack of memory.
  if (poll(polled.data(), polled.size(), timeout_ms) < 0) Pause();
  return polled.front().revents == 0;
}

void ConnectionAcceptor::AcceptSome(int listening) {
  for (int i = 0; i < kBatch && AcceptOne(listening); ++i) {
  }
}

bool ConnectionAcceptor::AcceptOne(int listening) {
  const Accepted accepted = Accept(listening);
  if (accepted.socket >= 0) {
    Keep(accepted.socket, accepted.address);
    return true;
  }
  if (errno == EAGAIN) return false;
  if (IsOfTheConnection(errno) || CloseOne(listening)) return true;
  refusal_log_.Note(Refusal::kOutOfDescriptors, "", 0, SteadyClock::now());
  Pause();
  return false;
}

void ConnectionAcceptor::Keep(int socket, const sockaddr_storage& address) {
  bool is_kept = false;
  const absl::Cleanup closing = [&] {
    if (!is_kept) close(socket);
  };
  const Peer peer = Peer::Of(address);
  if (const std::optional<Refusal> refusal = connections_.Add(socket, peer); refusal.has_value()) {
    Refuse(*refusal, peer.name);
    return;
  }
  is_kept = true;
  hand_over_(socket);
}

bool ConnectionAcceptor::CloseOne(int listening) {
  if (reserve_ >= 0) close(reserve_);
  const Accepted accepted = Accept(listening);
  if (accepted.socket >= 0) {
    Refuse(Refusal::kOutOfDescriptors, Peer::Of(accepted.address).name);
    close(accepted.socket);
  }
  reserve_ = OpenReserve();
  return accepted.socket >= 0;
}

void ConnectionAcceptor::Refuse(Refusal reason, const std::string& peer) {
  ++refused_[static_cast<size_t>(reason)];
  refusal_log_.Note(reason, peer, 1, SteadyClock::now());
}

void ConnectionAcceptor::Pause() {
  pollfd stop = {stop_.fd(), POLLIN, 0};
  poll(&stop, 1, static_cast<int>(kPause.count()));
}

}  // namespace toolcatalog
