#include "reload_service/cache/profile_table.h"

#include <algorithm>
#include <utility>

#include "common/steady_time.h"

namespace toolcatalog {

void ProfileTable::Totals::Add(const ProfileEntry& entry, int sign) {
  if (entry.has_profile()) profiles += sign;
  bytes += sign * entry.bytes;
}

ProfileTable::Totals ProfileTable::TotalsOf(const ProfileEntries& entries) {
  Totals totals;
  for (const auto& [key, entry] : entries) totals.Add(*entry, 1);
  return totals;
}

ProfileEntryPtr ProfileTable::Find(absl::string_view key) const {
  auto found = entries_.find(key);
  return found == entries_.end() ? nullptr : found->second;
}

int64_t ProfileTable::InvalidMark(const ProfileEntry& entry) const {
  int64_t mark = entry.has_profile() ? all_mark_.number : 0;
  if (!marks_.empty()) {
    const auto own = marks_.find(entry.key);
    if (own != marks_.end()) mark = std::max(mark, own->second.number);
  }
  return mark > entry.known_at ? mark : 0;
}

std::vector<ProfileEntryPtr> ProfileTable::Swap(const CatalogSnapshot& snapshot, SteadyTime current_at,
                                                int64_t known_at, const Totals& totals, ProfileEntries* entries,
                                                Dropped* dropped) {
  const int64_t revision = snapshot.position.revision;
  std::vector<ProfileEntryPtr> newer = SettleAhead(revision, snapshot.history_lost);
  entries_.swap(*entries);
  totals_ = totals;
  freshness_ = {true, revision, current_at};
  snapshot_known_at_ = known_at;
  ForgetMarks(known_at, newer);
  for (const ProfileEntryPtr& entry : newer) Replace(entry, dropped);
  return newer;
}

std::vector<ProfileEntryPtr> ProfileTable::SettleAhead(int64_t revision, bool history_lost) {
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

void ProfileTable::Replace(ProfileEntryPtr entry, Dropped* dropped) {
  if (IsAhead(*entry)) ahead_.insert(entry->key);
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

void ProfileTable::Erase(absl::string_view key, Dropped* dropped) {
  auto found = entries_.find(key);
  if (found == entries_.end()) return;
  totals_.Add(*found->second, -1);
  marks_.erase(key);
  dropped->push_back(std::move(found->second));
  entries_.erase(found);
}

void ProfileTable::Advance(int64_t revision, SteadyTime current_at, Dropped* dropped) {
  freshness_.revision = std::max(freshness_.revision, revision);
  freshness_.current_at = current_at;
  for (auto key = ahead_.begin(); key != ahead_.end();) {
    const ProfileEntryPtr entry = Find(*key);
    if (entry != nullptr && IsAhead(*entry)) {
      ++key;
      continue;
    }
    // The stream has passed this revision, so an entry that says that the tool is gone says nothing new.
    if (entry != nullptr && !entry->exists) Erase(*key, dropped);
    key = ahead_.erase(key);
  }
}

ProfileTable::Mark ProfileTable::NewMark() { return {++sequence_, SteadyTime::Now()}; }

ProfileTable::Marks ProfileTable::InvalidateAll() {
  all_mark_ = NewMark();
  Marks answered;
  marks_.swap(answered);
  return answered;
}

int64_t ProfileTable::AnsweredSince(SteadyTime start) const {
  int64_t answered = sequence_;
  const auto limit = [start, &answered](const Mark& mark) {
    if (mark.number > 0 && mark.made >= start) answered = std::min(answered, mark.number - 1);
  };
  limit(all_mark_);
  for (const auto& [key, mark] : marks_) limit(mark);
  return answered;
}

void ProfileTable::ForgetMarks(int64_t known_at, const std::vector<ProfileEntryPtr>& kept) {
  if (marks_.empty()) return;
  std::vector<Marks::value_type> unanswered;
  for (const ProfileEntryPtr& entry : kept) {
    const auto mark = marks_.find(entry->key);
    if (mark != marks_.end()) unanswered.push_back(*mark);
  }
  absl::erase_if(marks_, [known_at](const auto& mark) { return mark.second.number <= known_at; });
  marks_.insert(unanswered.begin(), unanswered.end());
}

}  // namespace toolcatalog
