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

// A channel to the catalog service at `address` ("host:port"). The channel connects when it is first used, notices a
// dead peer within 15 s, and reconnects soon after the peer is back. Thread-safe, as every channel of gRPC.
std::shared_ptr<grpc::Channel> CatalogChannel(const std::string& address);

// Unary calls to the catalog service. Thread-safe.
//
// Each method starts a call and returns at once. `done` runs exactly once and gets the response, or the status of the
// failure: what the catalog answered, DEADLINE_EXCEEDED after `deadline`, UNAVAILABLE without a connection, or
// CANCELLED after `Stop`. `done` runs on a thread of gRPC, which it must not block. A client that has stopped runs
// `done` within the method.
class CatalogClient {
 public:
  template <typename Response>
  using Done = absl::AnyInvocable<void(absl::StatusOr<Response>)>;

  // Keeps the channel for as long as the client lives.
  explicit CatalogClient(const std::shared_ptr<grpc::Channel>& channel);
  // Does what `Stop` does.
  ~CatalogClient();
  CatalogClient(const CatalogClient&) = delete;
  CatalogClient& operator=(const CatalogClient&) = delete;

  // Reads the latest version of a tool. NOT_FOUND if there is no such tool; letter case does not matter.
  void GetTool(const std::string& tool_name, absl::Time deadline, Done<v1::GetToolResponse> done);
  // Reads the catalog's current revision, and the state hash that belongs to it.
  void GetRevision(absl::Time deadline, Done<v1::GetRevisionResponse> done);
  // Reads one page of the content hashes of the latest versions, by name.
  void ListContentHashes(v1::ListContentHashesRequest request, absl::Time deadline,
                         Done<v1::ListContentHashesResponse> done);
  // Reads which replicas of the reload service the catalog knows, and how far each has come.
  void ListReplicas(v1::ListReplicasRequest request, absl::Time deadline, Done<v1::ListReplicasResponse> done);

  // Cancels the calls in flight and returns when their callbacks have returned. Must not be called from a callback.
  void Stop();

 private:
  // Keeps the generated stub out of this header, which many files read.
  struct Calls;

  const std::unique_ptr<Calls> calls_;
};

}  // namespace toolcatalog

#endif  // CLIENTS_CPP_CATALOG_CLIENT_H_
