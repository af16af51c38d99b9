#ifndef COMMON_SERVER_H_
#define COMMON_SERVER_H_

#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace toolcatalog {

// A running gRPC server with health and reflection. Health is NOT_SERVING until `SetServing(true)`. Thread-safe. The
// services must outlive it.
class Server {
 public:
  // Listens on `address` ("host:port", port 0 = any free one) and logs `serving` with the port it got. UNAVAILABLE if
  // the address is in use.
  static absl::StatusOr<std::unique_ptr<Server>> Start(const std::string& address,
                                                       const std::vector<grpc::Service*>& services);
  ~Server();

  // "host:port" as bound.
  const std::string& address() const { return address_; }

  void SetServing(bool serving);

  // Health turns to NOT_SERVING, `finish_streams` ends the open streams, calls in flight get 3 s more; then the rest is
  // cancelled. Returns when no call is left.
  void Drain(absl::FunctionRef<void()> finish_streams);

 private:
  Server() = default;

  std::string address_;
  std::unique_ptr<grpc::Server> server_;
};

// Blocks SIGTERM and SIGINT in this thread and those it starts later. Call first in main.
void BlockTerminationSignals();
// Waits for one of them.
void AwaitTermination();

}  // namespace toolcatalog

#endif  // COMMON_SERVER_H_
