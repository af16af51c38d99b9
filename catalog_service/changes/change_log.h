#ifndef CATALOG_SERVICE_CHANGES_CHANGE_LOG_H_
#define CATALOG_SERVICE_CHANGES_CHANGE_LOG_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "catalog_service/model/facets.h"
#include "catalog_service/model/stored_tool.h"
#include "catalog_service/postgres/postgres_pool.h"

namespace toolcatalog {

// A place in the history: the catalog as it was after a revision.
struct Position {
  int64_t revision = 0;
  // 16 bytes.
  std::string state_hash;

  friend bool operator==(const Position& a, const Position& b) {
    return a.revision == b.revision && a.state_hash == b.state_hash;
  }
};

struct LoggedChange {
  ChangeFacts facts;
  // Serialized v1.Change.
  std::string encoded;
};

// One write of the log.
struct LoggedWrite {
  Position position;
  std::vector<LoggedChange> changes;
};

// A version as it was at the revision of a snapshot.
struct SnapshotKey {
  std::string name_key;
  std::string version_key;
  int64_t revision = 0;
  bool is_latest = false;
  // The facets of its definition, see `FacetsOf`. "" if they were not asked for, or are not stored.
  std::string facets;
};

// A tool of a snapshot.
struct SnapshotTool {
  // Serialized v1.Tool.
  std::string encoded;
  // Lower-case hex.
  std::string content_hash;
  // Of its key in the manifest.
  size_t place = 0;
};

// Reads the log and snapshots from PostgreSQL. Every method may block, and answers UNAVAILABLE when the database cannot
// be reached. Thread-safe.
class ChangeLog {
 public:
  // `pool` must outlive this.
  explicit ChangeLog(PgPool* pool) : pool_(*pool) {}

  // The position of the newest write.
  absl::StatusOr<Position> Current();

  // The position at `revision`, if the log has it with this hash; "" stands for any hash. Otherwise OUT_OF_RANGE, with
  // reason COMPACTED or HISTORY_DIVERGED. Its metadata are `oldest_revision`, the smallest revision from which a reader
  // can continue, and `current_revision`.
  absl::StatusOr<Position> Verify(int64_t revision, absl::string_view state_hash);
  // The position from which all that is kept can be read.
  absl::StatusOr<Position> Oldest();

  // Writes in their order, and whether the log had more when they were read.
  struct Portion {
    std::vector<LoggedWrite> writes;
    bool more = false;
  };
  // Whether changes carry the version as it was before.
  enum class Previous { kLeaveOut, kInclude };
  // The writes right after `cursor`; none if the cursor is at the newest. A portion has at most `max_writes` writes,
  // and all definitions read for it have at most 1 MiB; but a single write may be larger. The same statement proves the
  // cursor; if that fails, the error is that of `Verify`.
  absl::StatusOr<Portion> After(const Position& cursor, int max_writes, Previous previous);

  // All versions as of one revision.
  struct Manifest {
    // Of memory, about.
    int64_t bytes() const { return static_cast<int64_t>(keys.capacity() * (sizeof(SnapshotKey) + 64)); }

    Position position;
    std::vector<SnapshotKey> keys;
  };
  enum class Facets { kLeaveOut, kInclude };
  // The manifest as of now. All who ask at one revision share one, as long as one of them keeps it.
  absl::StatusOr<std::shared_ptr<const Manifest>> Snapshot(Facets facets);

  // Some tools of a snapshot, and the place of the first key that comes after them.
  struct SnapshotPart {
    std::vector<SnapshotTool> tools;
    size_t next = 0;
  };
  // The tools of those of the manifest's keys from `begin` on that pass: at least one, if there is one, and no more
  // once they have `max_bytes`. OUT_OF_RANGE with reason COMPACTED if one of them is kept no longer.
  absl::StatusOr<SnapshotPart> PartOf(const Manifest& manifest, size_t begin, size_t max_bytes,
                                      absl::FunctionRef<bool(const SnapshotKey&)> passes);
  // The same if all keys pass.
  absl::StatusOr<std::vector<SnapshotTool>> SnapshotTools(const Manifest& manifest, size_t begin, size_t max_bytes);

 private:
  absl::Status WhyGone(const Position& cursor);
  absl::StatusOr<Manifest> ReadManifest(Facets facets);
  // The manifest that others share, null if there is none.
  std::shared_ptr<const Manifest> Shared(Facets facets);
  // Shares the manifest, or takes that which another has shared meanwhile.
  std::shared_ptr<const Manifest> Share(Facets facets, Manifest manifest);

  PgPool& pool_;
  absl::Mutex mutex_;
  std::map<Facets, std::weak_ptr<const Manifest>> shared_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace toolcatalog

#endif  // CATALOG_SERVICE_CHANGES_CHANGE_LOG_H_
