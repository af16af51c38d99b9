#ifndef CATALOG_SERVICE_TESTING_DISCONNECTED_READER_H_
#define CATALOG_SERVICE_TESTING_DISCONNECTED_READER_H_

#include "catalog_service/postgres/postgres_pool.h"
#include "catalog_service/read/tool_reader.h"

namespace toolcatalog {

// A store for tests whose requests never reach the database: it would connect when first read, and fail.
class DisconnectedReader {
 public:
  ToolReader* store() { return &store_; }

 private:
  PgPool pool_{PgConnection::Options{"host=/nowhere", "test"}, 1};
  ToolReader store_{&pool_};
};

}  // namespace toolcatalog

#endif  // CATALOG_SERVICE_TESTING_DISCONNECTED_READER_H_
