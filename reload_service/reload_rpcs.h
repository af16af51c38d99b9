#ifndef RELOAD_SERVICE_RELOAD_RPCS_H_
#define RELOAD_SERVICE_RELOAD_RPCS_H_

#include <grpcpp/grpcpp.h>

#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "reload_service/profile_cache.h"
#include "reload_service/reload_coordinator.h"
#include "reload_service/reload_history.h"
#include "toolcatalog/v1/reload_service.grpc.pb.h"

namespace toolcatalog {

// The two methods that answer from the cache deal in bytes, the others in messages.
using ReloadRpcsBase = v1::ReloadService::WithRawCallbackMethod_GetProfile<
    v1::ReloadService::WithRawCallbackMethod_ListProfiles<v1::ReloadService::CallbackService>>;

// The RPCs of the reload service. Thread-safe; nothing blocks. What it is made of must outlive it and its calls.
class ReloadRpcs final : public ReloadRpcsBase {
 public:
  ReloadRpcs(ProfileCache* cache, ReloadCoordinator* coordinator, ReloadHistory* history, absl::Duration time_to_live)
      : cache_(cache), coordinator_(coordinator), history_(history), time_to_live_(time_to_live) {}

  grpc::ServerUnaryReactor* GetProfile(grpc::CallbackServerContext* context, const grpc::ByteBuffer* request,
                                       grpc::ByteBuffer* response) override;
  grpc::ServerUnaryReactor* ListProfiles(grpc::CallbackServerContext* context, const grpc::ByteBuffer* request,
                                         grpc::ByteBuffer* response) override;
  grpc::ServerUnaryReactor* TriggerReload(grpc::CallbackServerContext* context, const v1::TriggerReloadRequest* request,
                                          v1::TriggerReloadResponse* response) override;
  grpc::ServerUnaryReactor* InvalidateCache(grpc::CallbackServerContext* context,
                                            const v1::InvalidateCacheRequest* request,
                                            v1::InvalidateCacheResponse* response) override;
  grpc::ServerUnaryReactor* ListReloadEvents(grpc::CallbackServerContext* context,
                                             const v1::ListReloadEventsRequest* request,
                                             v1::ListReloadEventsResponse* response) override;
  grpc::ServerUnaryReactor* GetReloadStatistics(grpc::CallbackServerContext* context,
                                                const v1::GetReloadStatisticsRequest* request,
                                                v1::ReloadStatistics* response) override;
  grpc::ServerWriteReactor<v1::ReloadEvent>* WatchReloads(grpc::CallbackServerContext* context,
                                                          const v1::WatchReloadsRequest* request) override;

 private:
  absl::Status AnswerProfile(const std::string& tool_name, const ProfileCache::Reading& reading,
                             grpc::ByteBuffer* response) const;
  absl::Status AnswerPage(const v1::ListProfilesRequest& request, grpc::ByteBuffer* response) const;

  ProfileCache* const cache_;
  ReloadCoordinator* const coordinator_;
  ReloadHistory* const history_;
  const absl::Duration time_to_live_;
};

}  // namespace toolcatalog

#endif  // RELOAD_SERVICE_RELOAD_RPCS_H_
