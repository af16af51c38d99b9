#ifndef COMMON_RPC_SERVER_H_
#define COMMON_RPC_SERVER_H_

#include <grpcpp/grpcpp.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/rpc/connection_acceptor.h"
#include "common/rpc/listener.h"
#include "common/rpc/open_calls.h"
#include "common/rpc/open_connections.h"
#include "common/rpc/port_check.h"

namespace toolcatalog {

struct ServerOptions {
  // `in_all` = 0: what the descriptor limit allows, see MaxConnectionsWithin.
  ConnectionBounds connections;
  // A connection ends unless it has begun to speak HTTP/2 by then.
  absl::Duration handshake_timeout = absl::Seconds(10);
  absl::Duration port_check_interval = absl::Seconds(10);
  // Whose memory the messages that arrive are counted against; null = they have no bound in all.
  OpenCalls* open_calls = nullptr;
};

// A running gRPC server of one service, with reflection, and health for "" and the service's name. Health is
// NOT_SERVING until `SetServing(true)`. Thread-safe. The service must outlive it.
class Server {
 public:
  // Listens on `address` ("host:port", port 0 = any free one) and logs `serving` with its name and the port it got.
  // INVALID_ARGUMENT unless that is an address, UNAVAILABLE if it is in use.
  static absl::StatusOr<std::unique_ptr<Server>> Start(const std::string& address, const std::string& service_name,
                                                       grpc::Service* service, const ServerOptions& options = {});
  ~Server();

  // "host:port" as bound.
  const std::string& address() const { return address_; }
  ConnectionAcceptor& acceptor() { return *acceptor_; }
  // Whether the server could be reached on its own port lately.
  bool port_answers() const { return port_check_->answers(); }

  // Without effect once `Drain` was called.
  void SetServing(bool serving);

  // Health turns to NOT_SERVING, new connections are refused, `finish_streams` ends the open streams, calls in flight
  // get 2.5 s more; then they are cancelled, and `abandon_calls` makes those end that wait for something. Returns when
  // no call is left.
  void Drain(absl::FunctionRef<void()> finish_streams, const std::function<void()>& abandon_calls);

 private:
  explicit Server(std::string service_name) : service_name_(std::move(service_name)) {}

  void SetHealth(bool serving);
  // Serves the connections of `listener`, which was opened for `address`.
  void Accept(absl::string_view address, std::unique_ptr<Listener> listener, const ServerOptions& options);
  void StopAccepting();

  const std::string service_name_;

  std::string address_;
  std::unique_ptr<grpc::experimental::ExternalConnectionAcceptor> connections_;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<ConnectionAcceptor> acceptor_;
  std::unique_ptr<PortCheck> port_check_;
  absl::Mutex mutex_;
  bool draining_ ABSL_GUARDED_BY(mutex_) = false;
};

// Call first in main: blocks SIGTERM and SIGINT in this thread and those it starts later, raises the limit on open
// descriptors, switches Abseil's search for deadlocks off, and keeps gRPC's own text log out of ours, unless
// GRPC_VERBOSITY is set.
void PrepareProcess();
// Waits for one of them.
void AwaitTermination();

}  // namespace toolcatalog

#endif  // COMMON_RPC_SERVER_H_
