#ifndef COMMON_RPC_ARRIVING_BYTES_H_
#define COMMON_RPC_ARRIVING_BYTES_H_

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "common/steady_time.h"

// What has arrived on the connections of a process and has not become a request yet.
//
// Why: gRPC holds the beginning of a message for as long as its client likes, and tells nobody. Its own quota for that
// memory is no defence alone: once it is used up, gRPC ends connections in turn and takes no new ones, whoever used it.
//
// How it works: the kernel knows how many bytes each connection has received. Less the requests that came out of it,
// that is what gRPC may hold for it. Beside its bytes, each request is credited with some for its frames and headers; a
// connection may also receive a little for each second, and for what it is sent, because it acknowledges that. When all
// connections together have more outstanding than the bound, those with most are shut down, until enough is free.
//
// A descriptor is gRPC's. Before it is used, its inode shows whether it is still the same socket, as in
// OpenConnections.

namespace toolcatalog {

// Thread-safe.
class ArrivingBytes {
 public:
  explicit ArrivingBytes(int64_t bound) : bound_(bound) {}

  // A connected socket is about to be gRPC's.
  void Add(int socket);
  // A request of this size has come from the peer, as gRPC names it: "ipv4:address:port".
  void NoteRequest(absl::string_view peer, size_t bytes);
  // Looks at the connections, and shuts down those that have too much outstanding. Call it often, by one thread.
  void Check();

  // Of all connections, when they were looked at last.
  int64_t outstanding();

 private:
  struct Connection {
    int socket = 0;
    ino_t inode = 0;
    int64_t received = 0;
    int64_t sent = 0;
    SteadyTime looked_at;
    // What was received less what became requests.
    int64_t outstanding = 0;
  };
  // By the peer's name.
  using Connections = absl::flat_hash_map<std::string, Connection>;

  // Reads the kernel's counters into `connection`; false if the socket is gone.
  static bool Look(Connection& connection);
  void ShutDownLargest(int64_t surplus) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const int64_t bound_;
  absl::Mutex mutex_;
  Connections connections_ ABSL_GUARDED_BY(mutex_);
  int64_t outstanding_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace toolcatalog

#endif  // COMMON_RPC_ARRIVING_BYTES_H_
