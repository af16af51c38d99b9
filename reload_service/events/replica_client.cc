#include "reload_service/events/replica_client.h"

#include <utility>

#include "clients/cpp/client_calls.h"
#include "toolcatalog/internal/v1/replica_service.grpc.pb.h"

namespace toolcatalog {

struct ReplicaClient::Calls : ClientCalls<internal::v1::ReplicaService> {
  using ClientCalls::ClientCalls;
};

ReplicaClient::ReplicaClient(const std::shared_ptr<grpc::Channel>& channel)
    : calls_(std::make_unique<Calls>(channel)) {}

ReplicaClient::~ReplicaClient() { Stop(); }

void ReplicaClient::Stop() { calls_->Stop(); }

void ReplicaClient::ReportReloadEvents(internal::v1::ReportReloadEventsRequest request, absl::Time deadline,
                                       Done<internal::v1::ReportReloadEventsResponse> done) {
  calls_->Start(&Calls::Methods::ReportReloadEvents, std::move(request), deadline, std::move(done));
}

void ReplicaClient::ListStoredReloadEvents(internal::v1::ListStoredReloadEventsRequest request, absl::Time deadline,
                                           Done<internal::v1::ListStoredReloadEventsResponse> done) {
  calls_->Start(&Calls::Methods::ListStoredReloadEvents, std::move(request), deadline, std::move(done));
}

void ReplicaClient::StoreReloadHook(internal::v1::StoreReloadHookRequest request, absl::Time deadline,
                                    Done<internal::v1::StoreReloadHookResponse> done) {
  calls_->Start(&Calls::Methods::StoreReloadHook, std::move(request), deadline, std::move(done));
}

void ReplicaClient::RemoveReloadHook(internal::v1::RemoveReloadHookRequest request, absl::Time deadline,
                                     Done<internal::v1::RemoveReloadHookResponse> done) {
  calls_->Start(&Calls::Methods::RemoveReloadHook, std::move(request), deadline, std::move(done));
}

}  // namespace toolcatalog
