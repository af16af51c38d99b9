#include "reload_service/follow/replica_waits.h"

#include <algorithm>
#include <future>
#include <limits>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "common/guarded.h"
#include "common/status.h"
#include "common/steady_time.h"

namespace toolcatalog {
namespace {

constexpr size_t kMaxWaiters = 10000;
// Replicas that an error names.
constexpr size_t kMaxNamed = 5;
constexpr absl::Duration kInterval = absl::Milliseconds(50);
// How long the catalog may take to answer.
constexpr absl::Duration kMaxAnswer = absl::Seconds(1);

bool IsRunning(const v1::Replica& replica) { return replica.state() != "stopped" && replica.state() != "lost"; }

// What all running replicas have applied at least, and how many they are.
v1::WaitForRevisionResponse Summarize(const v1::ListReplicasResponse& replicas) {
  v1::WaitForRevisionResponse summary;
  int64_t lowest = std::numeric_limits<int64_t>::max();
  for (const v1::Replica& replica : replicas.replicas()) {
    if (!IsRunning(replica)) continue;
    lowest = std::min(lowest, replica.applied_revision());
    summary.set_replicas(summary.replicas() + 1);
  }
  summary.set_revision(summary.replicas() > 0 ? lowest : 0);
  return summary;
}

std::string NameThoseBehind(const v1::ListReplicasResponse& replicas, int64_t revision) {
  std::vector<std::string> names;
  for (const v1::Replica& replica : replicas.replicas()) {
    if (!IsRunning(replica) || replica.applied_revision() >= revision) continue;
    names.push_back(absl::StrCat("\"", replica.name(), "\" has applied ", replica.applied_revision()));
  }
  const size_t named = std::min(names.size(), kMaxNamed);
  std::string text = absl::StrJoin(names.begin(), names.begin() + named, ", ");
  if (named < names.size()) absl::StrAppend(&text, ", and ", names.size() - named, " more are behind");
  return text.empty() ? "no replica has reported yet" : text;
}

absl::Status Stopping() { return MakeError(Reason::kShuttingDown, "the service is stopping"); }

}  // namespace

ReplicaWaits::ReplicaWaits(const std::shared_ptr<grpc::Channel>& catalog) : catalog_(catalog) {
  thread_.Start([this] { Run(); });
}

ReplicaWaits::~ReplicaWaits() { Stop(); }

void ReplicaWaits::Await(int64_t revision, absl::Time deadline, const Done& done) {
  const absl::Status status = Add(revision, deadline, done);
  if (!status.ok()) done(status);
}

absl::Status ReplicaWaits::Add(int64_t revision, absl::Time deadline, Done done) {
  absl::MutexLock lock(&mutex_);
  if (stopping_) return Stopping();
  if (waiters_.size() >= kMaxWaiters) {
    return MakeError(Reason::kTooManyWaits,
                     absl::StrCat("at most ", kMaxWaiters, " calls may wait for all replicas; try again later"));
  }
  const int64_t number = ++last_number_;
  // Under the lock, so that it cannot expire before it is found. Alarms call back on threads of their own.
  auto wait = BoundedWait::Start(deadline, [this, number, revision, done] { Expire(number, revision, done); });
  waiters_.emplace(number, Waiter{revision, std::move(done), std::move(wait)});
  return absl::OkStatus();
}

void ReplicaWaits::Expire(int64_t number, int64_t revision, const Done& done) {
  std::string why;
  {
    absl::MutexLock lock(&mutex_);
    waiters_.erase(number);
    why = last_answer_.ok() ? NameThoseBehind(*last_answer_, revision)
                            : absl::StrCat("catalog: ", last_answer_.status().message());
  }
  done(MakeError(Reason::kRevisionNotApplied,
                 absl::StrCat("revision ", revision, " has not been applied by all replicas in time: ", why)));
}

void ReplicaWaits::Stop() {
  absl::btree_map<int64_t, Waiter> failed;
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
    stopped_.NotifyAll();
    failed.swap(waiters_);
  }
  for (const auto& [number, waiter] : failed) {
    if (waiter.wait->Settle()) waiter.done(Stopping());
  }
  catalog_.Stop();
  thread_.Join();
}

void ReplicaWaits::Run() {
  while (AwaitWaiters()) {
    Guarded("wait for all replicas", [this] { Settle(AskCatalog()); }).IgnoreError();
    absl::MutexLock lock(&mutex_);
    stopped_.AwaitUntil(mutex_, absl::Condition(&stopping_), SteadyTime::Now() + kInterval);
  }
}

bool ReplicaWaits::AwaitWaiters() {
  absl::MutexLock lock(&mutex_);
  const auto some =
      +[](ReplicaWaits* self) ABSL_NO_THREAD_SAFETY_ANALYSIS { return self->stopping_ || !self->waiters_.empty(); };
  mutex_.Await(absl::Condition(some, this));
  return !stopping_;
}

ReplicaWaits::Answer ReplicaWaits::AskCatalog() {
  // Shared, because the waiter may be gone before the callback has let go of the promise.
  const auto answer = std::make_shared<std::promise<Answer>>();
  catalog_.ListReplicas({}, absl::Now() + kMaxAnswer,
                        [answer](Answer response) { answer->set_value(std::move(response)); });
  return answer->get_future().get();
}

void ReplicaWaits::Settle(Answer answer) {
  const v1::WaitForRevisionResponse summary = answer.ok() ? Summarize(*answer) : v1::WaitForRevisionResponse();
  std::vector<Waiter> served;
  {
    absl::MutexLock lock(&mutex_);
    last_answer_ = std::move(answer);
    for (auto it = waiters_.begin(); it != waiters_.end();) {
      if (it->second.revision > summary.revision()) {
        ++it;
        continue;
      }
      served.push_back(std::move(it->second));
      it = waiters_.erase(it);
    }
  }
  for (const Waiter& waiter : served) {
    if (!waiter.wait->Settle()) continue;
    // One that throws must not keep the answer from the others.
    Guarded("wait for all replicas", [&] { waiter.done(summary); }).IgnoreError();
  }
}

}  // namespace toolcatalog
