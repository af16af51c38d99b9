#ifndef RELOAD_SERVICE_RPC_RELOAD_RPCS_H_
#define RELOAD_SERVICE_RPC_RELOAD_RPCS_H_

#include <grpcpp/grpcpp.h>

#include "common/rpc/open_calls.h"
#include "common/rpc/raw_methods.h"
#include "reload_service/rpc/event_calls.h"
#include "reload_service/rpc/hook_calls.h"
#include "reload_service/rpc/profile_calls.h"
#include "reload_service/rpc/reload_calls.h"
#include "toolcatalog/v1/reload_service.grpc.pb.h"

namespace toolcatalog {

using ReloadRpcsBase = RawMethods<
    v1::ReloadService::Service, v1::ReloadService::WithRawCallbackMethod_GetProfile,
    v1::ReloadService::WithRawCallbackMethod_ListProfiles, v1::ReloadService::WithRawCallbackMethod_InvalidateCache,
    v1::ReloadService::WithRawCallbackMethod_WaitForRevision, v1::ReloadService::WithRawCallbackMethod_TriggerReload,
    v1::ReloadService::WithRawCallbackMethod_Freeze, v1::ReloadService::WithRawCallbackMethod_Thaw,
    v1::ReloadService::WithRawCallbackMethod_SetPeriodicReload,
    v1::ReloadService::WithRawCallbackMethod_ListReloadEvents,
    v1::ReloadService::WithRawCallbackMethod_GetReloadStatistics,
    v1::ReloadService::WithRawCallbackMethod_ReceiveWebhook, v1::ReloadService::WithRawCallbackMethod_CreateHook,
    v1::ReloadService::WithRawCallbackMethod_DeleteHook, v1::ReloadService::WithRawCallbackMethod_ListHooks,
    v1::ReloadService::WithRawCallbackMethod_ListDeadLetters,
    v1::ReloadService::WithRawCallbackMethod_WatchReloads>::Service;

// The methods of the reload service, each served by the calls of its topic. Thread-safe; nothing blocks. The calls must
// outlive it.
class ReloadRpcs final : public ReloadRpcsBase {
 public:
  using Context = grpc::CallbackServerContext;
  using Bytes = grpc::ByteBuffer;
  using Unary = grpc::ServerUnaryReactor*;

  struct Calls {
    ProfileCalls* profiles;
    ReloadCalls* reloads;
    EventCalls* events;
    HookCalls* hooks;
  };
  ReloadRpcs(OpenCalls* open, const Calls& calls) : open_(*open), calls_(calls) {}

  Unary GetProfile(Context* context, const Bytes* request, Bytes* response) override;
  Unary ListProfiles(Context* context, const Bytes* request, Bytes* response) override;
  Unary InvalidateCache(Context* context, const Bytes* request, Bytes* response) override;
  Unary WaitForRevision(Context* context, const Bytes* request, Bytes* response) override;
  Unary TriggerReload(Context* context, const Bytes* request, Bytes* response) override;
  Unary Freeze(Context* context, const Bytes* request, Bytes* response) override;
  Unary Thaw(Context* context, const Bytes* request, Bytes* response) override;
  Unary SetPeriodicReload(Context* context, const Bytes* request, Bytes* response) override;
  Unary ListReloadEvents(Context* context, const Bytes* request, Bytes* response) override;
  Unary GetReloadStatistics(Context* context, const Bytes* request, Bytes* response) override;
  Unary ReceiveWebhook(Context* context, const Bytes* request, Bytes* response) override;
  Unary CreateHook(Context* context, const Bytes* request, Bytes* response) override;
  Unary DeleteHook(Context* context, const Bytes* request, Bytes* response) override;
  Unary ListHooks(Context* context, const Bytes* request, Bytes* response) override;
  Unary ListDeadLetters(Context* context, const Bytes* request, Bytes* response) override;
  grpc::ServerWriteReactor<Bytes>* WatchReloads(Context* context, const Bytes* request) override;

 private:
  OpenCalls& open_;
  const Calls calls_;
};

}  // namespace toolcatalog

#endif  // RELOAD_SERVICE_RPC_RELOAD_RPCS_H_
