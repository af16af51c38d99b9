#ifndef CLIENTS_CPP_CATALOG_CLIENT_H_
#define CLIENTS_CPP_CATALOG_CLIENT_H_

#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "toolcatalog/v1/catalog_service.grpc.pb.h"

namespace toolcatalog {

// A channel to the catalog service at `address` ("host:port") that notices a dead peer within 15 s and comes back soon
// after the peer does. It connects when first used.
std::shared_ptr<grpc::Channel> CatalogChannel(const std::string& address);

// Unary calls to the catalog service. Thread-safe. The destructor cancels the calls in flight and waits for their
// callbacks.
class CatalogClient {
 public:
  using GetToolDone = absl::AnyInvocable<void(absl::StatusOr<v1::GetToolResponse>)>;

  explicit CatalogClient(const std::shared_ptr<grpc::Channel>& channel);
  ~CatalogClient();
  CatalogClient(const CatalogClient&) = delete;
  CatalogClient& operator=(const CatalogClient&) = delete;

  // Reads the latest version of a tool. `done` runs exactly once, on a thread of gRPC's that it must not block. It gets
  // the catalog's status when the call fails, DEADLINE_EXCEEDED past `deadline`, UNAVAILABLE without a connection.
  void GetTool(const std::string& tool_name, absl::Time deadline, GetToolDone done);

 private:
  struct GetToolCall;

  void Finish(GetToolCall* call, const grpc::Status& status);

  const std::unique_ptr<v1::CatalogService::Stub> stub_;
  absl::Mutex mutex_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  absl::flat_hash_map<GetToolCall*, std::shared_ptr<GetToolCall>> calls_ ABSL_GUARDED_BY(mutex_);
  // Calls whose callback has not ended.
  int in_flight_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace toolcatalog

#endif  // CLIENTS_CPP_CATALOG_CLIENT_H_
