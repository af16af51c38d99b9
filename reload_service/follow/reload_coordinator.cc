#include "reload_service/follow/reload_coordinator.h"

#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/log.h"
#include "common/status.h"
#include "common/steady_time.h"
#include "common/timestamps.h"
#include "toolcatalog/v1/change.pb.h"

// How the cache is kept equal to the catalog.
//
// News comes in two ways: the watcher's thread brings snapshots, writes and bookmarks; the thread of `tools_` brings
// single tools. `Freeze` stops both. Each of the three takes an `ApplyGate::Turn`, so one batch is applied at a time,
// none while frozen, and events are recorded in the order in which batches were applied.
//
// - The proof compares state hashes after each batch; if they differ, a new snapshot is asked for (`Resync`).
// - A request for a reload of everything waits in `requests_` for the snapshot that answers its number, or for the
//   failure of the attempt.
// - Handlers and events follow in `recorder_`, on its own thread: no handler delays the cache.
// - Locks, outermost first: `freezing_`, the gate's turn, then one of `mutex_` and those of the cache, the requests and
//   the recorder, one at a time. Nothing foreign is called with a lock held.

namespace toolcatalog {
namespace {

// Between two snapshots that are requested because the stream is not well.
constexpr absl::Duration kRequestInterval = absl::Minutes(5);
// How long the events that handlers delay are waited for at the end.
constexpr absl::Duration kFarewell = absl::Milliseconds(500);

absl::Status Stopping() { return MakeError(Reason::kShuttingDown, "the service is stopping"); }

}  // namespace

ReloadCoordinator::ReloadCoordinator(const std::shared_ptr<grpc::Channel>& catalog, ProfileCache* cache,
                                     ReloadHistory* history, std::function<void()> on_loaded, const Options& options)
    : cache_(cache),
      on_loaded_(std::move(on_loaded)),
      clock_(options.clock),
      steady_clock_(options.steady_clock),
      gate_(cache),
      proof_(options.steady_clock),
      recorder_(&handlers_, history, options.clock),
      watcher_(catalog, this, options.watch),
      tools_(catalog, cache, &gate_, &recorder_, options.fetch_timeout, options.clock) {}

ReloadCoordinator::~ReloadCoordinator() {
  Stop();
  tools_.Stop();
}

absl::Status ReloadCoordinator::RegisterHandler(std::string name, ReloadHandler handler, absl::Duration time_limit) {
  return handlers_.Register(std::move(name), std::move(handler), time_limit);
}

void ReloadCoordinator::Start() { watcher_.Start(); }

void ReloadCoordinator::Stop() {
  watcher_.Stop();
  requests_.Stop();
  gate_.Stop();
  Fail(requests_.Settle(std::numeric_limits<int64_t>::max()), Stopping());
  if (recorder_.Flush(SteadyTime::Now() + kFarewell)) return;
  // A handler hangs.
  handlers_.Stop();
  recorder_.Flush(SteadyTime::Now() + kFarewell);
}

void ReloadCoordinator::Abandon() {
  tools_.Stop();
  handlers_.Stop();
}

void ReloadCoordinator::ReloadAll(const ReloadRequest& request, Done done) {
  const ReloadWaiter waiter{request, std::move(done)};
  absl::Status status = CheckNotFrozen();
  if (!status.ok()) return Fail({waiter}, status);
  const int64_t number = requests_.Add(waiter);
  if (number == 0) return Fail({waiter}, Stopping());
  // A freeze between the check and `Add` has not failed this request, so this checks again.
  status = CheckNotFrozen();
  if (!status.ok()) return Fail(requests_.Settle(number), status);
  watcher_.Resync(number);
}

bool ReloadCoordinator::RequestResync(const std::string& reason) {
  {
    absl::MutexLock lock(&mutex_);
    const SteadyTime now = steady_clock_();
    if (now - last_request_ < kRequestInterval) return false;
    last_request_ = now;
  }
  Resync(reason);
  return true;
}

void ReloadCoordinator::Resync(const std::string& reason) {
  const int64_t number = requests_.Want(reason);
  if (number > 0) watcher_.Resync(number);
}

bool ReloadCoordinator::OnSnapshot(CatalogSnapshot snapshot) {
  snapshot.received = clock_();
  bool first;
  {
    absl::MutexLock lock(&mutex_);
    first = !loaded_;
  }
  const auto batch = std::make_shared<const ReloadBatch>(std::move(snapshot));
  const auto& held = std::get<CatalogSnapshot>(*batch);
  const std::optional<absl::Status> status = ApplySnapshot(batch, first);
  if (!status.has_value()) return false;
  LogInfo("catalog snapshot loaded", {{"first", first},
                                      {"revision", held.position.revision},
                                      {"versions", held.versions.size()},
                                      {"error", status->message()},
                                      {"duration_ms", absl::ToDoubleMilliseconds(SteadyTime::Now() - held.started)}});
  if (first) on_loaded_();
  if (const auto reason = proof_.OnSnapshot(held)) Resync(*reason);
  return true;
}

std::optional<absl::Status> ReloadCoordinator::ApplySnapshot(const std::shared_ptr<const ReloadBatch>& batch,
                                                             bool first) {
  const auto& snapshot = std::get<CatalogSnapshot>(*batch);
  ApplyGate::Turn turn(&gate_);
  if (turn.frozen()) return std::nullopt;
  NoteConnected(snapshot.position.revision);
  const ApplyOutcome outcome = cache_->Apply(*batch);
  const std::string reason = requests_.SettleWanted(snapshot);
  const std::vector<ReloadWaiter> waiters = requests_.Settle(snapshot.resync);
  std::vector<PendingEvent> events = MakeEvents(waiters, absl::OkStatus(), &outcome, outcome.revision);
  if (first || !reason.empty() || events.empty()) {
    const char* trigger = first ? kTriggerStartup : kTriggerApiUpdate;
    const ReloadRequest cause{"", "", snapshot.started, trigger, reason};
    events.insert(events.begin(), {MakeEvent(cause, absl::OkStatus(), &outcome, outcome.revision), cause.start, {}});
  }
  {
    // Before the event, so that who sees the event finds it counted.
    absl::MutexLock lock(&mutex_);
    if (!first && !reason.empty()) ++resyncs_;
    loaded_ = true;
  }
  recorder_.Add(batch, std::move(events));
  return outcome.status;
}

bool ReloadCoordinator::OnWrite(CatalogWrite write) {
  const ReloadRequest request = RequestOf(write);
  write.received = clock_();
  const auto batch = std::make_shared<const ReloadBatch>(std::move(write));
  const auto& held = std::get<CatalogWrite>(*batch);
  bool connected;
  {
    ApplyGate::Turn turn(&gate_);
    if (turn.frozen()) return false;
    connected = NoteConnected(held.position.revision);
    const ApplyOutcome outcome = cache_->Apply(*batch);
    v1::ReloadEvent event = MakeEvent(request, absl::OkStatus(), &outcome, outcome.revision);
    SetPropagation(held, clock_(), &event);
    recorder_.Add(batch, {{std::move(event), request.start, {}}});
  }
  if (const auto reason = proof_.OnWrite(held)) Resync(*reason);
  if (connected) AskAgain();
  return true;
}

bool ReloadCoordinator::OnBookmark(const CatalogPosition& position) {
  bool connected;
  {
    ApplyGate::Turn turn(&gate_);
    if (turn.frozen()) return false;
    connected = NoteConnected(position.revision);
    cache_->Advance(position.revision);
  }
  if (const auto reason = proof_.OnBookmark(position)) Resync(*reason);
  if (connected) AskAgain();
  return true;
}

void ReloadCoordinator::OnDisconnected(const absl::Status& status, int64_t resync) {
  Link before;
  {
    absl::MutexLock lock(&mutex_);
    before = std::exchange(link_, Link::kDown);
  }
  if (before != Link::kDown) {
    LogWarning("catalog disconnected",
               {{"status", absl::StatusCodeToString(status.code())}, {"error", status.message()}});
  }
  Fail(requests_.Settle(resync), FromCatalog(status));
}

bool ReloadCoordinator::NoteConnected(int64_t revision) {
  {
    absl::MutexLock lock(&mutex_);
    if (std::exchange(link_, Link::kUp) == Link::kUp) return false;
  }
  LogInfo("catalog connected", {{"revision", revision}});
  return true;
}

void ReloadCoordinator::AskAgain() {
  const int64_t number = requests_.WantAgain();
  if (number > 0) watcher_.Resync(number);
}

void ReloadCoordinator::Fail(const std::vector<ReloadWaiter>& waiters, const absl::Status& status) {
  recorder_.Fail(waiters, status, applied());
}

void ReloadCoordinator::Record(v1::ReloadEvent event, SteadyTime start) {
  recorder_.Add(nullptr, {{std::move(event), start, {}}});
}

v1::FreezeState ReloadCoordinator::Freeze(const std::string& reason, const std::string& actor) {
  absl::MutexLock one(&freezing_);
  // Pauses first: what the gate then refuses must not look like a lost connection.
  watcher_.Pause();
  const bool changed = gate_.Close(reason, clock_());
  {
    absl::MutexLock lock(&mutex_);
    link_ = Link::kUnknown;
  }
  Fail(requests_.Settle(std::numeric_limits<int64_t>::max()), CheckNotFrozen());
  if (changed) RecordFreeze("frozen", reason, actor);
  return freeze_state();
}

v1::FreezeState ReloadCoordinator::Thaw(const std::string& actor) {
  absl::MutexLock one(&freezing_);
  const std::optional<ApplyGate::Freeze> ended = gate_.Open();
  if (!ended.has_value()) return freeze_state();
  RecordFreeze("thawed", ended->reason, actor);
  watcher_.Resume();
  return freeze_state();
}

v1::FreezeState ReloadCoordinator::freeze_state() const {
  v1::FreezeState state;
  state.set_revision(applied());
  const std::optional<ApplyGate::Freeze> freeze = gate_.freeze();
  if (!freeze.has_value()) return state;
  state.set_frozen(true);
  *state.mutable_since() = ToTimestamp(freeze->since);
  state.set_reason(freeze->reason);
  return state;
}

void ReloadCoordinator::RecordFreeze(absl::string_view what, const std::string& reason, const std::string& actor) {
  LogInfo(absl::StrCat("replica ", what), {{"reason", reason}, {"actor", actor}, {"revision", applied()}});
  const ReloadRequest request{"", actor, SteadyTime::Now(), kTriggerManual,
                              absl::StrCat(what, reason.empty() ? "" : ": ", reason)};
  Record(MakeEvent(request, absl::OkStatus(), nullptr, applied()), request.start);
}

void ReloadCoordinator::NoteRestartEndedFreeze(const v1::Replica& previous) {
  const ReloadRequest request{"", "", SteadyTime::Now(), kTriggerStartup,
                              absl::StrCat("the restart ended the freeze", previous.freeze_reason().empty() ? "" : ": ",
                                           previous.freeze_reason())};
  Record(MakeEvent(request, absl::OkStatus(), nullptr, applied()), request.start);
}

std::string ReloadCoordinator::stream_state() const {
  if (gate_.freeze().has_value()) return "frozen";
  absl::MutexLock lock(&mutex_);
  if (!loaded_) return "loading";
  return link_ == Link::kUp ? "live" : "disconnected";
}

void ReloadCoordinator::Describe(v1::ReloadStatistics* statistics) const {
  proof_.Describe(statistics);
  statistics->set_stream_state(stream_state());
  statistics->set_reconnects(watcher_.reconnects());
  absl::MutexLock lock(&mutex_);
  statistics->set_resyncs(resyncs_);
}

}  // namespace toolcatalog
