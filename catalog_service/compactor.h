#ifndef CATALOG_SERVICE_COMPACTOR_H_
#define CATALOG_SERVICE_COMPACTOR_H_

#include <cstdint>
#include <functional>
#include <limits>
#include <thread>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "catalog_service/postgres/postgres.h"
#include "catalog_service/replicas/report_retention.h"
#include "common/wake.h"

namespace toolcatalog {

// How long changes are kept. A change goes when it is older than `age`, or not among the newest `revisions`. But the
// newest write stays, and so does every change younger than 15 minutes.
struct Retention {
  absl::Duration age = absl::Hours(24 * 90);
  int64_t revisions = 1000000;
  // The same for reload events, which have an age of their own.
  EventRetention reload_events = {};
};

inline constexpr int kMaxRetentionDays = 36500;
// A compaction with this retention removes no changes.
inline constexpr Retention kKeepChanges = {absl::Hours(24 * kMaxRetentionDays), std::numeric_limits<int64_t>::max()};

// What a compaction did so far.
struct Compaction {
  // The oldest revision at which tools can still be read; the changes after it are kept.
  int64_t oldest_revision = 0;
  int64_t changes = 0;
  int64_t definitions = 0;
  int64_t requests = 0;
  int64_t reload_events = 0;
  // Words of the search index that no tool has any more.
  int64_t words = 0;
  // The longest time that a step took to get the write lock and to hold it.
  absl::Duration longest_step;
};

// Writes a log line of what a compaction did so far.
void LogCompaction(absl::string_view message, const Compaction& done);

// Removes the changes that are kept no longer with the definitions that nothing else needs, the answers of requests
// that are older than 24 hours, what reload services reported long ago, and the search words that no tool has any more.
// Only the removal of changes and words takes the write lock. It works in steps of bounded size, between which other
// writers get the lock. Each revision that remains can be read as before. Not thread-safe.
class Compactor {
 public:
  // Connects to `database` for each run.
  Compactor(PgConnection::Options database, Retention retention);

  // `progress` is called after each step. `pause` is called before the next step; it may wait up to the given time, and
  // answers whether to go on. ABORTED if another process compacts.
  absl::StatusOr<Compaction> Run(const std::function<void(const Compaction&)>& progress,
                                 const std::function<bool(absl::Duration)>& pause);

 private:
  const PgConnection::Options database_;
  const Retention retention_;
};

// Compacts in a thread of its own about every `interval`. Several processes may do so: one at a time works.
class CompactionSchedule {
 public:
  CompactionSchedule(PgConnection::Options database, Retention retention, absl::Duration interval);
  ~CompactionSchedule();

 private:
  void Run();

  // Set for the end; ends the waits for the next run and for the database.
  Wake stop_;
  Compactor compactor_;
  const absl::Duration interval_;
  std::thread thread_;
};

}  // namespace toolcatalog

#endif  // CATALOG_SERVICE_COMPACTOR_H_
