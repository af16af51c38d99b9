#ifndef CATALOG_SERVICE_REPLICAS_RELOAD_EVENT_LIST_H_
#define CATALOG_SERVICE_REPLICAS_RELOAD_EVENT_LIST_H_

#include "absl/status/statusor.h"
#include "catalog_service/postgres/postgres_pool.h"
#include "common/rpc/event_page.h"
#include "toolcatalog/v1/reload.pb.h"

namespace toolcatalog {

// Reads from PostgreSQL the reload events that are kept, and the gaps where some are missing. Every method may block,
// and answers UNAVAILABLE when the database cannot be reached. Thread-safe.
class ReloadEventList {
 public:
  // `pool` must outlive this.
  explicit ReloadEventList(PgPool* pool) : pool_(*pool) {}

  // A page of events, and whether more follow. A page ends early once its events have about 3 MiB.
  struct Page {
    // Has the number of all events that match, and the gaps; the token is left to the caller.
    v1::ListReloadEventsResponse response;
    bool more = false;
  };
  absl::StatusOr<Page> List(const EventQuery& query);

 private:
  static absl::StatusOr<Page> PageOf(const PgResult& bodies, const PgResult& count, const PgResult& gaps, int limit);

  PgPool& pool_;
};

}  // namespace toolcatalog

#endif  // CATALOG_SERVICE_REPLICAS_RELOAD_EVENT_LIST_H_
