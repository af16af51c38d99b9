#include "reload_service/cache/profile_updates.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/definition/definition.h"
#include "google/protobuf/arena.h"
#include "toolcatalog/v1/change.pb.h"
#include "toolcatalog/v1/tool.pb.h"

namespace toolcatalog {
namespace {

// Errors that one status names; the others are counted.
constexpr size_t kMaxNamedErrors = 5;
// Names that an outcome holds.
constexpr size_t kMaxNames = 100;

// What one write says of one tool.
struct ToolNews {
  // The change that tells the latest version; null if none does.
  const v1::Change* latest = nullptr;
  // Changes of versions that are not the latest.
  std::vector<const v1::Change*> others;
};

std::map<std::string, ToolNews> GroupByTool(const CatalogWrite& write) {
  std::map<std::string, ToolNews> tools;
  for (const v1::Change& change : write.changes) {
    ToolNews& news = tools[NameKey(change.tool_name())];
    if (change.is_latest() && change.has_tool()) {
      news.latest = &change;
    } else {
      news.others.push_back(&change);
    }
  }
  return tools;
}

// The change of the version that the cache holds, or null.
const v1::Change* FindHeldVersion(const ToolNews& news, const ProfileEntryPtr& held) {
  const auto concerns_held = [&held](const v1::Change* change) {
    return held != nullptr && held->exists && NameKey(change->version()) == held->latest_version;
  };
  const auto found = std::find_if(news.others.begin(), news.others.end(), concerns_held);
  return found == news.others.end() ? nullptr : *found;
}

// The catalog never does this. The profile stays until a read has asked which version is the latest.
ProfileUpdate MakeUncertain(const ProfileEntryPtr& held, int64_t revision, std::vector<std::string>* errors) {
  auto entry = std::make_shared<ProfileEntry>(*held);
  entry->as_of = revision;
  errors->push_back(absl::StrCat("tool \"", held->key, "\": version \"", held->latest_version,
                                 "\" is no longer the latest, but revision ", revision, " does not say which is"));
  return {held->key, held, std::move(entry), true};
}

void NoteError(const ProfileEntryPtr& entry, std::vector<std::string>* errors) {
  if (!entry->error.empty()) errors->push_back(entry->error);
}

const std::string& NameOf(const ProfileEntryPtr& before, const ProfileEntryPtr& after) {
  return after != nullptr && !after->name.empty() ? after->name : before->name;
}

}  // namespace

ProfileEntries MakeEntries(const CatalogSnapshot& snapshot, int64_t known_at, HeldEntry held,
                           std::vector<std::string>* errors) {
  const ReadAt read{snapshot.position.revision, known_at, snapshot.received};
  ProfileEntries entries;
  // Parsing into one block of memory again and again takes half the time.
  google::protobuf::Arena arena;
  for (const CatalogSnapshot::Version& version : snapshot.versions) {
    if (!version.is_latest) continue;
    arena.Reset();
    auto* tool = google::protobuf::Arena::CreateMessage<v1::Tool>(&arena);
    tool->ParseFromString(version.definition);
    std::string key = NameKey(version.tool_name);
    ProfileEntryPtr entry = MakeEntry(key, *tool, version.definition, version.content_hash, read, held(key));
    NoteError(entry, errors);
    // They come in order.
    entries.insert_or_assign(entries.end(), std::move(key), std::move(entry));
  }
  return entries;
}

std::vector<ProfileUpdate> MakeUpdates(const CatalogWrite& write, int64_t known_at, HeldEntry held, int* tools,
                                       std::vector<std::string>* errors) {
  ReadAt read{write.position.revision, known_at, write.received};
  const std::map<std::string, ToolNews> by_tool = GroupByTool(write);
  *tools = static_cast<int>(by_tool.size());
  std::vector<ProfileUpdate> updates;
  for (const auto& [key, news] : by_tool) {
    ProfileEntryPtr before = held(key);
    if (before != nullptr && read.revision <= before->as_of) continue;
    read.known_at = before == nullptr ? known_at : before->known_at;
    if (news.latest != nullptr) {
      ProfileEntryPtr after = MakeEntry(key, news.latest->tool(), news.latest->tool().SerializeAsString(),
                                        news.latest->content_hash(), read, before);
      NoteError(after, errors);
      updates.push_back({key, std::move(before), std::move(after)});
      continue;
    }
    const v1::Change* change = FindHeldVersion(news, before);
    if (change == nullptr) continue;
    if (change->has_tool()) {
      updates.push_back(MakeUncertain(before, read.revision, errors));
    } else {
      updates.push_back({key, std::move(before), nullptr});
    }
  }
  return updates;
}

ProfileUpdate MakeUpdate(const FetchedTool& fetched, ProfileEntryPtr held, std::vector<std::string>* errors) {
  if (held != nullptr && fetched.as_of < held->as_of) {
    auto confirmed = std::make_shared<ProfileEntry>(*held);
    confirmed->known_at = std::max(held->known_at, fetched.sequence);
    return {fetched.key, std::move(held), std::move(confirmed)};
  }
  const ReadAt read{fetched.as_of, fetched.sequence, fetched.received};
  ProfileEntryPtr after =
      fetched.tool.has_value()
          ? MakeEntry(fetched.key, *fetched.tool, fetched.tool->SerializeAsString(), fetched.content_hash, read, held)
          : MakeGoneEntry(fetched.key, read);
  NoteError(after, errors);
  return {fetched.key, std::move(held), std::move(after)};
}

absl::Status ToStatus(const std::vector<std::string>& errors) {
  if (errors.empty()) return absl::OkStatus();
  const size_t named = std::min(errors.size(), kMaxNamedErrors);
  std::string message = absl::StrJoin(errors.begin(), errors.begin() + named, "; ");
  if (named < errors.size()) absl::StrAppend(&message, "; and ", errors.size() - named, " more");
  return absl::InvalidArgumentError(message);
}

void CountChange(const ProfileEntryPtr& before, const ProfileEntryPtr& after, ApplyOutcome* outcome) {
  const bool was = before != nullptr && before->has_profile();
  const bool is = after != nullptr && after->has_profile();
  // An error without a profile is nothing that is served.
  if (!was && !is) return;
  if (was && is && before->profile->content_hash == after->profile->content_hash && before->error == after->error) {
    return;
  }
  ++(!was ? outcome->added : !is ? outcome->removed : outcome->changed);
  if (outcome->tool_names.size() < kMaxNames) outcome->tool_names.push_back(NameOf(before, after));
}

void CountChanges(const ProfileEntries& before, const ProfileEntries& after, ApplyOutcome* outcome) {
  auto old = before.begin();
  for (const auto& [key, entry] : after) {
    for (; old != before.end() && old->first < key; ++old) CountChange(old->second, nullptr, outcome);
    const bool held = old != before.end() && old->first == key;
    CountChange(held ? old->second : nullptr, entry, outcome);
    if (held) ++old;
  }
  for (; old != before.end(); ++old) CountChange(old->second, nullptr, outcome);
}

}  // namespace toolcatalog
