#ifndef CATALOG_SERVICE_CHANGES_CHANGE_LIST_H_
#define CATALOG_SERVICE_CHANGES_CHANGE_LIST_H_

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "catalog_service/changes/history_bounds.h"
#include "catalog_service/postgres/postgres_pool.h"
#include "toolcatalog/v1/change.pb.h"

namespace toolcatalog {

// A change's place in the log.
struct ChangePlace {
  int64_t revision = 0;
  int64_t ordinal = 0;

  // Ordinals before and after every change of a revision.
  static constexpr int64_t kFirst = -1;
  static constexpr int64_t kLast = std::numeric_limits<int64_t>::max();
};

// Pages of the log for people and auditors. Every method may block, and answers UNAVAILABLE when the database cannot be
// reached. Thread-safe.
class ChangeList {
 public:
  // `pool` must outlive this.
  explicit ChangeList(PgPool* pool) : pool_(*pool) {}

  // Which changes to list, and in which order; "" and nullopt = any.
  struct Query {
    // Changes after this revision; 0 = all that are kept.
    int64_t from_revision = 0;
    std::string name_key;
    std::string actor;
    std::string kind;
    // At `since` or later, before `until`.
    std::optional<absl::Time> since;
    std::optional<absl::Time> until;
    bool newest_first = false;
  };
  struct Page {
    // Each a serialized v1.Change, with `tool` and `previous`.
    std::vector<std::string> changes;
    // Where the next page begins, if one may follow.
    std::optional<ChangePlace> end;
    HistoryBounds bounds;
  };
  // At most `limit` changes behind `after` (nullopt = from the beginning). A page ends early once its changes have
  // about 3 MiB, or once the search for them took a second or two. OUT_OF_RANGE, reason COMPACTED, if changes that
  // would come next are kept no longer; reason HISTORY_DIVERGED if the catalog has not come so far, as after the
  // restore of a backup.
  absl::StatusOr<Page> List(const Query& query, std::optional<ChangePlace> after, int limit);

 private:
  struct Span;

  absl::StatusOr<Span> SpanOf(const Query& query, const std::optional<ChangePlace>& after, Page& page);
  absl::StatusOr<HistoryBounds> ReadBounds();
  absl::Status CheckKept(const Query& query, const std::optional<ChangePlace>& after);

  PgPool& pool_;
};

}  // namespace toolcatalog

#endif  // CATALOG_SERVICE_CHANGES_CHANGE_LIST_H_
