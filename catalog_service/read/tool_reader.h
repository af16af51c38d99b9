#ifndef CATALOG_SERVICE_READ_TOOL_READER_H_
#define CATALOG_SERVICE_READ_TOOL_READER_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "catalog_service/postgres/postgres_pool.h"
#include "common/hold_bytes.h"
#include "toolcatalog/v1/query.pb.h"
#include "toolcatalog/v1/tool.pb.h"

namespace toolcatalog {

// Reads tools from PostgreSQL; nothing is cached, so an answer is never older than the call. Every method may block,
// and answers UNAVAILABLE when the database cannot be reached. Thread-safe.
class ToolReader {
 public:
  // `pool` must outlive this.
  explicit ToolReader(PgPool* pool) : pool_(*pool) {}

  // One version; version key "" = the latest. NOT_FOUND carries `as_of_revision`.
  absl::StatusOr<v1::GetToolResponse> Get(const std::string& name_key, const std::string& version_key);

  struct Versions {
    std::string tool_name;
    struct Version {
      std::string version;
      // Serialized v1.Tool.
      std::string encoded;
    };
    std::vector<Version> versions;
  };
  // All versions of a tool, the one created last first. NOT_FOUND if there is none.
  absl::StatusOr<Versions> ListVersions(const std::string& name_key, const HoldBytes& hold);

  // Which tools a list holds; "", empty and nullopt = any.
  struct Filter {
    std::string platform;
    std::string category;
    std::string status;
    std::optional<bool> enabled;
    // The tool has one of these capabilities.
    std::vector<std::string> capabilities;
    // In lower case.
    std::string tag;
  };
  // The order of a list. Tools of one revision come by name. The order by revision is also the order by time of change.
  enum class Order { kName, kNameDescending, kRevision, kRevisionDescending };
  // A tool's place in a list.
  struct Place {
    std::string name_key;
    int64_t revision = 0;
  };
  // Latest versions.
  struct Page {
    // Each a serialized v1.Tool.
    std::vector<std::string> tools;
    // Place of the last tool when more follow.
    std::optional<Place> last;
    int64_t total = 0;
  };
  // Skips `skip` tools after a place, then reads at most `limit` tools, and no more once they have `max_bytes`.
  absl::StatusOr<Page> List(const Filter& filter, Order order, const std::optional<Place>& after, int64_t skip,
                            int limit, size_t max_bytes, const HoldBytes& hold);

 private:
  // A definition.
  struct Key {
    std::string name_key;
    std::string version_key;
    int64_t revision = 0;
    bool is_latest = true;
  };
  // The first `limit` keys that a statement answers; `params` lack only the limit.
  absl::StatusOr<std::vector<Key>> Keys(const PgStatement& statement, std::vector<PgParam> params, int limit);
  // The first `limit` keys in an order by revision. Reads the definitions in that order, as far as it must. If most of
  // them are superseded or belong to other lists, the statement `all` reads the whole list instead.
  absl::StatusOr<std::vector<Key>> KeysByRevision(const PgStatement& definitions, const PgStatement& all,
                                                  const std::vector<PgParam>& params, int limit);
  // The tools of the first `wanted` keys, each serialized, until they have `max_bytes`. One whose definition is gone by
  // now is "".
  absl::StatusOr<std::vector<std::string>> ReadTools(const std::vector<Key>& keys, size_t wanted, size_t max_bytes,
                                                     const HoldBytes& hold);

  PgPool& pool_;
};

}  // namespace toolcatalog

#endif  // CATALOG_SERVICE_READ_TOOL_READER_H_
