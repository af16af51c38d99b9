#ifndef CATALOG_SERVICE_CHANGES_TOOL_HISTORY_H_
#define CATALOG_SERVICE_CHANGES_TOOL_HISTORY_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "catalog_service/changes/change_list.h"
#include "catalog_service/model/catalog_edit.h"
#include "catalog_service/postgres/postgres_pool.h"
#include "common/hold_bytes.h"
#include "toolcatalog/v1/change.pb.h"
#include "toolcatalog/v1/query.pb.h"

namespace toolcatalog {

// A tool as it was after a revision.
struct ToolAsOf {
  // Whether that revision changed this tool.
  bool changed_at_revision = false;
  // With all bodies. No versions = the tool did not exist.
  ToolState state;
};

// Reads tools as they were after a revision. The log tells: each change names the definition before it, so the first
// change after a revision names the definition as of that revision. Every revision from the oldest kept one on can be
// read, with one statement. Every method may block, and answers UNAVAILABLE when the database cannot be reached.
// Thread-safe.
class ToolHistory {
 public:
  // `pool` must outlive this.
  explicit ToolHistory(PgPool* pool) : pool_(*pool) {}

  // One version as it was after `revision`; version key "" = the one that was the latest. NOT_FOUND carries
  // `as_of_revision`. INVALID_ARGUMENT, reason REVISION_UNAVAILABLE, if the revision has not been written yet;
  // OUT_OF_RANGE, reason COMPACTED, if it is kept no longer. Both with `oldest_revision` and `current_revision`.
  absl::StatusOr<v1::GetToolResponse> GetAsOf(const std::string& name_key, const std::string& version_key,
                                              int64_t revision);

  // The tool with all its versions as it was after `revision`. Fails like `GetAsOf`, except that a tool that did not
  // exist is no error. COMPACTED also for the oldest kept revision: its changes are gone, so nobody can tell whether it
  // changed this tool. `hold` is told how large all definitions are before they are read.
  absl::StatusOr<ToolAsOf> StateAsOf(const std::string& name_key, int64_t revision, const HoldBytes& hold);

  // The tool as one of its own revisions left it. Fails like `StateAsOf`; INVALID_ARGUMENT if the revision did not
  // change this tool, FAILED_PRECONDITION if it deleted it.
  absl::StatusOr<ToolState> RollbackTarget(const std::string& name_key, int64_t revision, const HoldBytes& hold);

  // Changes of a tool, newest first, with what they changed.
  struct Page {
    std::string tool_name;
    // Each a serialized v1.HistoryEntry.
    std::vector<std::string> entries;
    // Where the page ended, if more follow.
    std::optional<ChangePlace> end;
  };
  // At most `limit` changes older than `before` (nullopt = all), and about 3 MiB; version key "" = of all versions. A
  // page ends early, but not without a change, when making it took long or compared many bytes. NOT_FOUND if neither
  // the tool (or version) is there nor any change of it is kept. `abandoned` is asked now and then; CANCELLED once it
  // answers true.
  absl::StatusOr<Page> List(const std::string& name_key, const std::string& version_key,
                            std::optional<ChangePlace> before, int limit, const std::function<bool()>& abandoned);

 private:
  PgPool& pool_;
};

}  // namespace toolcatalog

#endif  // CATALOG_SERVICE_CHANGES_TOOL_HISTORY_H_
