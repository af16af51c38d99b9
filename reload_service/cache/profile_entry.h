#ifndef RELOAD_SERVICE_CACHE_PROFILE_ENTRY_H_
#define RELOAD_SERVICE_CACHE_PROFILE_ENTRY_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "toolcatalog/v1/tool.pb.h"

namespace toolcatalog {

// A definition that is served. Immutable once it is made.
struct ServedProfile {
  // The fields `tool`, `content_hash` and `loaded_at` of v1.Profile as they go over the wire.
  std::string body;
  // As the catalog computed it, lower-case hex.
  std::string content_hash;
  // What lists can be filtered by; tags in lower case.
  std::string platform;
  std::string category;
  std::vector<std::string> capabilities;
  std::vector<std::string> tags;
};

// What the cache knows of one tool. Immutable once it is in the cache.
struct ProfileEntry {
  // The tool's `NameKey`, and the name in its own spelling.
  std::string key;
  std::string name;
  // Whether the tool exists.
  bool exists = false;
  // `NameKey` of the tool's latest version, and the content hash of that version, whether it is served or not.
  std::string latest_version;
  std::string content_hash;
  // The entry is right up to this revision at least. Changes up to this revision are no news.
  int64_t as_of = 0;
  // The content was read after the invalidations up to this number, so the entry answers them.
  int64_t known_at = 0;
  // Why the latest version could not become the profile; empty = it became the profile.
  std::string error;
  // The latest good definition; null = the tool has no profile.
  std::shared_ptr<const ServedProfile> profile;
  // Approximate size in memory.
  int64_t bytes = 0;

  bool has_profile() const { return profile != nullptr; }
};

using ProfileEntryPtr = std::shared_ptr<const ProfileEntry>;

// When and how a definition was read.
struct ReadAt {
  // Global revision at which the definition was read.
  int64_t revision = 0;
  // See ProfileEntry::known_at.
  int64_t known_at = 0;
  absl::Time time;
};

// Whether pipelines may use the definition: it is enabled, and its status is active or testing.
bool IsUsable(const v1::Tool& tool);

// OK if the definition, which has so many bytes when it is serialized, can be served as a profile.
absl::Status CheckProfile(absl::string_view key, const v1::Tool& tool, size_t bytes);

// The entry of a tool whose latest version is `tool`; `definition` is the same, serialized. If the definition cannot be
// served, the entry keeps the profile of `previous`, which may be null, and says why in `error`.
ProfileEntryPtr MakeEntry(absl::string_view key, const v1::Tool& tool, absl::string_view definition,
                          absl::string_view content_hash, const ReadAt& read, const ProfileEntryPtr& previous);

// The entry of a tool that did not exist.
ProfileEntryPtr MakeGoneEntry(absl::string_view key, const ReadAt& read);

}  // namespace toolcatalog

#endif  // RELOAD_SERVICE_CACHE_PROFILE_ENTRY_H_
