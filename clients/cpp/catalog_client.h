#ifndef CLIENTS_CPP_CATALOG_CLIENT_H_
#define CLIENTS_CPP_CATALOG_CLIENT_H_

#include <grpcpp/channel.h>

#include <memory>
#include <string>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "toolcatalog/v1/query.pb.h"
#include "toolcatalog/v1/replica.pb.h"

namespace toolcatalog {

// A channel to the catalog service at `address` ("host:port") that notices a dead peer within 15 s and comes back soon
// after the peer does. It connects when first used.
std::shared_ptr<grpc::Channel> CatalogChannel(const std::string& address);

// Unary calls to the catalog service. Thread-safe.
//
// Each method starts a call and returns. `done` runs exactly once, on a gRPC thread that it must not block. It
// gets the catalog's status when the call fails, DEADLINE_EXCEEDED past `deadline`, UNAVAILABLE without a connection;
// CANCELLED, and at once, when stopped.
class CatalogClient {
 public:
  template <typename Response>
  using Done = absl::AnyInvocable<void(absl::StatusOr<Response>)>;

  explicit CatalogClient(const std::shared_ptr<grpc::Channel>& channel);
  // Stops.
  ~CatalogClient();
  CatalogClient(const CatalogClient&) = delete;
  CatalogClient& operator=(const CatalogClient&) = delete;

  // Reads the latest version of a tool.
  void GetTool(const std::string& tool_name, absl::Time deadline, Done<v1::GetToolResponse> done);
  void GetRevision(absl::Time deadline, Done<v1::GetRevisionResponse> done);
  void ListContentHashes(v1::ListContentHashesRequest request, absl::Time deadline,
                         Done<v1::ListContentHashesResponse> done);
  void ListReplicas(v1::ListReplicasRequest request, absl::Time deadline, Done<v1::ListReplicasResponse> done);

  // Cancels the calls in flight and waits for their callbacks.
  void Stop();

 private:
  // Keeps the generated stub out of this header, which many files read.
  struct Calls;

  const std::unique_ptr<Calls> calls_;
};

}  // namespace toolcatalog

#endif  // CLIENTS_CPP_CATALOG_CLIENT_H_
