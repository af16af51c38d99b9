#ifndef RELOAD_SERVICE_PROFILE_CALLS_H_
#define RELOAD_SERVICE_PROFILE_CALLS_H_

#include <grpcpp/grpcpp.h>

#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "reload_service/profile_cache.h"
#include "reload_service/reload_coordinator.h"
#include "toolcatalog/v1/reload_service.pb.h"

namespace toolcatalog {

// Serves the calls that read and invalidate profiles. Thread-safe; nothing blocks. What it is made of must outlive it.
class ProfileCalls {
 public:
  ProfileCalls(ProfileCache* cache, ReloadCoordinator* coordinator, absl::Duration time_to_live)
      : cache_(cache), coordinator_(coordinator), time_to_live_(time_to_live) {}

  grpc::ServerUnaryReactor* GetProfile(grpc::CallbackServerContext* context, const grpc::ByteBuffer* request,
                                       grpc::ByteBuffer* response);
  grpc::ServerUnaryReactor* ListProfiles(grpc::CallbackServerContext* context, const grpc::ByteBuffer* request,
                                         grpc::ByteBuffer* response);
  grpc::ServerUnaryReactor* InvalidateCache(grpc::CallbackServerContext* context,
                                            const v1::InvalidateCacheRequest* request,
                                            v1::InvalidateCacheResponse* response);

 private:
  absl::Status AnswerProfile(const std::string& tool_name, const ProfileCache::Reading& reading,
                             grpc::ByteBuffer* response) const;
  absl::Status AnswerPage(const v1::ListProfilesRequest& request, grpc::ByteBuffer* response) const;

  ProfileCache* const cache_;
  ReloadCoordinator* const coordinator_;
  const absl::Duration time_to_live_;
};

}  // namespace toolcatalog

#endif  // RELOAD_SERVICE_PROFILE_CALLS_H_
