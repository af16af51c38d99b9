#ifndef RELOAD_SERVICE_CACHE_PROFILE_UPDATES_H_
#define RELOAD_SERVICE_CACHE_PROFILE_UPDATES_H_

#include <string>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "clients/cpp/catalog_watcher.h"
#include "reload_service/cache/profile_entry.h"
#include "reload_service/cache/reload_batch.h"

namespace toolcatalog {

// What a batch does to one tool.
struct ProfileUpdate {
  // The tool's `NameKey`.
  std::string key;
  // Its entry until now, and from now on; null = none.
  ProfileEntryPtr before;
  ProfileEntryPtr after;
  // Whether the next read has to ask the catalog.
  bool invalid = false;
};

// These functions make entries from what a batch brings. They are called without a lock. `held` returns the cache's
// entry for a key, or null. `errors` gets the reasons why definitions could not become profiles.
using HeldEntry = absl::FunctionRef<ProfileEntryPtr(absl::string_view key)>;
using ProfileEntries = absl::btree_map<std::string, ProfileEntryPtr, std::less<>>;

// The latest version of every tool of the snapshot.
ProfileEntries MakeEntries(const CatalogSnapshot& snapshot, int64_t known_at, HeldEntry held,
                           std::vector<std::string>* errors);
// What the write changes, one update for each tool. A tool of which the cache knows something newer is left out.
// `*tools` gets the number of tools in the write. A write answers no invalidation: a new entry keeps the `known_at` of
// the entry before it, or gets `known_at` if there was none.
std::vector<ProfileUpdate> MakeUpdates(const CatalogWrite& write, int64_t known_at, HeldEntry held, int* tools,
                                       std::vector<std::string>* errors);
// What the catalog's answer changes. An answer that is older than the entry changes only `known_at`: the entry is no
// older than the fetch.
ProfileUpdate MakeUpdate(const FetchedTool& fetched, ProfileEntryPtr held, std::vector<std::string>* errors);

// OK if there are no errors, else INVALID_ARGUMENT that names the first of them.
absl::Status ToStatus(const std::vector<std::string>& errors);

// Counts in `outcome` whether the profile is new, changed or gone; null = there is none. The names in `outcome` have
// the order of the calls.
void CountChange(const ProfileEntryPtr& before, const ProfileEntryPtr& after, ApplyOutcome* outcome);
// The same for all profiles.
void CountChanges(const ProfileEntries& before, const ProfileEntries& after, ApplyOutcome* outcome);

}  // namespace toolcatalog

#endif  // RELOAD_SERVICE_CACHE_PROFILE_UPDATES_H_
