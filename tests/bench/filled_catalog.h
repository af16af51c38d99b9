#ifndef TESTS_BENCH_FILLED_CATALOG_H_
#define TESTS_BENCH_FILLED_CATALOG_H_

#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "absl/status/statusor.h"
#include "tests/support/postgres_cluster.h"

namespace toolcatalog {

// A throwaway database with the tools of a catalog. Removes the database at its end.
struct FilledCatalog {
  // Null if the database was there before.
  std::unique_ptr<PostgresCluster> cluster;
  std::string conninfo;
  // What was stored, and how long the imports took.
  nlohmann::ordered_json figures;
};

// Makes a database and imports about that many tools, which are variants of the real definitions. Prints a line on it.
absl::StatusOr<FilledCatalog> FillCatalog(int tools);

}  // namespace toolcatalog

#endif  // TESTS_BENCH_FILLED_CATALOG_H_
