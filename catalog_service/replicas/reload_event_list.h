#ifndef CATALOG_SERVICE_REPLICAS_RELOAD_EVENT_LIST_H_
#define CATALOG_SERVICE_REPLICAS_RELOAD_EVENT_LIST_H_

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "catalog_service/postgres/postgres_pool.h"
#include "common/rpc/event_page.h"
#include "toolcatalog/v1/reload.pb.h"

namespace toolcatalog {

// Reads the reload events that are kept, and where some are missing, from PostgreSQL. Every method may block, and
// answers UNAVAILABLE when the database cannot be reached. Thread-safe.
class ReloadEventList {
 public:
  // `pool` must outlive this.
  explicit ReloadEventList(PgPool* pool) : pool_(*pool) {}

  // Which events a list holds; "" and nullopt = any.
  struct Query {
    int limit = 0;
    std::string trigger_type;
    // In lower case.
    std::string name_key;
    std::optional<bool> success;
    std::string replica;
    std::optional<absl::Time> since;
    std::optional<absl::Time> until;
    // The page begins after this event.
    std::optional<EventPlace> after;
  };
  // A page of events, fewer than the limit once they have about 3 MiB, and whether more follow.
  struct Page {
    // With the number of all events that match, and the gaps; without a token.
    v1::ListReloadEventsResponse response;
    bool more = false;
  };
  absl::StatusOr<Page> List(const Query& query);

 private:
  static absl::StatusOr<Page> PageOf(const PgResult& bodies, const PgResult& count, const PgResult& gaps, int limit);

  PgPool& pool_;
};

}  // namespace toolcatalog

#endif  // CATALOG_SERVICE_REPLICAS_RELOAD_EVENT_LIST_H_
