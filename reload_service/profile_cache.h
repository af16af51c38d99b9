#ifndef RELOAD_SERVICE_PROFILE_CACHE_H_
#define RELOAD_SERVICE_PROFILE_CACHE_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/btree_map.h"
#include "absl/container/btree_set.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "reload_service/apply_outcome.h"
#include "reload_service/profile_entry.h"
#include "reload_service/reload_handler.h"

namespace toolcatalog {

// The latest version of every tool, ready to be sent. Thread-safe; `Apply` and `Advance` are called by one thread at a
// time. The lock is held to copy or swap pointers only: entries are made before it is taken and freed after.
//
// What the stream tells and what single fetches bring may arrive in any order. An entry says up to which revision it is
// right (`as_of`): news that is not newer does not change it. For a tool without an entry that is the revision the
// stream has reached, because the stream leaves nothing out.
class ProfileCache {
 public:
  // How current the whole cache is.
  struct Freshness {
    // Whether a snapshot has been applied. Until then there is nothing to answer from.
    bool loaded = false;
    // Global revision that the stream has reached.
    int64_t revision = 0;
    // When the stream last brought a snapshot, a write or a bookmark.
    absl::Time current_at = absl::InfinitePast();
  };
  struct Reading {
    Freshness freshness;
    // Null if nothing is known of the tool.
    ProfileEntryPtr entry;
  };
  struct Page {
    Freshness freshness;
    // Entries with a profile, ordered by key.
    std::vector<ProfileEntryPtr> entries;
    // Number of entries with a profile in the cache.
    int total = 0;
    // Whether there are more after these.
    bool more = false;
  };

  Freshness GetFreshness() const;
  // `key` is the tool's `NameKey`.
  Reading Get(absl::string_view key) const;
  // Up to `limit` entries whose keys come after `after`.
  Page List(absl::string_view after, size_t limit) const;

  // Takes over what the batch brings. A tool whose definition cannot be served keeps its last good profile.
  ApplyOutcome Apply(const ReloadBatch& batch);
  // The stream has told everything up to `revision`.
  void Advance(int64_t revision, absl::Time received);

  // Marks the profile of one tool, or with "" all, as to be fetched anew. Returns how many were marked.
  int Invalidate(absl::string_view key);
  // A number that is higher than that of every invalidation before it. A fetch carries one that was taken before it
  // began, so that it is known which invalidations it answers.
  int64_t NextSequence();

 private:
  using Entries = absl::btree_map<std::string, ProfileEntryPtr, std::less<>>;
  // Entries taken out of the cache, freed by their owner once the lock is released.
  using Dropped = std::vector<ProfileEntryPtr>;
  // What a write does to one tool: another entry, or, if null, none.
  using Updates = std::vector<std::pair<std::string, ProfileEntryPtr>>;

  absl::Status ApplySnapshot(const CatalogSnapshot& snapshot);
  absl::Status ApplyWrite(const CatalogWrite& write);
  absl::Status ApplyFetch(const FetchedTool& fetched);
  Entries MakeEntries(const CatalogSnapshot& snapshot, std::vector<std::string>* errors) const;
  Updates MakeUpdates(const CatalogWrite& write, std::vector<std::string>* errors);

  ProfileEntryPtr Find(absl::string_view key) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Replace(ProfileEntryPtr entry, Dropped* dropped) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Erase(absl::string_view key, Dropped* dropped) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void AdvanceTo(int64_t revision, absl::Time received, Dropped* dropped) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // The entries that have a profile: that of `key`, or with "" all.
  std::vector<ProfileEntryPtr> WithProfile(absl::string_view key) const;

  mutable absl::Mutex mutex_;
  Entries entries_ ABSL_GUARDED_BY(mutex_);
  // Keys of entries that are ahead of the stream.
  absl::btree_set<std::string> ahead_ ABSL_GUARDED_BY(mutex_);
  int profiles_ ABSL_GUARDED_BY(mutex_) = 0;
  Freshness freshness_ ABSL_GUARDED_BY(mutex_);
  int64_t sequence_ ABSL_GUARDED_BY(mutex_) = 0;
  // Fetches that began before this one belong to a history that has been replaced.
  int64_t first_valid_sequence_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace toolcatalog

#endif  // RELOAD_SERVICE_PROFILE_CACHE_H_
