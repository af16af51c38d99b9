#include "common/rpc/open_connections.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/stat.h>

#include <utility>

#include "absl/strings/str_cat.h"

namespace toolcatalog {
namespace {

constexpr int kPartForLoopback = 16;
constexpr int kPartOfTimeForLooks = 20;
constexpr size_t kNetworkBytes = 8;

// 0 unless the descriptor is an open socket.
ino_t InodeOf(int socket) {
  struct stat found;
  return fstat(socket, &found) == 0 && S_ISSOCK(found.st_mode) ? found.st_ino : 0;
}

Peer PeerOf(const in_addr& address) {
  char text[INET_ADDRSTRLEN];
  inet_ntop(AF_INET, &address, text, sizeof(text));
  return {text, (ntohl(address.s_addr) >> 24) == IN_LOOPBACKNET};
}

}  // namespace

Peer Peer::Of(const sockaddr_storage& address) {
  if (address.ss_family == AF_INET) return PeerOf(reinterpret_cast<const sockaddr_in&>(address).sin_addr);
  in6_addr host = reinterpret_cast<const sockaddr_in6&>(address).sin6_addr;
  if (IN6_IS_ADDR_V4MAPPED(&host)) {
    in_addr inner;
    memcpy(&inner, host.s6_addr + sizeof(host) - sizeof(inner), sizeof(inner));
    return PeerOf(inner);
  }
  if (IN6_IS_ADDR_LOOPBACK(&host)) return {"::1", true};
  memset(host.s6_addr + kNetworkBytes, 0, sizeof(host) - kNetworkBytes);
  char text[INET6_ADDRSTRLEN];
  inet_ntop(AF_INET6, &host, text, sizeof(text));
  return {absl::StrCat(text, "/64"), false};
}

std::optional<Refusal> OpenConnections::Add(int socket, const Peer& peer) {
  absl::MutexLock lock(&mutex_);
  // The number was free, so the connection that had it is gone.
  if (auto former = connections_.find(socket); former != connections_.end()) Forget(former);
  std::optional<Refusal> refusal = Check(peer);
  if (refusal.has_value() && std::chrono::steady_clock::now() >= next_look_) {
    ForgetClosed();
    refusal = Check(peer);
  }
  if (refusal.has_value()) return refusal;
  ++by_peer_[peer.name];
  connections_[socket] = {InodeOf(socket), peer.name};
  return std::nullopt;
}

int OpenConnections::Count() {
  absl::MutexLock lock(&mutex_);
  ForgetClosed();
  return static_cast<int>(connections_.size());
}

std::optional<Refusal> OpenConnections::Check(const Peer& peer) const {
  const int kept = peer.is_loopback ? 0 : bounds_.in_all / kPartForLoopback;
  const int free = bounds_.in_all - kept - static_cast<int>(connections_.size());
  if (free <= 0) return Refusal::kAllTaken;
  const auto held = by_peer_.find(peer.name);
  const bool has_its_share = held != by_peer_.end() && held->second >= (bounds_.per_peer > 0 ? bounds_.per_peer : free);
  if (has_its_share) return Refusal::kPeerHasItsShare;
  return std::nullopt;
}

void OpenConnections::ForgetClosed() {
  const auto start = std::chrono::steady_clock::now();
  for (auto each = connections_.begin(); each != connections_.end();) {
    const auto connection = each++;
    const ino_t inode = InodeOf(connection->first);
    if (inode == 0 || inode != connection->second.inode) Forget(connection);
  }
  const auto end = std::chrono::steady_clock::now();
  next_look_ = end + kPartOfTimeForLooks * (end - start);
}

void OpenConnections::Forget(Connections::iterator connection) {
  const auto held = by_peer_.find(connection->second.peer);
  if (--held->second == 0) by_peer_.erase(held);
  connections_.erase(connection);
}

}  // namespace toolcatalog
