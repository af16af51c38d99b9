#ifndef CATALOG_SERVICE_TESTING_DISCONNECTED_STORE_H_
#define CATALOG_SERVICE_TESTING_DISCONNECTED_STORE_H_

#include "catalog_service/postgres/postgres_pool.h"
#include "catalog_service/read/tool_store.h"

namespace toolcatalog {

// A store for tests whose requests never reach the database: it would connect when first read, and fail.
class DisconnectedStore {
 public:
  ToolStore* store() { return &store_; }

 private:
  PgPool pool_{PgConnection::Options{"host=/nowhere", "test"}, 1};
  ToolStore store_{&pool_};
};

}  // namespace toolcatalog

#endif  // CATALOG_SERVICE_TESTING_DISCONNECTED_STORE_H_
