#ifndef RELOAD_SERVICE_CACHE_PROFILE_TABLE_H_
#define RELOAD_SERVICE_CACHE_PROFILE_TABLE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/btree_set.h"
#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "clients/cpp/catalog_watcher.h"
#include "common/steady_time.h"
#include "reload_service/cache/profile_entry.h"
#include "reload_service/cache/profile_updates.h"

namespace toolcatalog {

// What a profile cache guards with its lock: the entries, how far the stream has come, and the invalidations. Each
// method is short, and frees no entry. Not thread-safe.
class ProfileTable {
 public:
  // How current the whole table is.
  struct Freshness {
    // Whether a snapshot has been applied. Until then there is nothing to answer from.
    bool loaded = false;
    // Global revision that the stream has reached.
    int64_t revision = 0;
    // When the stream last brought a snapshot, a write or a bookmark.
    SteadyTime current_at;
  };
  struct Totals {
    int profiles = 0;
    int64_t bytes = 0;
    void Add(const ProfileEntry& entry, int sign);
  };
  // An invalidation; number 0 = none.
  struct Mark {
    int64_t number = 0;
    SteadyTime made;
  };
  using Marks = absl::flat_hash_map<std::string, Mark>;
  // Entries taken out of the table. The caller frees them once its lock is released.
  using Dropped = std::vector<ProfileEntryPtr>;

  static Totals TotalsOf(const ProfileEntries& entries);

  const Freshness& freshness() const { return freshness_; }
  const ProfileEntries& entries() const { return entries_; }
  const Totals& totals() const { return totals_; }
  // Null if nothing is known of the tool.
  ProfileEntryPtr Find(absl::string_view key) const;
  // Number of the invalidation that the entry does not answer; 0 = none.
  int64_t InvalidMark(const ProfileEntry& entry) const;
  // Whether the entry is right as of a revision that the stream has not reached.
  bool IsAhead(const ProfileEntry& entry) const { return entry.as_of > freshness_.revision; }

  // Swaps all entries for those of a snapshot, which `entries` holds, and leaves the old ones there. The new ones add
  // up to `totals`, and answer the invalidations up to `known_at`. The table is as current as the catalog was at
  // `current_at`. Returns the old entries that are kept because they are newer than the snapshot and of its history.
  std::vector<ProfileEntryPtr> Swap(const CatalogSnapshot& snapshot, SteadyTime current_at, int64_t known_at,
                                    const Totals& totals, ProfileEntries* entries, Dropped* dropped);
  void Replace(ProfileEntryPtr entry, Dropped* dropped);
  void Erase(absl::string_view key, Dropped* dropped);
  // The stream has told everything up to `revision`, at `current_at`.
  void Advance(int64_t revision, SteadyTime current_at, Dropped* dropped);

  // A number that is higher than that of every invalidation before it.
  int64_t NextSequence() { return ++sequence_; }
  // Whether a fetch with this number began in the history that the table is of.
  bool IsOfThisHistory(int64_t sequence) const { return sequence >= first_valid_sequence_; }
  void Invalidate(absl::string_view key) { marks_[key] = NewMark(); }
  // Returns the marks of single tools that the mark of all replaces.
  Marks InvalidateAll();
  // The highest number up to which everything read since `start` answers all invalidations.
  int64_t AnsweredSince(SteadyTime start) const;
  // The last snapshot answers the invalidations up to this number, and so does whatever the stream has told after it.
  int64_t snapshot_known_at() const { return snapshot_known_at_; }

 private:
  Mark NewMark();
  // The entries that are newer than a snapshot of `revision` and of its history. None counts as ahead any longer.
  std::vector<ProfileEntryPtr> SettleAhead(int64_t revision, bool history_lost);
  // Forgets the invalidations that entries made at `known_at` answer, but for those of `kept`.
  void ForgetMarks(int64_t known_at, const std::vector<ProfileEntryPtr>& kept);

  ProfileEntries entries_;
  // Keys of entries that are ahead of the stream.
  absl::btree_set<std::string> ahead_;
  Totals totals_;
  Freshness freshness_;
  int64_t sequence_ = 0;
  // The last invalidation of all, and those of single tools after it that are not answered yet.
  Mark all_mark_;
  Marks marks_;
  int64_t snapshot_known_at_ = 0;
  // Fetches that began before this one belong to a history that has been replaced.
  int64_t first_valid_sequence_ = 0;
};

}  // namespace toolcatalog

#endif  // RELOAD_SERVICE_CACHE_PROFILE_TABLE_H_
