#include "reload_service/follow/revision_waits.h"

#include <limits>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/guarded.h"
#include "common/status.h"

namespace toolcatalog {
namespace {

constexpr size_t kMaxWaiters = 10000;
// Applied revisions whose waiters are not served yet.
constexpr size_t kMaxQueued = 1000;
// How long the catalog may take to tell its counter.
constexpr absl::Duration kMaxAnswer = absl::Seconds(2);

absl::Status NotWritten(absl::string_view field, int64_t revision, int64_t current) {
  return MakeError(Reason::kRevisionUnavailable,
                   {BrokenByNumber(field, absl::StrCat("must be at most the catalog's current revision, ", current),
                                   absl::StrCat(revision))},
                   {{"current_revision", absl::StrCat(current)}});
}

}  // namespace

RevisionWaits::RevisionWaits(const ProfileCache* cache, const std::shared_ptr<grpc::Channel>& catalog)
    : cache_(cache), executor_(std::make_unique<Executor>(1, kMaxQueued)), catalog_(catalog) {}

void RevisionWaits::Await(absl::string_view field, int64_t revision, absl::Time deadline, const Done& done) {
  if (cache_->GetFreshness().revision >= revision) return done(absl::OkStatus());
  const absl::Status status = Add(field, revision, deadline, done);
  if (!status.ok()) return done(status);
  // It may have been applied before the waiter was there.
  NoteApplied(cache_->GetFreshness().revision);
  Ask();
}

absl::Status RevisionWaits::Add(absl::string_view field, int64_t revision, absl::Time deadline, Done done) {
  absl::MutexLock lock(&mutex_);
  if (stopped_) return MakeError(Reason::kShuttingDown, "the service is stopping");
  if (waiters_.size() >= kMaxWaiters) {
    return MakeError(Reason::kTooManyWaits,
                     absl::StrCat("at most ", kMaxWaiters, " calls may wait for a revision; try again later"));
  }
  const Key key(revision, ++last_number_);
  // Under the lock, so that it cannot expire before it is found. Alarms call back on threads of their own.
  auto wait = BoundedWait::Start(deadline, [this, key, done] { Expire(key, done); });
  waiters_.emplace(key, Waiter{std::string(field), std::move(done), std::move(wait)});
  return absl::OkStatus();
}

void RevisionWaits::Expire(const Key& key, const Done& done) {
  {
    absl::MutexLock lock(&mutex_);
    waiters_.erase(key);
  }
  const int64_t applied = cache_->GetFreshness().revision;
  // It was only not served yet.
  if (applied >= key.first) return done(absl::OkStatus());
  done(MakeError(
      Reason::kRevisionNotApplied,
      absl::StrCat("revision ", key.first, " has not been applied in time; this replica has applied ", applied)));
}

void RevisionWaits::NoteApplied(int64_t revision) {
  const auto served = std::make_shared<std::vector<Waiter>>();
  {
    absl::MutexLock lock(&mutex_);
    while (!waiters_.empty() && waiters_.begin()->first.first <= revision) {
      served->push_back(std::move(waiters_.begin()->second));
      waiters_.erase(waiters_.begin());
    }
    if (served->empty()) return;
    if (executor_ != nullptr && executor_->TrySchedule([served] { Serve(*served); })) return;
  }
  Serve(*served);
}

void RevisionWaits::Serve(const std::vector<Waiter>& served) {
  for (const Waiter& waiter : served) {
    if (!waiter.wait->Settle()) continue;
    // One that throws must not keep the answer from the others.
    Guarded("wait for a revision", [&] { waiter.done(absl::OkStatus()); }).IgnoreError();
  }
}

void RevisionWaits::Fail(const absl::Status& status) {
  absl::btree_map<Key, Waiter> failed;
  {
    absl::MutexLock lock(&mutex_);
    failed.swap(waiters_);
  }
  for (const auto& [key, waiter] : failed) {
    if (waiter.wait->Settle()) waiter.done(status);
  }
}

void RevisionWaits::Stop() {
  std::unique_ptr<Executor> ending;
  {
    absl::MutexLock lock(&mutex_);
    stopped_ = true;
    ending.swap(executor_);
  }
  Fail(MakeError(Reason::kShuttingDown, "the service is stopping"));
  // Serves what is queued.
  ending.reset();
}

void RevisionWaits::Ask() {
  {
    absl::MutexLock lock(&mutex_);
    if (waiters_.empty()) return;
    ask_again_ = asking_;
    if (asking_) return;
    asking_ = true;
    asked_for_ = last_number_;
  }
  StartAsking();
}

void RevisionWaits::StartAsking() {
  catalog_.GetRevision(absl::Now() + kMaxAnswer,
                       [this](const absl::StatusOr<v1::GetRevisionResponse>& answer) { FinishAsking(answer); });
}

void RevisionWaits::FinishAsking(const absl::StatusOr<v1::GetRevisionResponse>& answer) {
  const int64_t current = answer.ok() ? answer->revision() : std::numeric_limits<int64_t>::max();
  std::vector<std::pair<int64_t, Waiter>> refused;
  bool again;
  {
    absl::MutexLock lock(&mutex_);
    for (auto it = waiters_.upper_bound({current, std::numeric_limits<int64_t>::max()}); it != waiters_.end();) {
      // Those who came later may know of a later write.
      if (it->first.second > asked_for_) {
        ++it;
        continue;
      }
      refused.emplace_back(it->first.first, std::move(it->second));
      it = waiters_.erase(it);
    }
    again = ask_again_ && !waiters_.empty();
    ask_again_ = false;
    asking_ = again;
    asked_for_ = last_number_;
  }
  if (again) StartAsking();
  for (const auto& [revision, waiter] : refused) {
    if (waiter.wait->Settle()) waiter.done(NotWritten(waiter.field, revision, current));
  }
}

}  // namespace toolcatalog
