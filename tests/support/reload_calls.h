#ifndef TESTS_SUPPORT_RELOAD_CALLS_H_
#define TESTS_SUPPORT_RELOAD_CALLS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "toolcatalog/v1/catalog_service.grpc.pb.h"
#include "toolcatalog/v1/profile.pb.h"
#include "toolcatalog/v1/reload.pb.h"
#include "toolcatalog/v1/reload_service.grpc.pb.h"
#include "toolcatalog/v1/replica.pb.h"

namespace toolcatalog {

// Calls of the reload service, as tests make them. An error keeps the details that the service sent.
absl::StatusOr<v1::Profile> GetProfile(v1::ReloadService::Stub& reload, const std::string& name,
                                       int64_t min_revision = 0, absl::Duration timeout = absl::Seconds(20));
absl::StatusOr<v1::TriggerReloadResponse> TriggerReload(v1::ReloadService::Stub& reload, const std::string& name);
absl::StatusOr<v1::ListReloadEventsResponse> ReloadEvents(v1::ReloadService::Stub& reload,
                                                          const v1::ListReloadEventsRequest& request);
// The newest 1,000 events of a trigger.
std::vector<v1::ReloadEvent> EventsOf(v1::ReloadService::Stub& reload, const std::string& trigger);
// The statistics of the replica that answers, or with `all` the sum over all replicas.
absl::StatusOr<v1::ReloadStatistics> Statistics(v1::ReloadService::Stub& reload, bool all = false);
absl::StatusOr<v1::WaitForRevisionResponse> WaitForRevision(v1::ReloadService::Stub& reload, int64_t revision, bool all,
                                                            absl::Duration timeout);
absl::StatusOr<v1::ListReplicasResponse> Replicas(v1::CatalogService::Stub& catalog);

// Waits until the reload service has proven that its state equals the catalog's. "" if it did in time, else what is
// missing.
std::string AwaitProven(v1::CatalogService::Stub& catalog, v1::ReloadService::Stub& reload);

}  // namespace toolcatalog

#endif  // TESTS_SUPPORT_RELOAD_CALLS_H_
