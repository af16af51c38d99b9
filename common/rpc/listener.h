#ifndef COMMON_RPC_LISTENER_H_
#define COMMON_RPC_LISTENER_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace toolcatalog {

// The sockets that listen on one port: one for each address that a host name stands for.
class Listener {
 public:
  // Listens on `address` ("host:port", IPv6 in brackets, port 0 = any free one). "0.0.0.0" and "[::]" both stand for
  // all addresses of both families. Connections get TCP_NODELAY, and are lost when the peer leaves bytes unacknowledged
  // for `unacknowledged`. INVALID_ARGUMENT unless that is an address, UNAVAILABLE if it cannot be listened on.
  static absl::StatusOr<std::unique_ptr<Listener>> Open(const std::string& address, absl::Duration unacknowledged);
  // Resets the connections that were not accepted.
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  // Non-blocking sockets.
  const std::vector<int>& sockets() const { return sockets_; }
  int port() const { return port_; }
  // Where this process itself reaches the port, as a target of gRPC.
  const std::string& own_target() const { return own_target_; }

 private:
  Listener() = default;

  std::vector<int> sockets_;
  int port_ = 0;
  std::string own_target_;
};

}  // namespace toolcatalog

#endif  // COMMON_RPC_LISTENER_H_
