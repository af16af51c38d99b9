#ifndef CATALOG_SERVICE_READ_CAPABILITY_READER_H_
#define CATALOG_SERVICE_READ_CAPABILITY_READER_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "catalog_service/postgres/postgres_pool.h"
#include "toolcatalog/v1/query.pb.h"

namespace toolcatalog {

// Reads which tools have which capabilities from PostgreSQL. Every method may block, and answers UNAVAILABLE when the
// database cannot be reached. Thread-safe.
class CapabilityReader {
 public:
  // `pool` must outlive this.
  explicit CapabilityReader(PgPool* pool) : pool_(*pool) {}

  struct Page {
    std::vector<v1::ListCapabilitiesResponse::Entry> capabilities;
    // Name of the last capability when more follow, else "".
    std::string last_name;
    int64_t total = 0;
  };
  // At most `limit` capabilities and about 3 MiB, after a name.
  absl::StatusOr<Page> List(const std::string& after, int limit);

  // A place in the list of the tools of several capabilities.
  struct Place {
    std::string capability_name;
    std::string name_key;
  };
  struct ToolsPage {
    // Each a serialized v1.CapabilityTool.
    std::vector<std::string> tools;
    // Place of the last tool when more follow.
    std::optional<Place> last;
    int64_t total = 0;
  };
  // The tools that have one of the capabilities, in the order of `names` and of the tools' names: at most `limit` and
  // about 3 MiB, after a place.
  absl::StatusOr<ToolsPage> Tools(const std::vector<std::string>& names, const std::optional<Place>& after, int limit);

 private:
  PgPool& pool_;
};

}  // namespace toolcatalog

#endif  // CATALOG_SERVICE_READ_CAPABILITY_READER_H_
