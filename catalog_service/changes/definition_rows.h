#ifndef CATALOG_SERVICE_CHANGES_DEFINITION_ROWS_H_
#define CATALOG_SERVICE_CHANGES_DEFINITION_ROWS_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "catalog_service/model/stored_tool.h"
#include "catalog_service/postgres/postgres_pool.h"

namespace toolcatalog {

// Which definitions to read. Each is that of a version as of the revision that wrote it.
struct DefinitionKeys {
  void Add(const std::string& name_key, const std::string& version_key, int64_t revision);

  std::vector<std::string> name_keys;
  std::vector<std::string> version_keys;
  std::vector<int64_t> revisions;
};

// The definitions of some keys, in the order of the keys. Those that are kept no longer are left out.
class DefinitionRows {
 public:
  // Reads no more definitions once they have `max_bytes`, but at least one, if any is kept. May block. UNAVAILABLE if
  // the database cannot be reached.
  static absl::StatusOr<DefinitionRows> Read(PgPool& pool, const DefinitionKeys& keys, size_t max_bytes);

  int size() const { return rows_.rows(); }
  // The place of the row's key among all keys, from 0.
  size_t PlaceOf(int row) const;
  // The definition of the row, as a version with these properties. This must outlive it.
  StoredTool Stored(int row, int64_t revision, bool is_latest) const;

 private:
  explicit DefinitionRows(PgResult rows) : rows_(std::move(rows)) {}

  PgResult rows_;
};

}  // namespace toolcatalog

#endif  // CATALOG_SERVICE_CHANGES_DEFINITION_ROWS_H_
