#ifndef RELOAD_SERVICE_RPC_PROFILE_CALLS_H_
#define RELOAD_SERVICE_RPC_PROFILE_CALLS_H_

#include <grpcpp/grpcpp.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/clock.h"
#include "common/definition/capability_aliases.h"
#include "common/rpc/executor.h"
#include "common/rpc/unary_call.h"
#include "reload_service/cache/profile_cache.h"
#include "reload_service/follow/reload_coordinator.h"
#include "reload_service/follow/replica_waits.h"
#include "reload_service/follow/revision_waits.h"
#include "reload_service/follow/tool_fetcher.h"
#include "reload_service/rpc/profile_reply.h"
#include "toolcatalog/v1/profile.pb.h"
#include "toolcatalog/v1/replica.pb.h"

namespace toolcatalog {

// Serves the calls that read and invalidate profiles, and that wait for a revision. Thread-safe; no method blocks. Its
// parts must outlive it.
class ProfileCalls {
 public:
  struct Parts {
    ProfileCache* cache;
    ReloadCoordinator* coordinator;
    RevisionWaits* revisions;
    ReplicaWaits* replicas;
    const CapabilityAliases* aliases;
    // Must be the cache's clock.
    SteadyClock clock;
    absl::Duration time_to_live;
  };
  explicit ProfileCalls(Parts parts) : parts_(std::move(parts)) {}

  void GetProfile(UnaryCall& call, const v1::GetProfileRequest& request, grpc::ByteBuffer& response);
  void ListProfiles(UnaryCall& call, const v1::ListProfilesRequest& request, grpc::ByteBuffer& response);
  void InvalidateCache(UnaryCall& call, const v1::InvalidateCacheRequest& request,
                       v1::InvalidateCacheResponse& response);
  void WaitForRevision(UnaryCall& call, const v1::WaitForRevisionRequest& request,
                       v1::WaitForRevisionResponse& response);

  // The replica has been frozen. The calls that wait for a revision fail, because they would wait in vain.
  void NoteFrozen();

  // Fills in hits and misses.
  void Describe(v1::ReloadStatistics* statistics) const;

 private:
  static constexpr int kListThreads = 2;
  static constexpr size_t kQueuedLists = 500;

  // What a request for a list asks for.
  struct ListQuery {
    // Differs between lists whose pages must not be mixed.
    std::string text;
    // Key of the last profile of the page before.
    std::string after;
    int size = 0;
    ProfileFilter filter;
  };

  // Calls `done` with OK once the cache has applied `revision`, or with the reason why it will not.
  void AwaitRevision(UnaryCall& call, absl::string_view field, int64_t revision, const RevisionWaits::Done& done);
  // Answers from the cache. If the profile is invalid, it asks the catalog before, unless the catalog has just failed.
  void ReadProfile(UnaryCall& call, const std::string& tool_name, grpc::ByteBuffer& response);
  absl::Status AnswerProfile(const std::string& tool_name, const ProfileCache::Reading& reading,
                             grpc::ByteBuffer& response) const;
  absl::StatusOr<ListQuery> ParseList(const v1::ListProfilesRequest& request) const;
  absl::Status AnswerPage(const ListQuery& query, grpc::ByteBuffer& response) const;
  AnswerContext Now() const { return {parts_.clock(), parts_.time_to_live, parts_.coordinator->is_frozen()}; }

  const Parts parts_;
  // Shared with fetches that go on after their reads have been answered.
  const std::shared_ptr<FetchPause> pause_ = std::make_shared<FetchPause>();
  std::atomic<int64_t> hits_{0};
  std::atomic<int64_t> misses_{0};
  // Last, so that lists that run or wait have ended before the rest is gone.
  Executor lists_{kListThreads, kQueuedLists};
};

}  // namespace toolcatalog

#endif  // RELOAD_SERVICE_RPC_PROFILE_CALLS_H_
