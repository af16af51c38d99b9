#ifndef CATALOG_SERVICE_REPLICAS_REPORT_RETENTION_H_
#define CATALOG_SERVICE_REPLICAS_REPORT_RETENTION_H_

#include <cstdint>
#include <functional>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "catalog_service/postgres/postgres.h"

namespace toolcatalog {

// How long reload events are kept: one goes when it ended longer ago than `age`, or is not among the newest `events`.
struct EventRetention {
  absl::Duration age = absl::Hours(24 * 30);
  int64_t events = 1000000;
};

// Removes the events that are kept no longer, the replicas that have not reported for 24 hours, and the processes that
// have not reported for as long as events are kept. Works in steps of bounded size, without the counter's lock.
// `progress` gets the number of events that a step has removed, and answers whether to go on.
absl::Status RemoveOldReports(PgConnection& connection, const EventRetention& retention,
                              const std::function<bool(int64_t removed)>& progress);

}  // namespace toolcatalog

#endif  // CATALOG_SERVICE_REPLICAS_REPORT_RETENTION_H_
