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

// Makes entries of what a batch brings; no lock is held meanwhile. `held` answers the entry that the cache has of a
// key, or null. `errors` gets why a definition could not become a profile.
using HeldEntry = absl::FunctionRef<ProfileEntryPtr(absl::string_view key)>;
using ProfileEntries = absl::btree_map<std::string, ProfileEntryPtr, std::less<>>;

// The latest version of every tool of the snapshot.
ProfileEntries MakeEntries(const CatalogSnapshot& snapshot, int64_t known_at, HeldEntry held,
                           std::vector<std::string>* errors);
// What the write changes, one update a tool; tools of which the cache knows newer are left out. `*tools` gets the
// number of tools that it is about. The write answers no invalidation: the entries keep what is known of them, and
// those of tools without one get `known_at`.
std::vector<ProfileUpdate> MakeUpdates(const CatalogWrite& write, int64_t known_at, HeldEntry held, int* tools,
                                       std::vector<std::string>* errors);
// What the catalog's answer changes. An answer that is older than the entry only tells that the entry is no older than
// the fetch.
ProfileUpdate MakeUpdate(const FetchedTool& fetched, ProfileEntryPtr held, std::vector<std::string>* errors);

// OK without errors; else INVALID_ARGUMENT that names the first ones.
absl::Status ToStatus(const std::vector<std::string>& errors);

// Counts in `outcome` how a profile differs; null = there is none. Profiles that are told in the order of their keys
// give names in order.
void CountChange(const ProfileEntryPtr& before, const ProfileEntryPtr& after, ApplyOutcome* outcome);
// The same for all profiles.
void CountChanges(const ProfileEntries& before, const ProfileEntries& after, ApplyOutcome* outcome);

}  // namespace toolcatalog

#endif  // RELOAD_SERVICE_CACHE_PROFILE_UPDATES_H_
