#ifndef RELOAD_SERVICE_RELOAD_COORDINATOR_H_
#define RELOAD_SERVICE_RELOAD_COORDINATOR_H_

#include <grpcpp/grpcpp.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "clients/cpp/catalog_watcher.h"
#include "common/executor.h"
#include "reload_service/profile_cache.h"
#include "reload_service/reload_handler.h"
#include "reload_service/reload_history.h"
#include "reload_service/tool_fetcher.h"

namespace toolcatalog {

// Carries out every reload: follows the catalog, asks it for single tools, runs the handlers (the profile cache first)
// one batch at a time, and records what happened. A handler that fails or throws does not keep the others from running.
// Thread-safe. Cache, history and handlers must outlive it.
class ReloadCoordinator final : public CatalogWatcher::Observer {
 public:
  struct Options {
    CatalogWatcher::Timing watch;
    // How long the catalog may take to answer for one tool.
    absl::Duration fetch_timeout = absl::Seconds(2);
  };
  using Done = std::function<void(const v1::ReloadEvent&)>;

  // `on_loaded` is called once, when the first snapshot has been applied.
  ReloadCoordinator(const std::shared_ptr<grpc::Channel>& catalog, ProfileCache* cache, ReloadHistory* history,
                    std::function<void()> on_loaded, const Options& options);
  // Stops.
  ~ReloadCoordinator() override;

  // Adds a handler after those that are there. Before `Start` only.
  void AddHandler(ReloadHandler* handler) { handlers_.push_back(handler); }
  // Starts to follow the catalog.
  void Start();
  // Stops to follow the catalog and fails the reloads of everything that wait for it. Single tools can still be asked
  // for.
  void Stop();

  // Loads one tool from the catalog again. `done` gets the event, on any thread, and must not block; a failure is an
  // event without success. Requests for the same tool share a fetch that begins after the last of them, and those that
  // are alike share the event.
  void ReloadTool(const ReloadRequest& request, Done done);
  // The same for all tools, by a new snapshot.
  void ReloadAll(const ReloadRequest& request, Done done);
  // Fetches a tool for a read of an entry that carries `invalid_mark`; no event is recorded. `done` says that the cache
  // is as fresh as the catalog lets it be.
  void Refresh(const std::string& key, int64_t invalid_mark, std::function<void()> done);

 private:
  class Turn;
  struct SnapshotWaiter {
    int64_t number = 0;
    ReloadWaiter waiter;
  };

  bool OnSnapshot(CatalogSnapshot snapshot) override;
  bool OnWrite(CatalogWrite write) override;
  bool OnBookmark(const CatalogPosition& position, absl::Time received) override;
  void OnDisconnected(const absl::Status& status, int64_t resync) override;
  void NoteConnected(int64_t revision);

  // Runs the handlers, when it is this batch's turn, and says which failed and why.
  absl::Status Apply(const ReloadBatch& batch);
  v1::ReloadEvent Record(absl::string_view trigger, const ReloadRequest& request, const absl::Status& status);
  // Records one event for all requests that are alike, and tells it to those who wait.
  void Answer(const std::vector<ReloadWaiter>& waiters, const absl::Status& status);
  // Those who wait for a snapshot up to this number; they wait no longer.
  std::vector<ReloadWaiter> TakeSnapshotWaiters(int64_t number);
  void ScheduleFinish(CompletedFetch fetch);
  void FinishFetch(const CompletedFetch& fetch);

  ProfileCache* const cache_;
  ReloadHistory* const history_;
  const std::function<void()> on_loaded_;
  std::vector<ReloadHandler*> handlers_;

  // Only the watcher's thread uses these.
  bool loaded_ = false;
  enum class Link { kUnknown, kUp, kDown } link_ = Link::kUnknown;

  absl::Mutex mutex_;
  // Whether a batch is being applied.
  bool applying_ ABSL_GUARDED_BY(mutex_) = false;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  int64_t resyncs_ ABSL_GUARDED_BY(mutex_) = 0;
  std::vector<SnapshotWaiter> snapshot_waiters_ ABSL_GUARDED_BY(mutex_);

  // These call back, so they are destroyed first, the last one first.
  Executor executor_;
  CatalogWatcher watcher_;
  ToolFetcher fetcher_;
};

}  // namespace toolcatalog

#endif  // RELOAD_SERVICE_RELOAD_COORDINATOR_H_
