#ifndef RELOAD_SERVICE_EVENTS_REPLICA_CLIENT_H_
#define RELOAD_SERVICE_EVENTS_REPLICA_CLIENT_H_

#include <grpcpp/channel.h>

#include <memory>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "toolcatalog/internal/v1/replica_service.pb.h"

namespace toolcatalog {

// Calls to the catalog's internal service, which only reload services make. Thread-safe.
//
// Each method starts a call and returns. `done` is called as in `CatalogClient`.
class ReplicaClient {
 public:
  template <typename Response>
  using Done = absl::AnyInvocable<void(absl::StatusOr<Response>)>;

  explicit ReplicaClient(const std::shared_ptr<grpc::Channel>& channel);
  // Stops.
  ~ReplicaClient();
  ReplicaClient(const ReplicaClient&) = delete;
  ReplicaClient& operator=(const ReplicaClient&) = delete;

  void ReportReloadEvents(internal::v1::ReportReloadEventsRequest request, absl::Time deadline,
                          Done<internal::v1::ReportReloadEventsResponse> done);
  void ListStoredReloadEvents(internal::v1::ListStoredReloadEventsRequest request, absl::Time deadline,
                              Done<internal::v1::ListStoredReloadEventsResponse> done);
  void StoreReloadHook(internal::v1::StoreReloadHookRequest request, absl::Time deadline,
                       Done<internal::v1::StoreReloadHookResponse> done);
  void RemoveReloadHook(internal::v1::RemoveReloadHookRequest request, absl::Time deadline,
                        Done<internal::v1::RemoveReloadHookResponse> done);

  // Cancels the calls in flight and waits for their callbacks.
  void Stop();

 private:
  // Keeps the generated stub out of this header.
  struct Calls;

  const std::unique_ptr<Calls> calls_;
};

}  // namespace toolcatalog

#endif  // RELOAD_SERVICE_EVENTS_REPLICA_CLIENT_H_
