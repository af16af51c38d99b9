#include "common/rpc/arriving_bytes.h"

#include <arpa/inet.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "common/log.h"

namespace toolcatalog {
namespace {

// Of a request beside its message.
constexpr int64_t kRequestOverhead = 1024;
// Pings, settings and acknowledgements.
constexpr double kOverheadPerSecond = 64;
constexpr int64_t kSentPerAcknowledged = 64;

// The inode of a socket; 0 if the descriptor is closed.
ino_t InodeOf(int socket) {
  struct stat status;
  return fstat(socket, &status) == 0 ? status.st_ino : 0;
}

// As gRPC names it.
std::string PeerOf(int socket) {
  sockaddr_storage address{};
  socklen_t size = sizeof(address);
  if (getpeername(socket, reinterpret_cast<sockaddr*>(&address), &size) != 0) return "";
  char text[INET6_ADDRSTRLEN] = "";
  if (address.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(address);
    inet_ntop(AF_INET, &v4.sin_addr, text, sizeof(text));
    return absl::StrCat("ipv4:", text, ":", ntohs(v4.sin_port));
  }
  const auto& v6 = reinterpret_cast<const sockaddr_in6&>(address);
  if (IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr)) {
    inet_ntop(AF_INET, &v6.sin6_addr.s6_addr[12], text, sizeof(text));
    return absl::StrCat("ipv4:", text, ":", ntohs(v6.sin6_port));
  }
  inet_ntop(AF_INET6, &v6.sin6_addr, text, sizeof(text));
  return absl::StrCat("ipv6:%5B", text, "%5D:", ntohs(v6.sin6_port));
}

}  // namespace

void ArrivingBytes::Add(int socket) {
  Connection connection;
  connection.socket = socket;
  connection.inode = InodeOf(socket);
  connection.looked_at = SteadyTime::Now();
  std::string peer = PeerOf(socket);
  absl::MutexLock lock(&mutex_);
  connections_[std::move(peer)] = connection;
}

void ArrivingBytes::NoteRequest(absl::string_view peer, size_t bytes) {
  absl::MutexLock lock(&mutex_);
  const auto found = connections_.find(peer);
  if (found != connections_.end()) found->second.outstanding -= static_cast<int64_t>(bytes) + kRequestOverhead;
}

bool ArrivingBytes::Look(Connection& connection) {
  tcp_info info{};
  socklen_t size = sizeof(info);
  if (InodeOf(connection.socket) != connection.inode) return false;
  if (getsockopt(connection.socket, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return false;
  connection.received = static_cast<int64_t>(info.tcpi_bytes_received);
  connection.sent = static_cast<int64_t>(info.tcpi_bytes_acked);
  return true;
}

void ArrivingBytes::Check() {
  std::vector<std::pair<std::string, Connection>> looked;
  {
    absl::MutexLock lock(&mutex_);
    looked.assign(connections_.begin(), connections_.end());
  }
  const SteadyTime now = SteadyTime::Now();
  std::vector<bool> open;
  open.reserve(looked.size());
  for (auto& [peer, connection] : looked) open.push_back(Look(connection));
  absl::MutexLock lock(&mutex_);
  outstanding_ = 0;
  for (size_t i = 0; i < looked.size(); ++i) {
    const auto& [peer, seen] = looked[i];
    const auto found = connections_.find(peer);
    // Another connection of the same peer may have come meanwhile.
    if (found == connections_.end() || found->second.inode != seen.inode) continue;
    if (!open[i]) {
      connections_.erase(found);
      continue;
    }
    Connection& connection = found->second;
    const auto overhead = static_cast<int64_t>(kOverheadPerSecond * absl::ToDoubleSeconds(now - connection.looked_at)) +
                          (seen.sent - connection.sent) / kSentPerAcknowledged;
    const int64_t came = std::max<int64_t>(seen.received - connection.received - overhead, 0);
    connection.outstanding = std::max<int64_t>(connection.outstanding + came, 0);
    connection.received = seen.received;
    connection.sent = seen.sent;
    connection.looked_at = now;
    outstanding_ += connection.outstanding;
  }
  if (outstanding_ > bound_) ShutDownLargest(outstanding_ - bound_ / 2);
}

void ArrivingBytes::ShutDownLargest(int64_t surplus) {
  std::vector<Connections::iterator> by_size;
  for (auto it = connections_.begin(); it != connections_.end(); ++it) by_size.push_back(it);
  std::sort(by_size.begin(), by_size.end(),
            [](const auto& a, const auto& b) { return a->second.outstanding > b->second.outstanding; });
  int ended = 0;
  for (const auto& it : by_size) {
    if (surplus <= 0) break;
    surplus -= it->second.outstanding;
    if (InodeOf(it->second.socket) == it->second.inode) shutdown(it->second.socket, SHUT_RDWR);
    outstanding_ -= it->second.outstanding;
    connections_.erase(it);
    ++ended;
  }
  LogWarning("connections ended", {{"connections", ended}, {"why", "they sent too much that is no request yet"}});
}

int64_t ArrivingBytes::outstanding() {
  absl::MutexLock lock(&mutex_);
  return outstanding_;
}

}  // namespace toolcatalog
