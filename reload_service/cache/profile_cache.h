#ifndef RELOAD_SERVICE_CACHE_PROFILE_CACHE_H_
#define RELOAD_SERVICE_CACHE_PROFILE_CACHE_H_

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "common/clock.h"
#include "common/steady_time.h"
#include "reload_service/cache/profile_entry.h"
#include "reload_service/cache/profile_filter.h"
#include "reload_service/cache/profile_table.h"
#include "reload_service/cache/profile_updates.h"
#include "reload_service/cache/reload_batch.h"
#include "toolcatalog/v1/query.pb.h"
#include "toolcatalog/v1/replica.pb.h"

namespace toolcatalog {

// The latest version of every tool, ready to be sent. Thread-safe; `Apply` and `Advance` are called by one thread at a
// time. The lock is held only to copy or swap pointers: entries are made before the lock is taken and freed after it,
// and filters are evaluated without it. Readers do not exclude each other.
//
// The stream and single fetches may bring their news in any order. An entry says up to which revision it is right
// (`as_of`): older news does not change the entry. A tool without an entry is known up to the revision that the stream
// has reached, because the stream leaves nothing out.
//
// An invalidation has a number out of one sequence, and concerns one tool or all. It holds for the profiles that were
// read before it. A fetch that began after the invalidation answers it, and so does a snapshot whose stream was opened
// after it. A write does not answer it: the write may have been on its way already.
class ProfileCache {
 public:
  using Freshness = ProfileTable::Freshness;
  struct Reading {
    Freshness freshness;
    // Null if nothing is known of the tool.
    ProfileEntryPtr entry;
    // Sequence number of the invalidation that asks for a new fetch; 0 = none.
    int64_t invalid_mark = 0;
  };
  struct Listed {
    ProfileEntryPtr entry;
    bool invalid = false;
  };
  struct Page {
    Freshness freshness;
    // Entries with a profile, ordered by key.
    std::vector<Listed> entries;
    // Number of entries with a profile that passes.
    int total = 0;
    // Whether there are more after these.
    bool more = false;
  };

  // `clock` is what the age of the cache is measured by.
  explicit ProfileCache(SteadyClock clock = SteadyTime::Now) : clock_(std::move(clock)) {}

  // Sets the function that is called whenever something has been applied, on the thread that applied it. The function
  // gets the revision that the stream has reached. Call this before anything is applied.
  void ObserveRevision(std::function<void(int64_t)> observer) { observer_ = std::move(observer); }

  Freshness GetFreshness() const;
  // `key` is the tool's `NameKey`.
  Reading Get(absl::string_view key) const;
  // The first profiles, at most `limit`, that pass the filter and whose keys come after `after`. A page with a filter
  // is gathered in steps, between which changes may come. Its freshness is that of the first step.
  Page List(absl::string_view after, size_t limit, const ProfileFilter& filter = {}) const;

  // Applies what the batch brings. A tool whose definition cannot be served keeps its last good profile.
  ApplyOutcome Apply(const ReloadBatch& batch);
  // The stream has told everything up to `revision`.
  void Advance(int64_t revision);

  // Marks the profile of one tool, or with "" all, as to be fetched anew. Returns how many were marked.
  int Invalidate(absl::string_view key);
  // A number that is higher than that of every invalidation before it. A fetch carries a number that was taken before
  // the fetch began: the fetch answers the invalidations up to that number.
  int64_t NextSequence();

  // Compares the entries with a page of the catalog's hashes, from `after` (exclusive) to the page's last tool, or to
  // the end if the page is the `last` one. Returns the keys of the tools that differ: one side has another version or
  // content hash, only one side has the tool, or the profile is invalid. A definition that cannot be served is no
  // difference, for the catalog has no other. An entry that is newer than the page is no difference either. Call this
  // when the cache has reached the page's revision.
  std::vector<std::string> FindDifferences(const v1::ListContentHashesResponse& page, absl::string_view after,
                                           bool last) const;

  // Fills in entries, bytes, the applied revision and staleness.
  void Describe(v1::ReloadStatistics* statistics) const;

 private:
  void ApplySnapshot(const CatalogSnapshot& snapshot, ApplyOutcome* outcome);
  void ApplyWrite(const CatalogWrite& write, ApplyOutcome* outcome);
  void ApplyFetch(const FetchedTool& fetched, ApplyOutcome* outcome);
  // Visits the entries after `after`, without the lock held, until `visit` returns false.
  void Scan(absl::string_view after, absl::FunctionRef<bool(const Listed& listed)> visit) const;
  // The first entries after `after`, of a bounded number; empty if there are none.
  std::vector<Listed> EntriesAfter(absl::string_view after) const;
  int64_t AnsweredSince(SteadyTime start) const;
  ProfileEntryPtr Held(absl::string_view key) const;

  const SteadyClock clock_;
  std::function<void(int64_t)> observer_ = [](int64_t) {};
  mutable absl::Mutex mutex_;
  ProfileTable table_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace toolcatalog

#endif  // RELOAD_SERVICE_CACHE_PROFILE_CACHE_H_
