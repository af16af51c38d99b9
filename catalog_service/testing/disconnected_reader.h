#ifndef CATALOG_SERVICE_TESTING_DISCONNECTED_READER_H_
#define CATALOG_SERVICE_TESTING_DISCONNECTED_READER_H_

#include "catalog_service/postgres/postgres_pool.h"
#include "catalog_service/read/tool_reader.h"

namespace toolcatalog {

// A reader for tests whose requests never reach the database: its first read would try to connect, and fail.
class DisconnectedReader {
 public:
  ToolReader* reader() { return &reader_; }

 private:
  PgPool pool_{PgConnection::Options{"host=/nowhere", "test"}, 1};
  ToolReader reader_{&pool_};
};

}  // namespace toolcatalog

#endif  // CATALOG_SERVICE_TESTING_DISCONNECTED_READER_H_
