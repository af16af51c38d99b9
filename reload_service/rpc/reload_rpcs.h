#ifndef RELOAD_SERVICE_RPC_RELOAD_RPCS_H_
#define RELOAD_SERVICE_RPC_RELOAD_RPCS_H_

#include <grpcpp/grpcpp.h>

#include "reload_service/rpc/event_calls.h"
#include "reload_service/rpc/hook_calls.h"
#include "reload_service/rpc/profile_calls.h"
#include "reload_service/rpc/reload_calls.h"
#include "toolcatalog/v1/hook.pb.h"
#include "toolcatalog/v1/profile.pb.h"
#include "toolcatalog/v1/reload.pb.h"
#include "toolcatalog/v1/reload_service.grpc.pb.h"
#include "toolcatalog/v1/replica.pb.h"

namespace toolcatalog {

// The two methods that answer from the cache deal in bytes, the others in messages.
using ReloadRpcsBase = v1::ReloadService::WithRawCallbackMethod_GetProfile<
    v1::ReloadService::WithRawCallbackMethod_ListProfiles<v1::ReloadService::CallbackService>>;

// The methods of the reload service, each served by the calls of its topic. Thread-safe; nothing blocks. The calls must
// outlive it.
class ReloadRpcs final : public ReloadRpcsBase {
 public:
  struct Calls {
    ProfileCalls* profiles;
    ReloadCalls* reloads;
    EventCalls* events;
    HookCalls* hooks;
  };
  explicit ReloadRpcs(const Calls& calls) : calls_(calls) {}

  grpc::ServerUnaryReactor* GetProfile(grpc::CallbackServerContext* context, const grpc::ByteBuffer* request,
                                       grpc::ByteBuffer* response) override;
  grpc::ServerUnaryReactor* ListProfiles(grpc::CallbackServerContext* context, const grpc::ByteBuffer* request,
                                         grpc::ByteBuffer* response) override;
  grpc::ServerUnaryReactor* TriggerReload(grpc::CallbackServerContext* context, const v1::TriggerReloadRequest* request,
                                          v1::TriggerReloadResponse* response) override;
  grpc::ServerUnaryReactor* InvalidateCache(grpc::CallbackServerContext* context,
                                            const v1::InvalidateCacheRequest* request,
                                            v1::InvalidateCacheResponse* response) override;
  grpc::ServerUnaryReactor* ReceiveWebhook(grpc::CallbackServerContext* context,
                                           const v1::ReceiveWebhookRequest* request,
                                           v1::TriggerReloadResponse* response) override;
  grpc::ServerUnaryReactor* ListReloadEvents(grpc::CallbackServerContext* context,
                                             const v1::ListReloadEventsRequest* request,
                                             v1::ListReloadEventsResponse* response) override;
  grpc::ServerUnaryReactor* GetReloadStatistics(grpc::CallbackServerContext* context,
                                                const v1::GetReloadStatisticsRequest* request,
                                                v1::ReloadStatistics* response) override;
  grpc::ServerWriteReactor<v1::ReloadEvent>* WatchReloads(grpc::CallbackServerContext* context,
                                                          const v1::WatchReloadsRequest* request) override;
  grpc::ServerUnaryReactor* WaitForRevision(grpc::CallbackServerContext* context,
                                            const v1::WaitForRevisionRequest* request,
                                            v1::WaitForRevisionResponse* response) override;
  grpc::ServerUnaryReactor* DeleteHook(grpc::CallbackServerContext* context, const v1::DeleteHookRequest* request,
                                       v1::DeleteHookResponse* response) override;
  grpc::ServerUnaryReactor* CreateHook(grpc::CallbackServerContext* context, const v1::CreateHookRequest* request,
                                       v1::Hook* response) override;
  grpc::ServerUnaryReactor* ListHooks(grpc::CallbackServerContext* context, const v1::ListHooksRequest* request,
                                      v1::ListHooksResponse* response) override;
  grpc::ServerUnaryReactor* ListDeadLetters(grpc::CallbackServerContext* context,
                                            const v1::ListDeadLettersRequest* request,
                                            v1::ListDeadLettersResponse* response) override;
  grpc::ServerUnaryReactor* Freeze(grpc::CallbackServerContext* context, const v1::FreezeRequest* request,
                                   v1::FreezeState* response) override;
  grpc::ServerUnaryReactor* Thaw(grpc::CallbackServerContext* context, const v1::ThawRequest* request,
                                 v1::FreezeState* response) override;
  grpc::ServerUnaryReactor* SetPeriodicReload(grpc::CallbackServerContext* context,
                                              const v1::SetPeriodicReloadRequest* request,
                                              v1::PeriodicReload* response) override;

 private:
  const Calls calls_;
};

}  // namespace toolcatalog

#endif  // RELOAD_SERVICE_RPC_RELOAD_RPCS_H_
