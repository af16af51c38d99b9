#ifndef COMMON_RPC_OPEN_CONNECTIONS_H_
#define COMMON_RPC_OPEN_CONNECTIONS_H_

#include <sys/socket.h>
#include <sys/types.h>

#include <chrono>
#include <optional>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"

namespace toolcatalog {

struct ConnectionBounds {
  // Connections open at once. A sixteenth of them is kept for loopback peers: probes, and a gateway beside the server.
  int in_all = 0;
  // Of these, from one peer address. 0: as many as are still free, so that the first peer gets at most half, and each
  // further one finds half of the rest.
  int per_peer = 0;
};

enum class Refusal { kPeerHasItsShare, kAllTaken, kOutOfDescriptors };
inline constexpr int kRefusals = 3;

// The address of a connection's other end, without its port. Of IPv6 the network: one host has all addresses of it.
struct Peer {
  static Peer Of(const sockaddr_storage& address);

  std::string name;
  bool is_loopback = false;
};

// Counts the open connections of a server, in all and by peer, and decides which may come. Thread-safe.
//
// gRPC closes its connections without telling, so the table keeps the number of each descriptor with the inode of its
// socket, and looks again: a number that is closed, or stands for another inode by now, was closed in between. That
// needs no second descriptor, which would keep a closed connection open, and no part of gRPC that is not public. A
// count may be too high until the next look, never too low; so the look is due when a bound is reached, and nobody is
// refused for a connection that is gone. A look costs one system call a connection. It may take a twentieth of the
// time, so that refused connections that come thick do not keep the thread looking.
class OpenConnections {
 public:
  explicit OpenConnections(ConnectionBounds bounds) : bounds_(bounds) {}

  // Counts an accepted socket until it is closed, or answers why it must be closed at once.
  std::optional<Refusal> Add(int socket, const Peer& peer);
  // Open now.
  int Count();

 private:
  struct Connection {
    ino_t inode;
    std::string peer;
  };
  using Connections = absl::flat_hash_map<int, Connection>;

  std::optional<Refusal> Check(const Peer& peer) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void ForgetClosed() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Forget(Connections::iterator connection) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const ConnectionBounds bounds_;
  absl::Mutex mutex_;
  // By descriptor.
  Connections connections_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_map<std::string, int> by_peer_ ABSL_GUARDED_BY(mutex_);
  std::chrono::steady_clock::time_point next_look_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace toolcatalog

#endif  // COMMON_RPC_OPEN_CONNECTIONS_H_
