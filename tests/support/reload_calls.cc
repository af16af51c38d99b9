#include "tests/support/reload_calls.h"

#include <grpcpp/grpcpp.h>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/rpc/grpc_status.h"
#include "tests/support/await.h"
#include "tests/support/catalog_calls.h"

namespace toolcatalog {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(30);

template <typename Stub, typename Request, typename Response>
absl::StatusOr<Response> Call(Stub& stub, grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                              const Request& request, absl::Duration timeout = absl::Seconds(20)) {
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(absl::Now() + timeout));
  Response response;
  const grpc::Status status = (stub.*method)(&context, request, &response);
  if (!status.ok()) return FromGrpcStatus(status);
  return response;
}

using v1::CatalogService;
using v1::ReloadService;

}  // namespace

absl::StatusOr<v1::Profile> GetProfile(ReloadService::Stub& reload, const std::string& name, int64_t min_revision,
                                       absl::Duration timeout) {
  v1::GetProfileRequest request;
  request.set_tool_name(name);
  request.set_min_revision(min_revision);
  return Call(reload, &ReloadService::Stub::GetProfile, request, timeout);
}

absl::StatusOr<v1::TriggerReloadResponse> TriggerReload(ReloadService::Stub& reload, const std::string& name) {
  v1::TriggerReloadRequest request;
  request.set_tool_name(name);
  return Call(reload, &ReloadService::Stub::TriggerReload, request);
}

absl::StatusOr<v1::ListReloadEventsResponse> ReloadEvents(ReloadService::Stub& reload,
                                                          const v1::ListReloadEventsRequest& request) {
  return Call(reload, &ReloadService::Stub::ListReloadEvents, request);
}

std::vector<v1::ReloadEvent> EventsOf(ReloadService::Stub& reload, const std::string& trigger) {
  v1::ListReloadEventsRequest request;
  request.set_limit(1000);
  request.set_trigger_type(trigger);
  const auto listed = ReloadEvents(reload, request);
  if (!listed.ok()) return {};
  return {listed->history().begin(), listed->history().end()};
}

absl::StatusOr<v1::ReloadStatistics> Statistics(ReloadService::Stub& reload, bool all) {
  v1::GetReloadStatisticsRequest request;
  request.set_all(all);
  return Call(reload, &ReloadService::Stub::GetReloadStatistics, request);
}

absl::StatusOr<v1::WaitForRevisionResponse> WaitForRevision(ReloadService::Stub& reload, int64_t revision, bool all,
                                                            absl::Duration timeout) {
  v1::WaitForRevisionRequest request;
  request.set_revision(revision);
  request.set_all(all);
  return Call(reload, &ReloadService::Stub::WaitForRevision, request, timeout);
}

absl::StatusOr<v1::ListReplicasResponse> Replicas(CatalogService::Stub& catalog) {
  return Call(catalog, &CatalogService::Stub::ListReplicas, v1::ListReplicasRequest());
}

std::string AwaitProven(CatalogService::Stub& catalog, ReloadService::Stub& reload) {
  const absl::StatusOr<int64_t> revision = Revision(catalog);
  if (!revision.ok()) return Explain(revision.status());
  absl::StatusOr<v1::ReloadStatistics> statistics;
  const bool proven = Await(
      [&] {
        statistics = Statistics(reload);
        return statistics.ok() && statistics->proven_revision() == *revision && !statistics->diverged();
      },
      kPatience);
  if (proven) return "";
  if (!statistics.ok()) return Explain(statistics.status());
  return absl::StrCat("proven at revision ", statistics->proven_revision(), ", the catalog is at ", *revision);
}

}  // namespace toolcatalog
