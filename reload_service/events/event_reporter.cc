#include "reload_service/events/event_reporter.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/strings/match.h"
#include "absl/time/clock.h"
#include "common/guarded.h"
#include "common/log.h"
#include "common/status.h"
#include "common/steady_time.h"
#include "common/timestamps.h"
#include "common/version.h"

// How events reach the catalog.
//
// One thread sends reports, one at a time: at once when there is news, at a bounded pace, and a heartbeat when there is
// none. A report that fails is repeated after a growing pause; the catalog keeps an event once, so that is harmless.
//
// - `progress_.settled_event_id` is the last event that needs no report any more: it was stored, or it was dropped and
//   is counted in `progress_.missing`, which the next stored event carries.
// - A report that the catalog refuses is narrowed to fewer and fewer events, until the culprit is alone. It is dropped
//   and counted if the catalog names it, or takes a report without events but refuses the event a second time.
// - `ReporterBell` wakes the thread. The history and the calls share it, so it may outlive the reporter.
// - `Stop` sends a last report, within `last_word`. Locks: the bell's and `mutex_` are never held together.

namespace toolcatalog {
namespace {

constexpr size_t kMaxEvents = 1000;
constexpr size_t kMaxBytes = 1 << 20;
// How often an idle reporter looks whether the applied revision has moved.
constexpr absl::Duration kLook = absl::Milliseconds(200);
// Failed attempts at the last report, after which it is given up.
constexpr int kMaxLastAttempts = 2;
constexpr char kFrozen[] = "frozen";

google::protobuf::Timestamp InMicros(absl::Time time) {
  return ToTimestamp(absl::FromUnixMicros(absl::ToUnixMicros(time)));
}

// Whether the catalog says that it refuses the events, and not what the report says of the replica.
bool RefusesEvents(const absl::Status& status) {
  const std::vector<std::string> fields = ViolatedFields(status);
  return !fields.empty() && absl::c_all_of(fields, [](absl::string_view field) {
    return field == "events" || absl::StartsWith(field, "events[");
  });
}

// Whether the same report would fail again. Then one of its events may be the reason: of an error in the database the
// status does not say which.
bool IsLasting(const absl::Status& status) {
  return !absl::IsUnavailable(status) && !absl::IsDeadlineExceeded(status) && !absl::IsCancelled(status) &&
         !absl::IsAborted(status) && !absl::IsResourceExhausted(status);
}

}  // namespace

EventReporter::EventReporter(const std::shared_ptr<grpc::Channel>& catalog, ReloadHistory* history,
                             const ReplicaStatistics* statistics, Surroundings surroundings, const Timing& timing)
    : history_(history),
      statistics_(statistics),
      surroundings_(std::move(surroundings)),
      timing_(timing),
      bell_(std::make_shared<ReporterBell>()),
      backoff_(timing.min_backoff),
      max_events_(kMaxEvents),
      client_(catalog) {}

EventReporter::~EventReporter() { Stop(); }

void EventReporter::Start() {
  history_->Subscribe(bell_);
  thread_.Start([this] { Run(); });
}

void EventReporter::Stop() {
  bell_->Stop(timing_.last_word);
  thread_.Join();
  history_->Unsubscribe(bell_.get());
}

EventReporter::Progress EventReporter::progress() const {
  absl::MutexLock lock(&mutex_);
  return progress_;
}

void EventReporter::Describe(v1::ReloadStatistics* statistics) const {
  const ReplicaIdentity& identity = history_->identity();
  statistics->set_replica(identity.replica);
  statistics->set_boot_id(identity.boot_id);
  *statistics->mutable_started_at() = InMicros(identity.started_at);
  absl::MutexLock lock(&mutex_);
  statistics->set_events_dropped(dropped_);
  // What was applied may be newer than the last answer.
  statistics->set_catalog_revision(std::max(catalog_revision_, statistics->applied_revision()));
  statistics->set_lag(statistics->catalog_revision() - statistics->applied_revision());
}

void EventReporter::Run() {
  while (AwaitNews()) {
    const absl::Status status = Guarded("report of events", [this] { Report(/*stopping=*/false, timing_.timeout); });
    // What threw once may throw each time: it is not tried without a pause.
    if (!status.ok()) not_before_ = SteadyTime::Now() + timing_.max_backoff;
  }
  Guarded("last report of events", [this] { ReportLast(); }).IgnoreError();
}

bool EventReporter::AwaitNews() {
  if (bell_->AwaitStop(not_before_)) return false;
  while (!HasNews()) {
    if (bell_->AwaitEvent(std::min(heartbeat_due_, SteadyTime::Now() + kLook))) return false;
  }
  return true;
}

bool EventReporter::HasNews() {
  const int64_t revision = surroundings_.applied_revision();
  if (revision != applied_revision_) applied_at_ = absl::Now();
  applied_revision_ = revision;
  return revision != reported_revision_ || history_->last_event_id() > progress().settled_event_id ||
         SteadyTime::Now() >= heartbeat_due_;
}

void EventReporter::ReportLast() {
  for (int failures = 0; failures < kMaxLastAttempts && SteadyTime::Now() < bell_->end();) {
    if (!Report(/*stopping=*/true, bell_->end() - SteadyTime::Now())) {
      ++failures;
    } else if (progress().settled_event_id >= history_->last_event_id()) {
      return;
    }
  }
}

bool EventReporter::Report(bool stopping, absl::Duration timeout) {
  const int64_t newest = history_->last_event_id();
  const internal::v1::ReportReloadEventsRequest request = NextReport(stopping);
  const Answer answer = Send(request, timeout);
  const SteadyTime now = SteadyTime::Now();
  heartbeat_due_ = now + timing_.heartbeat;
  if (!answer.ok()) {
    OnFailure(request, answer.status());
    return false;
  }
  if (!connected_) LogInfo("events are reported to the catalog again");
  connected_ = true;
  backoff_ = timing_.min_backoff;
  const bool told_news = request.events_size() > 0 || request.replica().applied_revision() != reported_revision_;
  const bool more_wait = request.events_size() > 0 && request.events().rbegin()->event_id() < newest;
  not_before_ = told_news && !more_wait ? now + timing_.pace : now;
  OnAnswer(request, *answer);
  return true;
}

internal::v1::ReportReloadEventsRequest EventReporter::NextReport(bool stopping) {
  internal::v1::ReportReloadEventsRequest request;
  const size_t most = is_probe_ ? 0 : max_events_;
  const ReloadHistory::Events events = history_->After(progress().settled_event_id, most, kMaxBytes);
  for (const auto& event : events) *request.add_events() = *event;
  if (!events.empty()) {
    CountDropped(*events.front());
    request.mutable_events(0)->set_missing_before(progress().missing);
  }
  *request.mutable_replica() = DescribeReplica();
  request.set_unanswered(!answered_);
  // While drops are not reported, it does not say that it stops: the catalog then shows the gap, as after a crash.
  request.set_stopping(stopping && (progress().missing == 0 || !events.empty()) &&
                       (events.empty() || events.back()->event_id() == history_->last_event_id()));
  return request;
}

void EventReporter::CountDropped(const v1::ReloadEvent& first) {
  absl::MutexLock lock(&mutex_);
  const int64_t dropped = first.event_id() - 1 - progress_.settled_event_id;
  dropped_ += dropped;
  progress_.missing += dropped;
  progress_.settled_event_id += dropped;
}

v1::Replica EventReporter::DescribeReplica() {
  v1::Replica replica;
  replica.set_version(kVersion);
  v1::ReloadStatistics* statistics = replica.mutable_statistics();
  *statistics = statistics_->Report();
  replica.set_name(statistics->replica());
  replica.set_boot_id(statistics->boot_id());
  *replica.mutable_started_at() = statistics->started_at();
  replica.set_applied_revision(applied_revision_);
  if (applied_revision_ > 0) *replica.mutable_applied_at() = InMicros(applied_at_);
  replica.set_state(statistics->stream_state());
  replica.set_freeze_reason(surroundings_.freeze_reason());
  return replica;
}

EventReporter::Answer EventReporter::Send(internal::v1::ReportReloadEventsRequest request, absl::Duration timeout) {
  auto slot = std::make_shared<ReporterBell::Slot>();
  client_.ReportReloadEvents(std::move(request), absl::Now() + timeout,
                             [bell = bell_, slot](Answer answer) { bell->Put(slot.get(), std::move(answer)); });
  return bell_->AwaitAnswer(slot.get());
}

void EventReporter::OnAnswer(const internal::v1::ReportReloadEventsRequest& request,
                             const internal::v1::ReportReloadEventsResponse& response) {
  answered_ = true;
  reported_revision_ = request.replica().applied_revision();
  if (!std::exchange(is_probe_, false)) max_events_ = std::min(2 * max_events_, kMaxEvents);
  {
    absl::MutexLock lock(&mutex_);
    catalog_revision_ = response.revision();
    if (request.events_size() > 0) progress_ = {request.events().rbegin()->event_id(), 0};
  }
  if (response.superseded() && !superseded_) {
    LogWarning("another process reports under this replica's name: names must be unique",
               {{"replica", request.replica().name()}});
  }
  superseded_ = response.superseded();
  const v1::Replica& previous = response.previous();
  if (previous.state() == kFrozen && !std::exchange(told_of_freeze_, true)) surroundings_.on_freeze_ended(previous);
  surroundings_.on_hooks(response.hooks());
}

void EventReporter::OnFailure(const internal::v1::ReportReloadEventsRequest& request, const absl::Status& status) {
  if (connected_) {
    LogWarning("events cannot be reported to the catalog",
               {{"status", absl::StatusCodeToString(status.code())}, {"error", status.message()}});
  }
  connected_ = false;
  if (IsLasting(status) && request.events_size() > 0) {
    not_before_ = SteadyTime::Now() + timing_.pace;
    Narrow(request, status);
  } else {
    // No event is the reason for what a report without events meets too.
    if (IsLasting(status)) suspect_ = 0;
    is_probe_ = is_probe_ && !IsLasting(status);
    not_before_ = SteadyTime::Now() + absl::Uniform(random_, 0.5, 1.0) * backoff_;
    backoff_ = std::min(2 * backoff_, timing_.max_backoff);
  }
}

void EventReporter::Narrow(const internal::v1::ReportReloadEventsRequest& request, const absl::Status& status) {
  max_events_ = std::max(request.events_size() / 2, 1);
  if (request.events_size() > 1) return;
  const int64_t refused = request.events(0).event_id();
  if (!RefusesEvents(status) && std::exchange(suspect_, refused) != refused) {
    is_probe_ = true;
    return;
  }
  LogError("the catalog refuses an event, which is dropped", {{"event_id", refused}, {"error", status.message()}});
  absl::MutexLock lock(&mutex_);
  ++dropped_;
  ++progress_.missing;
  progress_.settled_event_id = refused;
}

}  // namespace toolcatalog
