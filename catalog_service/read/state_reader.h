#ifndef CATALOG_SERVICE_READ_STATE_READER_H_
#define CATALOG_SERVICE_READ_STATE_READER_H_

#include "absl/status/status.h"
#include "catalog_service/postgres/postgres_pool.h"
#include "toolcatalog/v1/query.pb.h"

namespace toolcatalog {

// Reads the revision, the state hash and the content hashes, with which others compare their copy of the catalog. Every
// method may block, and answers UNAVAILABLE when the database cannot be reached. Thread-safe.
class StateReader {
 public:
  // `pool` must outlive this.
  explicit StateReader(PgPool* pool) : pool_(*pool) {}

  absl::Status Revision(v1::GetRevisionResponse* response);
  // INVALID_ARGUMENT that names the violation.
  absl::Status ContentHashes(const v1::ListContentHashesRequest& request, v1::ListContentHashesResponse* response);

 private:
  PgPool& pool_;
};

}  // namespace toolcatalog

#endif  // CATALOG_SERVICE_READ_STATE_READER_H_
