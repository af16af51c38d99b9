#ifndef RELOAD_SERVICE_RELOAD_HANDLER_H_
#define RELOAD_SERVICE_RELOAD_HANDLER_H_

#include <optional>
#include <string>
#include <variant>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "clients/cpp/catalog_watcher.h"
#include "toolcatalog/v1/tool.pb.h"

namespace toolcatalog {

// The latest version of one tool, as the catalog answered it when asked for it.
struct FetchedTool {
  // The tool's `NameKey`.
  std::string key;
  // Absent = there is no such tool.
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

// Something that is kept up to date by reloads.
class ReloadHandler {
 public:
  virtual ~ReloadHandler() = default;

  // Short name for errors.
  virtual absl::string_view name() const = 0;

  // Takes over what the batch brings; called by one thread at a time, in the order of the batches. An error says what
  // could not be taken over, and does not keep the rest of the batch from being so.
  virtual absl::Status Apply(const ReloadBatch& batch) = 0;
};

}  // namespace toolcatalog

#endif  // RELOAD_SERVICE_RELOAD_HANDLER_H_
