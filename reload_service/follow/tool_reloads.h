#ifndef RELOAD_SERVICE_FOLLOW_TOOL_RELOADS_H_
#define RELOAD_SERVICE_FOLLOW_TOOL_RELOADS_H_

#include <grpcpp/grpcpp.h>

#include <functional>
#include <memory>
#include <string>

#include "absl/time/time.h"
#include "common/clock.h"
#include "common/rpc/executor.h"
#include "reload_service/cache/profile_cache.h"
#include "reload_service/events/reload_events.h"
#include "reload_service/events/reload_recorder.h"
#include "reload_service/follow/apply_gate.h"
#include "reload_service/follow/tool_fetcher.h"
#include "toolcatalog/v1/reload.pb.h"

namespace toolcatalog {

// Reloads of single tools: asks the catalog for a tool, has the cache apply the answer when the gate lets it through,
// and hands the events on to the recorder. Answers are applied by one thread. Thread-safe. Cache, gate and recorder
// must outlive it.
class ToolReloads {
 public:
  using Done = std::function<void(const v1::ReloadEvent&)>;

  // The catalog may take as long as `timeout` to answer for one tool. `clock` tells when an answer arrived.
  ToolReloads(const std::shared_ptr<grpc::Channel>& catalog, ProfileCache* cache, ApplyGate* gate,
              ReloadRecorder* recorder, absl::Duration timeout, Clock clock);
  // Stops.
  ~ToolReloads();

  // Fetches a tool because somebody asked for it. `done` gets the recorded event, on any thread.
  void Reload(const ReloadRequest& request, Done done);
  // Fetches a tool for a read of an entry that carries `invalid_mark`. No event is recorded.
  void Refresh(const std::string& key, int64_t invalid_mark, std::function<void()> done);
  // Fetches a tool that is not as the catalog has it. No event is recorded: `done` gets one that only says what became
  // of the profile.
  void Mend(const std::string& key, Done done);
  // Fails the fetches under way, and those that are asked for from now on.
  void Stop() { fetcher_.Stop(); }

 private:
  void ScheduleApply(CompletedFetch fetch);
  // Applies the answer, records the events and tells those who waited.
  void Apply(const CompletedFetch& fetch);

  ProfileCache* const cache_;
  ApplyGate* const gate_;
  ReloadRecorder* const recorder_;
  const Clock clock_;
  // These call back, so they are destroyed first, the last one first.
  ToolFetcher fetcher_;
  Executor executor_;
};

}  // namespace toolcatalog

#endif  // RELOAD_SERVICE_FOLLOW_TOOL_RELOADS_H_
