#include "reload_service/cache/profile_cache.h"

#include <algorithm>
#include <utility>

#include "common/definition/definition.h"

// How the cache decides which news wins.
//
// Entries are immutable and shared. One thread at a time applies news: it makes new entries without the lock, takes
// `mutex_` to swap pointers, and frees the old entries after it. Readers take `mutex_` to copy a pointer.
//
// - `as_of` of an entry says up to which revision it is right; older news does not change it. An entry that a single
//   fetch has brought may be ahead of the stream; its key is then in `ahead_`, and an older snapshot keeps it.
// - An invalidation is a number out of `sequence_`. It holds for entries whose `known_at` is lower. A fetch carries a
//   number that was taken before it began, so a fetch that was already under way does not answer the invalidation.
// - After a lost history, fetches that began before (`first_valid_sequence_`) are ignored.
// - `mutex_` is an innermost lock: nothing that takes another one is called while it is held.

namespace toolcatalog {
namespace {

// Entries that are looked at under one hold of the lock.
constexpr int kScanStep = 256;

using ToolHash = v1::ListContentHashesResponse::ToolHash;

// Whether the entry is not as the catalog says; null = the catalog has no such tool.
bool Differs(const ProfileEntry& entry, bool invalid, const ToolHash* tool) {
  if (tool == nullptr) return entry.exists;
  // A definition that cannot be served counts as equal: another fetch would bring the same.
  return !entry.exists || invalid || entry.latest_version != NameKey(tool->version()) ||
         entry.content_hash != tool->content_hash();
}

}  // namespace

void ProfileCache::Totals::Add(const ProfileEntry& entry, int sign) {
  if (entry.has_profile()) profiles += sign;
  bytes += sign * entry.bytes;
}

ProfileCache::Totals ProfileCache::TotalsOf(const ProfileEntries& entries) {
  Totals totals;
  for (const auto& [key, entry] : entries) totals.Add(*entry, 1);
  return totals;
}

ProfileCache::Freshness ProfileCache::GetFreshness() const {
  absl::MutexLock lock(&mutex_);
  return freshness_;
}

ProfileCache::Reading ProfileCache::Get(absl::string_view key) const {
  absl::MutexLock lock(&mutex_);
  Reading reading{freshness_, Find(key)};
  if (reading.entry != nullptr) reading.invalid_mark = InvalidMark(*reading.entry);
  return reading;
}

ProfileEntryPtr ProfileCache::Held(absl::string_view key) const {
  absl::MutexLock lock(&mutex_);
  return Find(key);
}

ProfileCache::Page ProfileCache::List(absl::string_view after, size_t limit, const ProfileFilter& filter) const {
  Page page;
  {
    absl::MutexLock lock(&mutex_);
    page.freshness = freshness_;
    page.total = filter.empty() ? totals_.profiles : 0;
  }
  // The total is of all pages; without a filter it need not be counted.
  Scan(filter.empty() ? after : "", [&](const ProfileEntryPtr& entry, bool invalid) {
    if (!entry->has_profile() || !filter.Passes(*entry->profile)) return true;
    if (!filter.empty()) ++page.total;
    if (entry->key <= after) return true;
    page.more = page.entries.size() == limit;
    if (!page.more) page.entries.push_back({entry, invalid});
    return !page.more || !filter.empty();
  });
  return page;
}

void ProfileCache::Scan(absl::string_view after,
                        absl::FunctionRef<bool(const ProfileEntryPtr& entry, bool invalid)> visit) const {
  std::string place(after);
  while (true) {
    absl::MutexLock lock(&mutex_);
    auto it = entries_.upper_bound(place);
    for (int i = 0; i < kScanStep && it != entries_.end(); ++i, ++it) {
      if (!visit(it->second, InvalidMark(*it->second) > 0)) return;
      if (i + 1 == kScanStep) place = it->first;
    }
    if (it == entries_.end()) return;
  }
}

ApplyOutcome ProfileCache::Apply(const ReloadBatch& batch) {
  const absl::Time start = absl::Now();
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
  outcome.apply = absl::Now() - start;
  observer_(outcome.revision);
  return outcome;
}

void ProfileCache::Advance(int64_t revision, absl::Time received) {
  Dropped dropped;
  {
    absl::MutexLock lock(&mutex_);
    AdvanceTo(revision, received, &dropped);
    revision = freshness_.revision;
  }
  observer_(revision);
}

void ProfileCache::ApplySnapshot(const CatalogSnapshot& snapshot, ApplyOutcome* outcome) {
  const absl::Time start = absl::Now();
  const int64_t revision = snapshot.position.revision, known_at = AnsweredSince(snapshot.started);
  std::vector<std::string> errors;
  ProfileEntries entries = MakeEntries(
      snapshot, known_at, [this](absl::string_view key) { return Held(key); }, &errors);
  outcome->status = ToStatus(errors);
  outcome->tools = static_cast<int>(entries.size());
  ProfileEntries after = entries;
  const Totals totals = TotalsOf(after);
  const absl::Time made = absl::Now();
  outcome->parse = made - start;
  Dropped dropped;
  std::vector<ProfileEntryPtr> newer;
  {
    absl::MutexLock lock(&mutex_);
    newer = SettleAhead(revision, snapshot.history_lost);
    entries_.swap(entries);
    totals_ = totals;
    freshness_ = {true, revision, snapshot.received};
    snapshot_known_at_ = known_at;
    ForgetMarks(known_at, newer);
    for (const ProfileEntryPtr& entry : newer) Replace(entry, &dropped);
  }
  outcome->swap = absl::Now() - made;
  for (const ProfileEntryPtr& entry : newer) {
    entries.erase(entry->key);
    after.erase(entry->key);
  }
  CountChanges(entries, after, outcome);
}

void ProfileCache::ApplyWrite(const CatalogWrite& write, ApplyOutcome* outcome) {
  const int64_t revision = write.position.revision;
  if (revision <= outcome->from_revision) return;
  const absl::Time start = absl::Now();
  int64_t known_at;
  {
    absl::MutexLock lock(&mutex_);
    known_at = snapshot_known_at_;
  }
  std::vector<std::string> errors;
  const std::vector<ProfileUpdate> updates = MakeUpdates(
      write, known_at, [this](absl::string_view key) { return Held(key); }, &outcome->tools, &errors);
  outcome->status = ToStatus(errors);
  const absl::Time made = absl::Now();
  outcome->parse = made - start;
  Dropped dropped;
  {
    absl::MutexLock lock(&mutex_);
    AdvanceTo(revision, write.received, &dropped);
    for (const ProfileUpdate& update : updates) {
      if (update.after == nullptr) {
        Erase(update.key, &dropped);
      } else {
        Replace(update.after, &dropped);
      }
      if (update.invalid) marks_[update.key] = NewMark();
    }
  }
  outcome->swap = absl::Now() - made;
  for (const ProfileUpdate& update : updates) CountChange(update.before, update.after, outcome);
}

void ProfileCache::ApplyFetch(const FetchedTool& fetched, ApplyOutcome* outcome) {
  const absl::Time start = absl::Now();
  std::vector<std::string> errors;
  const ProfileUpdate update = MakeUpdate(fetched, Held(fetched.key), &errors);
  outcome->tools = 1;
  const absl::Time made = absl::Now();
  outcome->parse = made - start;
  Dropped dropped;
  {
    absl::MutexLock lock(&mutex_);
    if (fetched.sequence < first_valid_sequence_) return;
    if (update.before == nullptr && fetched.as_of < freshness_.revision) return;
    const bool ahead = update.after->as_of > freshness_.revision;
    if (update.after->exists || (update.before != nullptr && ahead)) {
      Replace(update.after, &dropped);
    } else {
      Erase(update.key, &dropped);
    }
  }
  outcome->swap = absl::Now() - made;
  outcome->status = ToStatus(errors);
  CountChange(update.before, update.after, outcome);
}

int ProfileCache::Invalidate(absl::string_view key) {
  Marks answered;
  absl::MutexLock lock(&mutex_);
  const Mark mark = NewMark();
  if (key.empty()) {
    all_mark_ = mark;
    marks_.swap(answered);
    return totals_.profiles;
  }
  const ProfileEntryPtr entry = Find(key);
  if (entry == nullptr || !entry->has_profile()) return 0;
  marks_[key] = mark;
  return 1;
}

int64_t ProfileCache::NextSequence() {
  absl::MutexLock lock(&mutex_);
  return ++sequence_;
}

std::vector<ProfileEntryPtr> ProfileCache::SettleAhead(int64_t revision, bool history_lost) {
  std::vector<ProfileEntryPtr> newer;
  if (history_lost || revision < freshness_.revision) {
    first_valid_sequence_ = ++sequence_;
  } else {
    for (const std::string& key : ahead_) {
      ProfileEntryPtr entry = Find(key);
      if (entry != nullptr && entry->as_of > revision) newer.push_back(std::move(entry));
    }
  }
  ahead_.clear();
  return newer;
}

ProfileCache::Mark ProfileCache::NewMark() { return {++sequence_, absl::Now()}; }

int64_t ProfileCache::AnsweredSince(absl::Time start) const {
  absl::MutexLock lock(&mutex_);
  int64_t answered = sequence_;
  const auto limit = [start, &answered](const Mark& mark) {
    if (mark.number > 0 && mark.made >= start) answered = std::min(answered, mark.number - 1);
  };
  limit(all_mark_);
  for (const auto& [key, mark] : marks_) limit(mark);
  return answered;
}

void ProfileCache::ForgetMarks(int64_t known_at, const std::vector<ProfileEntryPtr>& kept) {
  if (marks_.empty()) return;
  std::vector<Marks::value_type> unanswered;
  for (const ProfileEntryPtr& entry : kept) {
    const auto mark = marks_.find(entry->key);
    if (mark != marks_.end()) unanswered.push_back(*mark);
  }
  absl::erase_if(marks_, [known_at](const auto& mark) { return mark.second.number <= known_at; });
  marks_.insert(unanswered.begin(), unanswered.end());
}

ProfileEntryPtr ProfileCache::Find(absl::string_view key) const {
  auto found = entries_.find(key);
  return found == entries_.end() ? nullptr : found->second;
}

int64_t ProfileCache::InvalidMark(const ProfileEntry& entry) const {
  int64_t mark = entry.has_profile() ? all_mark_.number : 0;
  if (!marks_.empty()) {
    const auto own = marks_.find(entry.key);
    if (own != marks_.end()) mark = std::max(mark, own->second.number);
  }
  return mark > entry.known_at ? mark : 0;
}

void ProfileCache::Replace(ProfileEntryPtr entry, Dropped* dropped) {
  if (entry->as_of > freshness_.revision) ahead_.insert(entry->key);
  if (!marks_.empty()) {
    const auto mark = marks_.find(entry->key);
    if (mark != marks_.end() && mark->second.number <= entry->known_at) marks_.erase(mark);
  }
  ProfileEntryPtr& slot = entries_[entry->key];
  if (slot != nullptr) totals_.Add(*slot, -1);
  totals_.Add(*entry, 1);
  slot.swap(entry);
  dropped->push_back(std::move(entry));
}

void ProfileCache::Erase(absl::string_view key, Dropped* dropped) {
  auto found = entries_.find(key);
  if (found == entries_.end()) return;
  totals_.Add(*found->second, -1);
  marks_.erase(key);
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
    // The stream has passed this revision, so an entry that says that the tool is gone says nothing new.
    if (entry != nullptr && !entry->exists) Erase(*key, dropped);
    key = ahead_.erase(key);
  }
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
  Scan(after, [&](const ProfileEntryPtr& entry, bool invalid) {
    if (!last && entry->key > end) return false;
    const auto found = told.find(entry->key);
    const ToolHash* tool = found == told.end() ? nullptr : found->second;
    if (entry->as_of <= page.revision() && Differs(*entry, invalid, tool)) differences.push_back(entry->key);
    if (tool != nullptr) told.erase(found);
    return true;
  });
  for (const auto& [key, tool] : told) differences.push_back(key);
  std::sort(differences.begin(), differences.end());
  return differences;
}

void ProfileCache::Describe(v1::ReloadStatistics* statistics) const {
  const absl::Time now = clock_();
  absl::MutexLock lock(&mutex_);
  statistics->set_cache_entries(totals_.profiles);
  statistics->set_cache_bytes(totals_.bytes);
  statistics->set_applied_revision(freshness_.revision);
  const absl::Duration age = std::max(now - freshness_.current_at, absl::ZeroDuration());
  statistics->set_staleness_ms(freshness_.loaded ? absl::ToDoubleMilliseconds(age) : 0);
}

}  // namespace toolcatalog
