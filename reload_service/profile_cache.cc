#include "reload_service/profile_cache.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/definition.h"

namespace toolcatalog {
namespace {

// Errors that one status names; the others are counted.
constexpr size_t kMaxNamedErrors = 5;

absl::Status ToStatus(const std::vector<std::string>& errors) {
  if (errors.empty()) return absl::OkStatus();
  const size_t named = std::min(errors.size(), kMaxNamedErrors);
  std::string message = absl::StrJoin(errors.begin(), errors.begin() + named, "; ");
  if (named < errors.size()) absl::StrAppend(&message, "; and ", errors.size() - named, " more");
  return absl::InvalidArgumentError(message);
}

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

}  // namespace

ProfileCache::Freshness ProfileCache::GetFreshness() const {
  absl::MutexLock lock(&mutex_);
  return freshness_;
}

ProfileCache::Reading ProfileCache::Get(absl::string_view key) const {
  absl::MutexLock lock(&mutex_);
  return {freshness_, Find(key)};
}

ProfileCache::Page ProfileCache::List(absl::string_view after, size_t limit) const {
  Page page;
  page.entries.reserve(limit);
  absl::MutexLock lock(&mutex_);
  page.freshness = freshness_;
  page.total = profiles_;
  for (auto it = entries_.upper_bound(after); it != entries_.end(); ++it) {
    if (!it->second->has_profile()) continue;
    page.more = page.entries.size() == limit;
    if (page.more) break;
    page.entries.push_back(it->second);
  }
  return page;
}

ApplyOutcome ProfileCache::Apply(const ReloadBatch& batch) {
  ApplyOutcome outcome;
  outcome.from_revision = GetFreshness().revision;
  if (const auto* snapshot = std::get_if<CatalogSnapshot>(&batch)) {
    outcome.status = ApplySnapshot(*snapshot);
  } else if (const auto* write = std::get_if<CatalogWrite>(&batch)) {
    outcome.status = ApplyWrite(*write);
  } else {
    outcome.status = ApplyFetch(std::get<FetchedTool>(batch));
  }
  outcome.revision = GetFreshness().revision;
  return outcome;
}

void ProfileCache::Advance(int64_t revision, absl::Time received) {
  Dropped dropped;
  absl::MutexLock lock(&mutex_);
  AdvanceTo(revision, received, &dropped);
}

ProfileCache::Entries ProfileCache::MakeEntries(const CatalogSnapshot& snapshot,
                                                std::vector<std::string>* errors) const {
  Entries entries;
  for (const v1::Snapshot& part : snapshot.parts) {
    for (int i = 0; i < part.tools_size(); ++i) {
      const v1::Tool& tool = part.tools(i);
      if (!tool.is_latest()) continue;
      const std::string key = NameKey(tool.tool_name());
      auto entry = std::make_shared<const ProfileEntry>(
          MakeEntry(key, tool, part.content_hashes(i), snapshot.position.revision, snapshot.received, Get(key).entry));
      if (!entry->error.empty()) errors->push_back(entry->error);
      entries[key] = std::move(entry);
    }
  }
  return entries;
}

absl::Status ProfileCache::ApplySnapshot(const CatalogSnapshot& snapshot) {
  std::vector<std::string> errors;
  Entries entries = MakeEntries(snapshot, &errors);
  const int64_t revision = snapshot.position.revision;
  const auto has_profile = [](const auto& entry) { return entry.second->has_profile(); };
  const int profiles = std::count_if(entries.begin(), entries.end(), has_profile);
  Dropped dropped;
  absl::MutexLock lock(&mutex_);
  std::vector<ProfileEntryPtr> newer;
  if (snapshot.history_lost || revision < freshness_.revision) {
    first_valid_sequence_ = ++sequence_;
  } else {
    for (const std::string& key : ahead_) newer.push_back(Find(key));
  }
  entries_.swap(entries);
  profiles_ = profiles;
  ahead_.clear();
  freshness_ = {true, revision, snapshot.received};
  for (ProfileEntryPtr& entry : newer) {
    if (entry->as_of > revision) Replace(std::move(entry), &dropped);
  }
  return ToStatus(errors);
}

absl::Status ProfileCache::ApplyWrite(const CatalogWrite& write) {
  const int64_t revision = write.position.revision;
  if (revision <= GetFreshness().revision) return absl::OkStatus();
  std::vector<std::string> errors;
  Updates updates = MakeUpdates(write, &errors);
  Dropped dropped;
  absl::MutexLock lock(&mutex_);
  AdvanceTo(revision, write.received, &dropped);
  for (auto& [key, entry] : updates) {
    if (entry == nullptr) {
      Erase(key, &dropped);
    } else {
      Replace(std::move(entry), &dropped);
    }
  }
  return ToStatus(errors);
}

ProfileCache::Updates ProfileCache::MakeUpdates(const CatalogWrite& write, std::vector<std::string>* errors) {
  const int64_t revision = write.position.revision;
  Updates updates;
  for (const auto& [key, news] : GroupByTool(write)) {
    const ProfileEntryPtr held = Get(key).entry;
    if (held != nullptr && revision <= held->as_of) continue;
    if (news.latest != nullptr) {
      auto entry = std::make_shared<const ProfileEntry>(
          MakeEntry(key, news.latest->tool(), news.latest->content_hash(), revision, write.received, held));
      if (!entry->error.empty()) errors->push_back(entry->error);
      updates.emplace_back(key, std::move(entry));
      continue;
    }
    const auto concerns_held = [&held](const v1::Change* change) {
      return held != nullptr && held->exists && NameKey(change->version()) == held->latest_version;
    };
    const auto about_held = std::find_if(news.others.begin(), news.others.end(), concerns_held);
    if (about_held == news.others.end()) continue;
    if ((*about_held)->has_tool()) {
      // The catalog never does this. The profile stays until a read has asked which version is the latest.
      auto marked = std::make_shared<ProfileEntry>(*held);
      marked->as_of = revision;
      marked->invalid_mark = NextSequence();
      updates.emplace_back(key, std::move(marked));
      errors->push_back(absl::StrCat("tool \"", key, "\": version \"", held->latest_version,
                                     "\" is no longer the latest, but revision ", revision, " does not say which is"));
    } else {
      updates.emplace_back(key, nullptr);
    }
  }
  return updates;
}

absl::Status ProfileCache::ApplyFetch(const FetchedTool& fetched) {
  const std::string& key = fetched.key;
  auto entry = std::make_shared<ProfileEntry>(
      fetched.tool.has_value()
          ? MakeEntry(key, *fetched.tool, fetched.content_hash, fetched.as_of, fetched.received, Get(key).entry)
          : MakeGoneEntry(key, fetched.as_of));
  Dropped dropped;
  absl::MutexLock lock(&mutex_);
  const ProfileEntryPtr held = Find(key);
  const int64_t known = held == nullptr ? freshness_.revision : held->as_of;
  if (fetched.sequence < first_valid_sequence_ || fetched.as_of < known) return absl::OkStatus();
  if (held != nullptr && held->invalid_mark > fetched.sequence) entry->invalid_mark = held->invalid_mark;
  const absl::Status status = entry->error.empty() ? absl::OkStatus() : absl::InvalidArgumentError(entry->error);
  const bool ahead = fetched.as_of > freshness_.revision;
  if (entry->exists || (held != nullptr && ahead)) {
    Replace(std::move(entry), &dropped);
  } else {
    Erase(key, &dropped);
  }
  return status;
}

int ProfileCache::Invalidate(absl::string_view key) {
  const int64_t mark = NextSequence();
  const std::vector<ProfileEntryPtr> entries = WithProfile(key);
  std::vector<ProfileEntryPtr> marked;
  for (const ProfileEntryPtr& entry : entries) {
    auto copy = std::make_shared<ProfileEntry>(*entry);
    copy->invalid_mark = mark;
    marked.push_back(std::move(copy));
  }
  int count = 0;
  Dropped dropped;
  absl::MutexLock lock(&mutex_);
  for (size_t i = 0; i < entries.size(); ++i) {
    // An entry that was replaced meanwhile is fresh.
    if (Find(entries[i]->key) != entries[i]) continue;
    Replace(std::move(marked[i]), &dropped);
    ++count;
  }
  return count;
}

int64_t ProfileCache::NextSequence() {
  absl::MutexLock lock(&mutex_);
  return ++sequence_;
}

ProfileEntryPtr ProfileCache::Find(absl::string_view key) const {
  auto found = entries_.find(key);
  return found == entries_.end() ? nullptr : found->second;
}

void ProfileCache::Replace(ProfileEntryPtr entry, Dropped* dropped) {
  if (entry->as_of > freshness_.revision) ahead_.insert(entry->key);
  ProfileEntryPtr& slot = entries_[entry->key];
  if (slot != nullptr && slot->has_profile()) --profiles_;
  if (entry->has_profile()) ++profiles_;
  slot.swap(entry);
  dropped->push_back(std::move(entry));
}

void ProfileCache::Erase(absl::string_view key, Dropped* dropped) {
  auto found = entries_.find(key);
  if (found == entries_.end()) return;
  if (found->second->has_profile()) --profiles_;
  dropped->push_back(std::move(found->second));
  entries_.erase(found);
}

void ProfileCache::AdvanceTo(int64_t revision, absl::Time received, Dropped* dropped) {
  freshness_.revision = std::max(freshness_.revision, revision);
  freshness_.current_at = received;
  for (auto key = ahead_.begin(); key != ahead_.end();) {
    const ProfileEntryPtr entry = Find(*key);
    if (entry != nullptr && entry->as_of > freshness_.revision) {
      ++key;
      continue;
    }
    // The stream has caught up: it would say what the entry of a tool that is gone says.
    if (entry != nullptr && !entry->exists) Erase(*key, dropped);
    key = ahead_.erase(key);
  }
}

std::vector<ProfileEntryPtr> ProfileCache::WithProfile(absl::string_view key) const {
  std::vector<ProfileEntryPtr> entries;
  absl::MutexLock lock(&mutex_);
  if (!key.empty()) {
    ProfileEntryPtr entry = Find(key);
    if (entry != nullptr && entry->has_profile()) entries.push_back(std::move(entry));
    return entries;
  }
  entries.reserve(profiles_);
  for (const auto& [name, entry] : entries_) {
    if (entry->has_profile()) entries.push_back(entry);
  }
  return entries;
}

}  // namespace toolcatalog
