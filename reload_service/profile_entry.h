#ifndef RELOAD_SERVICE_PROFILE_ENTRY_H_
#define RELOAD_SERVICE_PROFILE_ENTRY_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "toolcatalog/v1/tool.pb.h"

namespace toolcatalog {

// What the cache knows of one tool. Immutable once it is in the cache.
struct ProfileEntry {
  // The tool's `NameKey`.
  std::string key;
  // Whether the tool exists.
  bool exists = false;
  // `NameKey` of the version that is the tool's latest.
  std::string latest_version;
  // The entry is right up to this revision at least; changes up to it are no news.
  int64_t as_of = 0;
  // Sequence number of the invalidation that asks for a new fetch; 0 = none.
  int64_t invalid_mark = 0;
  // Why the latest version could not become the profile; empty = it did.
  std::string error;
  // The fields `tool`, `content_hash` and `loaded_at` of v1.Profile as they go over the wire; null = the tool has no
  // profile. The definition in it is the latest good one.
  std::shared_ptr<const std::string> body;

  bool has_profile() const { return body != nullptr; }
};

using ProfileEntryPtr = std::shared_ptr<const ProfileEntry>;

// Whether the definition is one that pipelines may use: enabled, and active or testing.
bool IsUsable(const v1::Tool& tool);

// OK if the definition can be served as a profile.
absl::Status CheckProfile(absl::string_view key, const v1::Tool& tool);

// The entry of a tool whose latest version is `tool`, read at `as_of`. A definition that cannot be served keeps the
// profile of `previous` (may be null) and says why in `error`.
ProfileEntry MakeEntry(absl::string_view key, const v1::Tool& tool, absl::string_view content_hash, int64_t as_of,
                       absl::Time loaded_at, const ProfileEntryPtr& previous);

// The entry of a tool that did not exist at `as_of`.
ProfileEntry MakeGoneEntry(absl::string_view key, int64_t as_of);

}  // namespace toolcatalog

#endif  // RELOAD_SERVICE_PROFILE_ENTRY_H_
