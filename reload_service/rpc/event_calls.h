#ifndef RELOAD_SERVICE_RPC_EVENT_CALLS_H_
#define RELOAD_SERVICE_RPC_EVENT_CALLS_H_

#include <grpcpp/grpcpp.h>

#include <cstddef>
#include <memory>

#include "absl/status/statusor.h"
#include "clients/cpp/catalog_client.h"
#include "common/rpc/open_calls.h"
#include "common/rpc/server_stream.h"
#include "common/rpc/unary_call.h"
#include "reload_service/events/event_reporter.h"
#include "reload_service/events/reload_history.h"
#include "reload_service/events/replica_client.h"
#include "reload_service/events/replica_statistics.h"
#include "toolcatalog/v1/reload.pb.h"
#include "toolcatalog/v1/replica.pb.h"

namespace toolcatalog {

// Serves the calls that tell what was reloaded, here and on all replicas. Thread-safe; no method blocks. What it is
// given must outlive it and its calls.
class EventCalls {
 public:
  // `catalog` reaches the catalog's public service, `catalog_internal` its internal one.
  EventCalls(const std::shared_ptr<grpc::Channel>& catalog, const std::shared_ptr<grpc::Channel>& catalog_internal,
             ReloadHistory* history, const EventReporter* reporter, const ReplicaStatistics* statistics,
             OpenCalls* open)
      : history_(history),
        reporter_(reporter),
        statistics_(statistics),
        streams_(open, "streams of reloads", kMaxStreams),
        catalog_(catalog),
        stored_events_(catalog_internal) {}

  void ListReloadEvents(UnaryCall& call, const v1::ListReloadEventsRequest& request,
                        v1::ListReloadEventsResponse& response);
  void GetReloadStatistics(UnaryCall& call, const v1::GetReloadStatisticsRequest& request,
                           v1::ReloadStatistics& response);
  grpc::ServerWriteReactor<grpc::ByteBuffer>* WatchReloads(grpc::CallbackServerContext* context,
                                                           const grpc::ByteBuffer* request);
  // Ends all streams with UNAVAILABLE, also those that begin later.
  void FinishStreams() { streams_.Drain(); }
  // Answers the calls that wait for the catalog.
  void Abandon() {
    catalog_.Stop();
    stored_events_.Stop();
  }

 private:
  static constexpr size_t kMaxStreams = 4000;

  // The statistics that the request asks for, taken from those of the replicas.
  absl::StatusOr<v1::ReloadStatistics> StatisticsOf(const v1::GetReloadStatisticsRequest& request,
                                                    const v1::ListReplicasResponse& replicas) const;

  ReloadHistory* const history_;
  const EventReporter* const reporter_;
  const ReplicaStatistics* const statistics_;
  StreamRegistry streams_;
  // Last, so that its callbacks end before the rest is gone.
  CatalogClient catalog_;
  ReplicaClient stored_events_;
};

}  // namespace toolcatalog

#endif  // RELOAD_SERVICE_RPC_EVENT_CALLS_H_
