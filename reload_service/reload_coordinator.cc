#include "reload_service/reload_coordinator.h"

#include <google/protobuf/util/time_util.h>

#include <exception>
#include <limits>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "common/definition.h"
#include "common/log.h"
#include "common/status.h"

namespace toolcatalog {
namespace {

// Answers of the catalog that may wait for their turn to be applied.
constexpr size_t kMaxQueuedFetches = 10000;

absl::Status ApplyTo(ReloadHandler& handler, const ReloadBatch& batch) {
  try {
    return handler.Apply(batch);
  } catch (const std::exception& error) {
    return absl::InternalError(error.what());
  } catch (...) {
    return absl::InternalError("unknown exception");
  }
}

std::string ErrorText(const ReloadRequest& request, const absl::Status& status) {
  if (absl::IsNotFound(status)) return absl::StrCat("Tool not found: ", request.tool_name);
  return std::string(status.message());
}

// The catalog's error, or that of the way to it, as this service tells it.
absl::Status FromCatalog(const absl::Status& status) {
  if (status.ok()) return status;
  return absl::Status(status.code(), absl::StrCat("catalog: ", status.message()));
}

// The tool that a write is about, in its own spelling; "" if it is about several or none.
std::string OnlyTool(const CatalogWrite& write) {
  std::set<std::string> keys;
  for (const v1::Change& change : write.changes) keys.insert(NameKey(change.tool_name()));
  return keys.size() == 1 ? write.changes.front().tool_name() : "";
}

int64_t CountTools(const CatalogSnapshot& snapshot) {
  int64_t count = 0;
  for (const v1::Snapshot& part : snapshot.parts) count += part.tools_size();
  return count;
}

}  // namespace

// The right to apply a batch; waits until no other batch is being applied. Handlers run without a lock held.
class ReloadCoordinator::Turn {
 public:
  explicit Turn(ReloadCoordinator* owner) : owner_(owner) {
    absl::MutexLock lock(&owner_->mutex_);
    const auto is_free = +[](ReloadCoordinator* c) ABSL_NO_THREAD_SAFETY_ANALYSIS { return !c->applying_; };
    owner_->mutex_.Await(absl::Condition(is_free, owner_));
    owner_->applying_ = true;
  }
  ~Turn() {
    absl::MutexLock lock(&owner_->mutex_);
    owner_->applying_ = false;
  }

 private:
  ReloadCoordinator* const owner_;
};

ReloadCoordinator::ReloadCoordinator(const std::shared_ptr<grpc::Channel>& catalog, ProfileCache* cache,
                                     ReloadHistory* history, std::function<void()> on_loaded, const Options& options)
    : cache_(cache),
      history_(history),
      on_loaded_(std::move(on_loaded)),
      executor_(1, kMaxQueuedFetches),
      watcher_(catalog, this, options.watch),
      fetcher_(catalog, cache, options.fetch_timeout,
               [this](CompletedFetch fetch) { ScheduleFinish(std::move(fetch)); }) {}

ReloadCoordinator::~ReloadCoordinator() { Stop(); }

void ReloadCoordinator::Start() { watcher_.Start(); }

void ReloadCoordinator::Stop() {
  watcher_.Stop();
  {
    absl::MutexLock lock(&mutex_);
    stopped_ = true;
  }
  Answer(TakeSnapshotWaiters(std::numeric_limits<int64_t>::max()), absl::UnavailableError("the service is stopping"));
}

void ReloadCoordinator::ReloadTool(const ReloadRequest& request, Done done) {
  fetcher_.Fetch(NameKey(request.tool_name), cache_->NextSequence(), {request, std::move(done)});
}

void ReloadCoordinator::Refresh(const std::string& key, int64_t invalid_mark, std::function<void()> done) {
  fetcher_.Fetch(key, invalid_mark, {std::nullopt, [done = std::move(done)](const v1::ReloadEvent&) { done(); }});
}

void ReloadCoordinator::ReloadAll(const ReloadRequest& request, Done done) {
  ReloadWaiter waiter{request, std::move(done)};
  int64_t number = 0;
  {
    absl::MutexLock lock(&mutex_);
    if (!stopped_) {
      number = ++resyncs_;
      snapshot_waiters_.push_back({number, std::move(waiter)});
    }
  }
  if (number == 0) {
    Answer({std::move(waiter)}, absl::UnavailableError("the service is stopping"));
  } else {
    watcher_.Resync(number);
  }
}

std::vector<ReloadWaiter> ReloadCoordinator::TakeSnapshotWaiters(int64_t number) {
  std::vector<ReloadWaiter> taken;
  std::vector<SnapshotWaiter> kept;
  absl::MutexLock lock(&mutex_);
  for (SnapshotWaiter& candidate : snapshot_waiters_) {
    if (candidate.number <= number) {
      taken.push_back(std::move(candidate.waiter));
    } else {
      kept.push_back(std::move(candidate));
    }
  }
  snapshot_waiters_.swap(kept);
  return taken;
}

bool ReloadCoordinator::OnSnapshot(CatalogSnapshot snapshot) {
  NoteConnected(snapshot.position.revision);
  const bool first = !loaded_, asked_for = snapshot.resync > 0;
  const char* trigger = first ? kTriggerStartup : asked_for ? kTriggerManual : kTriggerApiUpdate;
  const int64_t resync = snapshot.resync, versions = CountTools(snapshot);
  const ReloadRequest request{"", "", snapshot.started};
  const absl::Status status = Apply(std::move(snapshot));
  loaded_ = true;
  LogInfo("catalog snapshot loaded", {{"trigger", trigger},
                                      {"revision", cache_->GetFreshness().revision},
                                      {"versions", versions},
                                      {"error", status.message()},
                                      {"duration_ms", absl::ToDoubleMilliseconds(absl::Now() - request.start)}});
  const std::vector<ReloadWaiter> waiters = TakeSnapshotWaiters(resync);
  if (first || waiters.empty()) Record(trigger, request, status);
  Answer(waiters, status);
  if (first) on_loaded_();
  return true;
}

bool ReloadCoordinator::OnWrite(CatalogWrite write) {
  NoteConnected(write.position.revision);
  const std::string actor = write.changes.empty() ? "" : write.changes.front().actor();
  const ReloadRequest request{OnlyTool(write), actor, write.received};
  Record(kTriggerApiUpdate, request, Apply(std::move(write)));
  return true;
}

bool ReloadCoordinator::OnBookmark(const CatalogPosition& position, absl::Time received) {
  NoteConnected(position.revision);
  cache_->Advance(position.revision, received);
  return true;
}

void ReloadCoordinator::OnDisconnected(const absl::Status& status, int64_t resync) {
  if (link_ != Link::kDown) {
    LogWarning("catalog disconnected",
               {{"status", absl::StatusCodeToString(status.code())}, {"error", status.message()}});
  }
  link_ = Link::kDown;
  Answer(TakeSnapshotWaiters(resync), FromCatalog(status));
}

void ReloadCoordinator::NoteConnected(int64_t revision) {
  if (link_ != Link::kUp) LogInfo("catalog connected", {{"revision", revision}});
  link_ = Link::kUp;
}

absl::Status ReloadCoordinator::Apply(const ReloadBatch& batch) {
  Turn turn(this);
  std::vector<std::string> failures;
  const ApplyOutcome outcome = cache_->Apply(batch);
  if (!outcome.status.ok()) failures.push_back(absl::StrCat("profile_cache: ", outcome.status.message()));
  for (ReloadHandler* handler : handlers_) {
    const absl::Status status = ApplyTo(*handler, batch);
    if (!status.ok()) failures.push_back(absl::StrCat(handler->name(), ": ", status.message()));
  }
  return failures.empty() ? absl::OkStatus() : absl::InternalError(absl::StrJoin(failures, "; "));
}

v1::ReloadEvent ReloadCoordinator::Record(absl::string_view trigger, const ReloadRequest& request,
                                          const absl::Status& status) {
  using google::protobuf::util::TimeUtil;
  const absl::Time now = absl::Now();
  v1::ReloadEvent event;
  event.set_trigger(std::string(trigger));
  if (!request.tool_name.empty()) event.set_tool_name(request.tool_name);
  if (!request.triggered_by.empty()) event.set_triggered_by(request.triggered_by);
  *event.mutable_timestamp() = TimeUtil::NanosecondsToTimestamp(absl::ToUnixNanos(now));
  event.set_duration_ms(absl::ToDoubleMilliseconds(now - request.start));
  event.set_success(status.ok());
  if (!status.ok()) event.set_error(ErrorText(request, status));
  event.set_revision(cache_->GetFreshness().revision);
  return history_->Record(std::move(event));
}

void ReloadCoordinator::Answer(const std::vector<ReloadWaiter>& waiters, const absl::Status& status) {
  std::map<std::pair<std::string, std::string>, v1::ReloadEvent> events;
  for (const ReloadWaiter& waiter : waiters) {
    if (!waiter.request.has_value()) {
      waiter.done(v1::ReloadEvent());
      continue;
    }
    const ReloadRequest& request = *waiter.request;
    auto [event, added] = events.try_emplace({request.tool_name, request.triggered_by});
    if (added) event->second = Record(kTriggerManual, request, status);
    waiter.done(event->second);
  }
}

void ReloadCoordinator::ScheduleFinish(CompletedFetch fetch) {
  auto shared = std::make_shared<CompletedFetch>(std::move(fetch));
  if (executor_.TrySchedule([this, shared] { FinishFetch(*shared); })) return;
  Answer(shared->waiters, absl::ResourceExhaustedError("too many reloads are waiting; try again later"));
}

void ReloadCoordinator::FinishFetch(const CompletedFetch& fetch) {
  absl::Status status = FromCatalog(fetch.response.status());
  FetchedTool fetched{fetch.key, std::nullopt, "", 0, fetch.sequence, fetch.received};
  if (status.ok()) {
    fetched.tool = fetch.response->tool();
    fetched.content_hash = fetch.response->content_hash();
    fetched.as_of = fetch.response->as_of_revision();
    status = Apply(fetched);
  } else if (absl::IsNotFound(status) &&
             absl::SimpleAtoi(ErrorMetadata(fetch.response.status(), "as_of_revision"), &fetched.as_of)) {
    Apply(fetched).IgnoreError();
  }
  Answer(fetch.waiters, status);
}

}  // namespace toolcatalog
