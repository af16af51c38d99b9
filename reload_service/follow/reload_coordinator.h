#ifndef RELOAD_SERVICE_FOLLOW_RELOAD_COORDINATOR_H_
#define RELOAD_SERVICE_FOLLOW_RELOAD_COORDINATOR_H_

#include <grpcpp/grpcpp.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "clients/cpp/catalog_watcher.h"
#include "common/clock.h"
#include "common/steady_time.h"
#include "reload_service/cache/profile_cache.h"
#include "reload_service/cache/reload_batch.h"
#include "reload_service/cache/state_proof.h"
#include "reload_service/events/handler_registry.h"
#include "reload_service/events/reload_events.h"
#include "reload_service/events/reload_history.h"
#include "reload_service/events/reload_recorder.h"
#include "reload_service/follow/apply_gate.h"
#include "reload_service/follow/snapshot_requests.h"
#include "reload_service/follow/tool_reloads.h"
#include "toolcatalog/v1/reload.pb.h"
#include "toolcatalog/v1/replica.pb.h"

namespace toolcatalog {

// Carries out every reload. It follows the catalog, has the profile cache apply one batch at a time, proves that
// nothing is missing, and hands each reload on to the recorder, which runs the handlers and records what happened.
// Thread-safe. Cache and history must outlive it.
class ReloadCoordinator final : public CatalogWatcher::Observer {
 public:
  struct Options {
    CatalogWatcher::Timing watch;
    // How long the catalog may take to answer for one tool.
    absl::Duration fetch_timeout = absl::Seconds(2);
    // Tells at what time something arrived or ended.
    Clock clock = absl::Now;
    // What the pauses between snapshots that something wrong asks for are measured by.
    SteadyClock steady_clock = SteadyTime::Now;
  };
  using Done = ToolReloads::Done;

  // `on_loaded` is called once, when the first snapshot has been applied.
  ReloadCoordinator(const std::shared_ptr<grpc::Channel>& catalog, ProfileCache* cache, ReloadHistory* history,
                    std::function<void()> on_loaded, const Options& options);
  // Stops. It leaves a handler that hangs behind after a short time.
  ~ReloadCoordinator() override;

  // Adds a handler after those that are there, for the reloads that follow. Errors are those of
  // `HandlerRegistry::Register`.
  absl::Status RegisterHandler(std::string name, ReloadHandler handler, absl::Duration time_limit = absl::Seconds(1));
  // Starts to follow the catalog.
  void Start();
  // Stops following the catalog and fails the reloads of everything that wait for it. Then it waits a short time until
  // all events are recorded. Single tools can still be asked for.
  void Stop();
  // Fails the fetches under way, and lets no reload wait for a handler.
  void Abandon();

  // Loads one tool from the catalog again. `done` gets the event, on any thread, and must not block. A failure is an
  // event without success. Requests for the same tool share a fetch that begins after the last of them. Requests that
  // are alike share the event.
  void ReloadTool(const ReloadRequest& request, Done done) { tools_.Reload(request, std::move(done)); }
  // The same for all tools, by a new snapshot.
  void ReloadAll(const ReloadRequest& request, Done done);
  // Fetches a tool for a read of an entry that carries `invalid_mark`. No event is recorded. `done` is called when the
  // fetch has ended, whether it succeeded or not. While frozen it is called at once.
  void Refresh(const std::string& key, int64_t invalid_mark, std::function<void()> done) {
    tools_.Refresh(key, invalid_mark, std::move(done));
  }

  // Fetches a tool that is not as the catalog has it. No event is recorded: `done` gets one that only says what became
  // of the profile.
  void Mend(const std::string& key, Done done) { tools_.Mend(key, std::move(done)); }
  // Takes a new snapshot as soon as possible, because something is wrong with the stream. Its event carries `reason`.
  // Returns false, and does nothing, if this was called in the last 5 minutes. A snapshot that is awaited already will
  // do.
  bool RequestResync(const std::string& reason);
  // Waits until the cache has applied `revision`. False if that is not so by `deadline`, when stopped, or while frozen.
  bool AwaitRevision(int64_t revision, SteadyTime deadline) const { return gate_.AwaitRevision(revision, deadline); }
  // Records an event that concerns no batch.
  void Record(v1::ReloadEvent event, SteadyTime start);

  // Waits for the batch under way; nothing is applied once this has returned. Reloads that wait for the catalog fail.
  // Calling it again replaces the reason; the time of the freeze stays. `actor` may be empty, as in `Thaw`.
  v1::FreezeState Freeze(const std::string& reason, const std::string& actor);
  // Goes on from the position that was reached. Does nothing unless frozen.
  v1::FreezeState Thaw(const std::string& actor);
  v1::FreezeState freeze_state() const;
  // Whether it is frozen. Takes no lock.
  bool is_frozen() const { return gate_.is_frozen(); }
  // FAILED_PRECONDITION that says since when and why it is frozen, else OK.
  absl::Status CheckNotFrozen() const { return gate_.CheckOpen(); }
  // Records that the start of this process ended the freeze of the one before it, `previous`.
  void NoteRestartEndedFreeze(const v1::Replica& previous);

  // "loading", "live", "disconnected" or "frozen".
  std::string stream_state() const;
  // Fills stream_state, reconnects, resyncs and what the proof tells.
  void Describe(v1::ReloadStatistics* statistics) const;

 private:
  bool OnSnapshot(CatalogSnapshot snapshot) override;
  bool OnWrite(CatalogWrite write) override;
  bool OnBookmark(const CatalogPosition& position) override;
  void OnDisconnected(const absl::Status& status, int64_t resync) override;
  // The stream has brought something. Returns whether the stream was away before.
  bool NoteConnected(int64_t revision);
  // Takes a new snapshot for `reason`. Does nothing while such a snapshot is awaited.
  void Resync(const std::string& reason);
  // Asks again for a snapshot that was wanted when the stream went away.
  void AskAgain();

  // Has the cache apply the snapshot, and records its events. Nullopt if nothing may be applied.
  std::optional<absl::Status> ApplySnapshot(const std::shared_ptr<const ReloadBatch>& batch, bool first);
  // Records an event for each request without a batch, and tells the waiters.
  void Fail(const std::vector<ReloadWaiter>& waiters, const absl::Status& status);
  void RecordFreeze(absl::string_view what, const std::string& reason, const std::string& actor);
  int64_t applied() const { return cache_->GetFreshness().revision; }

  ProfileCache* const cache_;
  const std::function<void()> on_loaded_;
  const Clock clock_;
  const SteadyClock steady_clock_;

  ApplyGate gate_;
  // Held by a freeze or a thaw as a whole.
  absl::Mutex freezing_;
  mutable absl::Mutex mutex_;
  bool loaded_ ABSL_GUARDED_BY(mutex_) = false;
  enum class Link { kUnknown, kUp, kDown } link_ ABSL_GUARDED_BY(mutex_) = Link::kUnknown;
  SteadyTime last_request_ ABSL_GUARDED_BY(mutex_);
  // Snapshots that were taken because something was wrong.
  int64_t resyncs_ ABSL_GUARDED_BY(mutex_) = 0;

  SnapshotRequests requests_;
  StateProof proof_;
  HandlerRegistry handlers_;
  ReloadRecorder recorder_;
  // These call back, so they are destroyed first, the last one first.
  CatalogWatcher watcher_;
  ToolReloads tools_;
};

}  // namespace toolcatalog

#endif  // RELOAD_SERVICE_FOLLOW_RELOAD_COORDINATOR_H_
