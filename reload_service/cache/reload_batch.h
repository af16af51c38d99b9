#ifndef RELOAD_SERVICE_CACHE_RELOAD_BATCH_H_
#define RELOAD_SERVICE_CACHE_RELOAD_BATCH_H_

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "clients/cpp/catalog_watcher.h"
#include "toolcatalog/v1/tool.pb.h"

namespace toolcatalog {

// What a batch did to the profiles.
struct ApplyOutcome {
  // An error names the tools whose definitions cannot be served. The rest of the batch has been applied.
  absl::Status status;
  // Global revision that was applied before the batch, and after it.
  int64_t from_revision = 0;
  int64_t revision = 0;
  // Number of tools in the batch.
  int tools = 0;
  // Number of profiles that are new, changed, and gone.
  int added = 0;
  int changed = 0;
  int removed = 0;
  // Names of these profiles, sorted, at most 100.
  std::vector<std::string> tool_names;
  // How long it took to make entries of definitions, to do everything, and to swap the entries under the lock.
  absl::Duration parse;
  absl::Duration apply;
  absl::Duration swap;
};

// The latest version of one tool, as the catalog answered it when asked for it.
struct FetchedTool {
  // The tool's `NameKey`.
  std::string key;
  // Absent if there is no such tool.
  std::optional<v1::Tool> tool;
  std::string content_hash;
  // Global revision at which it was read.
  int64_t as_of = 0;
  // Taken from `ProfileCache::NextSequence` before the catalog was asked.
  int64_t sequence = 0;
  // When the answer arrived.
  absl::Time received;
};

// What one reload brings: everything, one write, or one tool.
using ReloadBatch = std::variant<CatalogSnapshot, CatalogWrite, FetchedTool>;

}  // namespace toolcatalog

#endif  // RELOAD_SERVICE_CACHE_RELOAD_BATCH_H_
