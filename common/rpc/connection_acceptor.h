#ifndef COMMON_RPC_CONNECTION_ACCEPTOR_H_
#define COMMON_RPC_CONNECTION_ACCEPTOR_H_

#include <sys/socket.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "common/rpc/listener.h"
#include "common/rpc/open_connections.h"
#include "common/rpc/refusal_log.h"
#include "common/wake.h"

namespace toolcatalog {

// Accepts connections on a thread of its own and hands them on, never more than the bounds allow. Thread-safe.
//
// It stands in for the acceptor of gRPC 1.51, which gives up for good at the first error of accept, so that a process
// that was out of descriptors for a moment listens for ever and serves nobody. This one has no error that ends it:
// - Past a bound a connection is accepted and closed at once, so that its client can go elsewhere rather than wait.
// - Out of descriptors likewise: a descriptor kept in reserve is given up for the moment that this takes. The first
//   connection after descriptors have returned is served; nothing else has to happen.
// - What is left (no memory, the reserve lost to another thread) is tried again after a pause of `kPause`.
// How open connections are counted: see OpenConnections. Only the acceptor's thread writes its members, and it holds no
// lock when it calls `hand_over`.
class ConnectionAcceptor {
 public:
  // `hand_over` gets the ownership of a connected socket, non-blocking and close-on-exec.
  ConnectionAcceptor(std::unique_ptr<Listener> listener, ConnectionBounds bounds, std::function<void(int)> hand_over);
  ~ConnectionAcceptor();
  ConnectionAcceptor(const ConnectionAcceptor&) = delete;
  ConnectionAcceptor& operator=(const ConnectionAcceptor&) = delete;

  // Stops listening. When it returns, `hand_over` is not called any more. A second call has no effect, and must not
  // come while the first one runs.
  void Stop();

  // Connections open now.
  int open() { return connections_.Count(); }
  // Connections refused since the start.
  int64_t refused(Refusal reason) const { return refused_[static_cast<size_t>(reason)]; }

 private:
  void Run();
  // Takes what connections there are, or waits for some; false when it is time to stop.
  bool RunOnce();
  // Waits for connections or the end of a quiet time; false when it is time to stop.
  bool AwaitConnections();
  void AcceptSome(int listening);
  // Takes one connection; false when there is none now.
  bool AcceptOne(int listening);
  void Keep(int socket, const sockaddr_storage& address);
  // Closes the next connection by means of the reserve; false if that fails.
  bool CloseOne(int listening);
  void Refuse(Refusal reason, const std::string& peer);
  // Waits for `kPause`, or the stop.
  void Pause();

  std::unique_ptr<Listener> listener_;
  const std::function<void(int)> hand_over_;
  OpenConnections connections_;
  std::array<std::atomic<int64_t>, kRefusals> refused_{};
  RefusalLog refusal_log_;
  // -1 while it could not be opened.
  int reserve_;
  Wake stop_;
  std::thread thread_;
};

}  // namespace toolcatalog

#endif  // COMMON_RPC_CONNECTION_ACCEPTOR_H_
