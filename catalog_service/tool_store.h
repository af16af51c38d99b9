#ifndef CATALOG_SERVICE_TOOL_STORE_H_
#define CATALOG_SERVICE_TOOL_STORE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "catalog_service/postgres_pool.h"
#include "toolcatalog/v1/catalog_service.pb.h"

namespace toolcatalog {

// Reads tools from PostgreSQL; nothing is cached, so an answer is never older than the call. Every method may block,
// and answers UNAVAILABLE when the database cannot be reached. Thread-safe.
class ToolStore {
 public:
  // `pool` must outlive this.
  explicit ToolStore(PgPool* pool) : pool_(*pool) {}

  // One version; version key "" = the latest. NOT_FOUND carries `as_of_revision`.
  absl::StatusOr<v1::GetToolResponse> Get(const std::string& name_key, const std::string& version_key);

  // All versions of a tool, the one created last first. NOT_FOUND if there is none.
  absl::StatusOr<v1::ListToolVersionsResponse> Versions(const std::string& name_key);

  // Which tools a list holds; "" and nullopt = any.
  struct Filter {
    std::string platform;
    std::string category;
    std::string status;
    std::optional<bool> enabled;
  };
  // Latest versions in order of the name key.
  struct Page {
    std::vector<v1::Tool> tools;
    // Name key of the last tool when more follow, else "".
    std::string last_name_key;
    int64_t total = 0;
  };
  // At most `limit` tools and about 3 MiB, after `after_name_key` and after skipping `skip` more.
  absl::StatusOr<Page> List(const Filter& filter, const std::string& after_name_key, int64_t skip, int limit);

 private:
  PgPool& pool_;
};

}  // namespace toolcatalog

#endif  // CATALOG_SERVICE_TOOL_STORE_H_
