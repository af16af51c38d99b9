#ifndef CATALOG_SERVICE_POSTGRES_MIGRATIONS_H_
#define CATALOG_SERVICE_POSTGRES_MIGRATIONS_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "catalog_service/postgres/postgres.h"

namespace toolcatalog {

// One numbered step of the schema.
struct Migration {
  int number;
  std::string name;
  std::string sql;
};

// The steps built into this binary (the files in migrations/), in order.
const std::vector<Migration>& Migrations();

// Brings the schema up to date over a connection of its own, and returns the number of steps applied. Each step is one
// transaction, recorded in the table schema_migrations; an advisory lock lets one process do it at a time. A step may
// take as long as it takes, whatever the time limits of `database`; the log tells of one that takes long.
absl::StatusOr<int> Migrate(PgConnection::Options database);

// FAILED_PRECONDITION when the schema lacks a step of this binary, or has one that demands a newer binary.
absl::Status CheckSchema(PgConnection& connection);

}  // namespace toolcatalog

#endif  // CATALOG_SERVICE_POSTGRES_MIGRATIONS_H_
