#include "reload_service/cache/profile_cache.h"

#include <algorithm>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "common/definition/definition.h"
#include "common/steady_time.h"

// How the cache decides which news wins.
//
// Entries are immutable and shared. One thread at a time applies news: it makes new entries without the lock, takes
// `mutex_` to change pointers in `table_`, and frees the old entries after it. Readers share `mutex_` to copy pointers;
// what a list compares or filters, it does with its copies.
//
// - `as_of` of an entry says up to which revision it is right; older news does not change it. An entry that a single
//   fetch has brought may be ahead of the stream; the table knows these, and an older snapshot keeps them.
// - An invalidation is a number out of the table's sequence. It holds for entries whose `known_at` is lower. A fetch
//   carries a number that was taken before it began, so a fetch that was already under way does not answer the
//   invalidation.
// - After a lost history, fetches that began before are ignored (`IsOfThisHistory`).
// - `mutex_` is an innermost lock: nothing that takes another one is called while it is held.

namespace toolcatalog {
namespace {

// Entries that are copied out of the table under one hold of the lock.
constexpr size_t kScanStep = 256;

using ToolHash = v1::ListContentHashesResponse::ToolHash;

// Whether the entry is not as the catalog says; null = the catalog has no such tool.
bool Differs(const ProfileEntry& entry, bool invalid, const ToolHash* tool) {
  if (tool == nullptr) return entry.exists;
  // A definition that cannot be served counts as equal: another fetch would bring the same.
  return !entry.exists || invalid || entry.latest_version != NameKey(tool->version()) ||
         entry.content_hash != tool->content_hash();
}

}  // namespace

ProfileCache::Freshness ProfileCache::GetFreshness() const {
  absl::ReaderMutexLock lock(&mutex_);
  return table_.freshness();
}

ProfileCache::Reading ProfileCache::Get(absl::string_view key) const {
  absl::ReaderMutexLock lock(&mutex_);
  Reading reading{table_.freshness(), table_.Find(key)};
  if (reading.entry != nullptr) reading.invalid_mark = table_.InvalidMark(*reading.entry);
  return reading;
}

ProfileEntryPtr ProfileCache::Held(absl::string_view key) const {
  absl::ReaderMutexLock lock(&mutex_);
  return table_.Find(key);
}

ProfileCache::Page ProfileCache::List(absl::string_view after, size_t limit, const ProfileFilter& filter) const {
  Page page;
  {
    absl::ReaderMutexLock lock(&mutex_);
    page.freshness = table_.freshness();
    page.total = filter.empty() ? table_.totals().profiles : 0;
  }
  // The total is of all pages; without a filter it need not be counted.
  Scan(filter.empty() ? after : "", [&](const Listed& listed) {
    const ProfileEntryPtr& entry = listed.entry;
    if (!entry->has_profile() || !filter.Passes(*entry->profile)) return true;
    if (!filter.empty()) ++page.total;
    if (entry->key <= after) return true;
    page.more = page.entries.size() == limit;
    if (!page.more) page.entries.push_back(listed);
    return !page.more || !filter.empty();
  });
  return page;
}

void ProfileCache::Scan(absl::string_view after, absl::FunctionRef<bool(const Listed& listed)> visit) const {
  std::vector<Listed> step = EntriesAfter(after);
  while (!step.empty()) {
    for (const Listed& listed : step) {
      if (!visit(listed)) return;
    }
    step = EntriesAfter(step.back().entry->key);
  }
}

std::vector<ProfileCache::Listed> ProfileCache::EntriesAfter(absl::string_view after) const {
  std::vector<Listed> found;
  found.reserve(kScanStep);
  absl::ReaderMutexLock lock(&mutex_);
  auto it = table_.entries().upper_bound(after);
  for (; it != table_.entries().end() && found.size() < kScanStep; ++it) {
    found.push_back({it->second, table_.InvalidMark(*it->second) > 0});
  }
  return found;
}

ApplyOutcome ProfileCache::Apply(const ReloadBatch& batch) {
  const SteadyTime start = SteadyTime::Now();
  ApplyOutcome outcome;
  outcome.from_revision = GetFreshness().revision;
  if (const auto* snapshot = std::get_if<CatalogSnapshot>(&batch)) {
    ApplySnapshot(*snapshot, &outcome);
  } else if (const auto* write = std::get_if<CatalogWrite>(&batch)) {
    ApplyWrite(*write, &outcome);
  } else {
    ApplyFetch(std::get<FetchedTool>(batch), &outcome);
  }
  outcome.revision = GetFreshness().revision;
  outcome.apply = SteadyTime::Now() - start;
  observer_(outcome.revision);
  return outcome;
}

void ProfileCache::Advance(int64_t revision) {
  const SteadyTime now = clock_();
  ProfileTable::Dropped dropped;
  {
    absl::MutexLock lock(&mutex_);
    table_.Advance(revision, now, &dropped);
    revision = table_.freshness().revision;
  }
  observer_(revision);
}

void ProfileCache::ApplySnapshot(const CatalogSnapshot& snapshot, ApplyOutcome* outcome) {
  const SteadyTime arrived = clock_();
  const SteadyTime start = SteadyTime::Now();
  const int64_t known_at = AnsweredSince(snapshot.started);
  std::vector<std::string> errors;
  ProfileEntries entries = MakeEntries(
      snapshot, known_at, [this](absl::string_view key) { return Held(key); }, &errors);
  outcome->status = ToStatus(errors);
  outcome->tools = static_cast<int>(entries.size());
  ProfileEntries after = entries;
  const ProfileTable::Totals totals = ProfileTable::TotalsOf(after);
  const SteadyTime made = SteadyTime::Now();
  outcome->parse = made - start;
  ProfileTable::Dropped dropped;
  std::vector<ProfileEntryPtr> newer;
  {
    absl::MutexLock lock(&mutex_);
    newer = table_.Swap(snapshot, arrived, known_at, totals, &entries, &dropped);
  }
  outcome->swap = SteadyTime::Now() - made;
  for (const ProfileEntryPtr& entry : newer) {
    entries.erase(entry->key);
    after.erase(entry->key);
  }
  CountChanges(entries, after, outcome);
}

void ProfileCache::ApplyWrite(const CatalogWrite& write, ApplyOutcome* outcome) {
  const int64_t revision = write.position.revision;
  if (revision <= outcome->from_revision) return;
  const SteadyTime arrived = clock_();
  const SteadyTime start = SteadyTime::Now();
  int64_t known_at;
  {
    absl::MutexLock lock(&mutex_);
    known_at = table_.snapshot_known_at();
  }
  std::vector<std::string> errors;
  const std::vector<ProfileUpdate> updates = MakeUpdates(
      write, known_at, [this](absl::string_view key) { return Held(key); }, &outcome->tools, &errors);
  outcome->status = ToStatus(errors);
  const SteadyTime made = SteadyTime::Now();
  outcome->parse = made - start;
  ProfileTable::Dropped dropped;
  {
    absl::MutexLock lock(&mutex_);
    table_.Advance(revision, arrived, &dropped);
    for (const ProfileUpdate& update : updates) {
      if (update.after == nullptr) {
        table_.Erase(update.key, &dropped);
      } else {
        table_.Replace(update.after, &dropped);
      }
      if (update.invalid) table_.Invalidate(update.key);
    }
  }
  outcome->swap = SteadyTime::Now() - made;
  for (const ProfileUpdate& update : updates) CountChange(update.before, update.after, outcome);
}

void ProfileCache::ApplyFetch(const FetchedTool& fetched, ApplyOutcome* outcome) {
  const SteadyTime start = SteadyTime::Now();
  std::vector<std::string> errors;
  const ProfileUpdate update = MakeUpdate(fetched, Held(fetched.key), &errors);
  outcome->tools = 1;
  const SteadyTime made = SteadyTime::Now();
  outcome->parse = made - start;
  ProfileTable::Dropped dropped;
  {
    absl::MutexLock lock(&mutex_);
    if (!table_.IsOfThisHistory(fetched.sequence)) return;
    if (update.before == nullptr && fetched.as_of < table_.freshness().revision) return;
    const bool ahead = table_.IsAhead(*update.after);
    if (update.after->exists || (update.before != nullptr && ahead)) {
      table_.Replace(update.after, &dropped);
    } else {
      table_.Erase(update.key, &dropped);
    }
  }
  outcome->swap = SteadyTime::Now() - made;
  outcome->status = ToStatus(errors);
  CountChange(update.before, update.after, outcome);
}

int ProfileCache::Invalidate(absl::string_view key) {
  // Freed once the lock is released.
  ProfileTable::Marks answered;
  absl::MutexLock lock(&mutex_);
  if (key.empty()) {
    answered = table_.InvalidateAll();
    return table_.totals().profiles;
  }
  const ProfileEntryPtr entry = table_.Find(key);
  if (entry == nullptr || !entry->has_profile()) return 0;
  table_.Invalidate(key);
  return 1;
}

int64_t ProfileCache::AnsweredSince(SteadyTime start) const {
  absl::ReaderMutexLock lock(&mutex_);
  return table_.AnsweredSince(start);
}

int64_t ProfileCache::NextSequence() {
  absl::MutexLock lock(&mutex_);
  return table_.NextSequence();
}

std::vector<std::string> ProfileCache::FindDifferences(const v1::ListContentHashesResponse& page,
                                                       absl::string_view after, bool last) const {
  absl::flat_hash_map<std::string, const ToolHash*> told;
  std::string end;
  for (const ToolHash& tool : page.tools()) {
    std::string key = NameKey(tool.tool_name());
    end = std::max(end, key);
    told.emplace(std::move(key), &tool);
  }
  std::vector<std::string> differences;
  Scan(after, [&](const Listed& listed) {
    const ProfileEntryPtr& entry = listed.entry;
    if (!last && entry->key > end) return false;
    const auto found = told.find(entry->key);
    const ToolHash* tool = found == told.end() ? nullptr : found->second;
    if (entry->as_of <= page.revision() && Differs(*entry, listed.invalid, tool)) differences.push_back(entry->key);
    if (tool != nullptr) told.erase(found);
    return true;
  });
  for (const auto& [key, tool] : told) differences.push_back(key);
  std::sort(differences.begin(), differences.end());
  return differences;
}

void ProfileCache::Describe(v1::ReloadStatistics* statistics) const {
  const SteadyTime now = clock_();
  absl::ReaderMutexLock lock(&mutex_);
  const Freshness& freshness = table_.freshness();
  statistics->set_cache_entries(table_.totals().profiles);
  statistics->set_cache_bytes(table_.totals().bytes);
  statistics->set_applied_revision(freshness.revision);
  const absl::Duration age = std::max(now - freshness.current_at, absl::ZeroDuration());
  statistics->set_staleness_ms(freshness.loaded ? absl::ToDoubleMilliseconds(age) : 0);
}

}  // namespace toolcatalog
