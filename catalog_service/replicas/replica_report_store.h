#ifndef CATALOG_SERVICE_REPLICAS_REPLICA_REPORT_STORE_H_
#define CATALOG_SERVICE_REPLICAS_REPLICA_REPORT_STORE_H_

#include "absl/status/statusor.h"
#include "catalog_service/postgres/postgres_pool.h"
#include "toolcatalog/internal/v1/replica_service.pb.h"
#include "toolcatalog/v1/replica.pb.h"

namespace toolcatalog {

// Keeps in PostgreSQL what reload services report, and reads the state of each. Nothing here waits for the counter's
// lock. Every method may block, and answers UNAVAILABLE when the database cannot be reached. Thread-safe.
class ReplicaReportStore {
 public:
  // `pool` must outlive this.
  explicit ReplicaReportStore(PgPool* pool) : pool_(*pool) {}

  // Stores a report whose rules have been checked, as one transaction, and answers it. After an error the report may or
  // may not be stored; repeating it is harmless. RESOURCE_EXHAUSTED if 1,000 other replicas are at work, and this one
  // was not.
  absl::StatusOr<internal::v1::ReportReloadEventsResponse> Report(
      const internal::v1::ReportReloadEventsRequest& request);

  // The replicas that have reported within 24 hours, at most 1,000: those at work are never left out for others.
  absl::StatusOr<v1::ListReplicasResponse> Replicas(bool with_statistics);

 private:
  PgPool& pool_;
};

}  // namespace toolcatalog

#endif  // CATALOG_SERVICE_REPLICAS_REPLICA_REPORT_STORE_H_
