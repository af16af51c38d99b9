#include "reload_service/rpc/reload_rpcs.h"

#include "common/rpc/call.h"

namespace toolcatalog {

grpc::ServerUnaryReactor* ReloadRpcs::GetProfile(grpc::CallbackServerContext* context, const grpc::ByteBuffer* request,
                                                 grpc::ByteBuffer* response) {
  return EnterCall("GetProfile", [&] { return calls_.profiles->GetProfile(context, request, response); });
}

grpc::ServerUnaryReactor* ReloadRpcs::ListProfiles(grpc::CallbackServerContext* context,
                                                   const grpc::ByteBuffer* request, grpc::ByteBuffer* response) {
  return EnterCall("ListProfiles", [&] { return calls_.profiles->ListProfiles(context, request, response); });
}

grpc::ServerUnaryReactor* ReloadRpcs::TriggerReload(grpc::CallbackServerContext* context,
                                                    const v1::TriggerReloadRequest* request,
                                                    v1::TriggerReloadResponse* response) {
  return EnterCall("TriggerReload", [&] { return calls_.reloads->TriggerReload(context, request, response); });
}

grpc::ServerUnaryReactor* ReloadRpcs::InvalidateCache(grpc::CallbackServerContext* context,
                                                      const v1::InvalidateCacheRequest* request,
                                                      v1::InvalidateCacheResponse* response) {
  return EnterCall("InvalidateCache", [&] { return calls_.profiles->InvalidateCache(context, request, response); });
}

grpc::ServerUnaryReactor* ReloadRpcs::ReceiveWebhook(grpc::CallbackServerContext* context,
                                                     const v1::ReceiveWebhookRequest* request,
                                                     v1::TriggerReloadResponse* response) {
  return EnterCall("ReceiveWebhook", [&] { return calls_.hooks->ReceiveWebhook(context, request, response); });
}

grpc::ServerUnaryReactor* ReloadRpcs::ListReloadEvents(grpc::CallbackServerContext* context,
                                                       const v1::ListReloadEventsRequest* request,
                                                       v1::ListReloadEventsResponse* response) {
  return EnterCall("ListReloadEvents", [&] { return calls_.events->ListReloadEvents(context, request, response); });
}

grpc::ServerUnaryReactor* ReloadRpcs::GetReloadStatistics(grpc::CallbackServerContext* context,
                                                          const v1::GetReloadStatisticsRequest* request,
                                                          v1::ReloadStatistics* response) {
  return EnterCall("GetReloadStatistics",
                   [&] { return calls_.events->GetReloadStatistics(context, request, response); });
}

grpc::ServerWriteReactor<v1::ReloadEvent>* ReloadRpcs::WatchReloads(grpc::CallbackServerContext* context,
                                                                    const v1::WatchReloadsRequest* request) {
  return calls_.events->WatchReloads(context, request);
}

grpc::ServerUnaryReactor* ReloadRpcs::WaitForRevision(grpc::CallbackServerContext* context,
                                                      const v1::WaitForRevisionRequest* request,
                                                      v1::WaitForRevisionResponse* response) {
  return EnterCall("WaitForRevision", [&] { return calls_.profiles->WaitForRevision(context, request, response); });
}

grpc::ServerUnaryReactor* ReloadRpcs::DeleteHook(grpc::CallbackServerContext* context,
                                                 const v1::DeleteHookRequest* request,
                                                 v1::DeleteHookResponse* response) {
  return EnterCall("DeleteHook", [&] { return calls_.hooks->DeleteHook(context, request, response); });
}

grpc::ServerUnaryReactor* ReloadRpcs::CreateHook(grpc::CallbackServerContext* context,
                                                 const v1::CreateHookRequest* request, v1::Hook* response) {
  return EnterCall("CreateHook", [&] { return calls_.hooks->CreateHook(context, request, response); });
}

grpc::ServerUnaryReactor* ReloadRpcs::ListHooks(grpc::CallbackServerContext* context,
                                                const v1::ListHooksRequest* request, v1::ListHooksResponse* response) {
  return EnterCall("ListHooks", [&] { return calls_.hooks->ListHooks(context, request, response); });
}

grpc::ServerUnaryReactor* ReloadRpcs::ListDeadLetters(grpc::CallbackServerContext* context,
                                                      const v1::ListDeadLettersRequest* request,
                                                      v1::ListDeadLettersResponse* response) {
  return EnterCall("ListDeadLetters", [&] { return calls_.hooks->ListDeadLetters(context, request, response); });
}

grpc::ServerUnaryReactor* ReloadRpcs::Freeze(grpc::CallbackServerContext* context, const v1::FreezeRequest* request,
                                             v1::FreezeState* response) {
  return EnterCall("Freeze", [&] { return calls_.reloads->Freeze(context, request, response); });
}

grpc::ServerUnaryReactor* ReloadRpcs::Thaw(grpc::CallbackServerContext* context, const v1::ThawRequest* request,
                                           v1::FreezeState* response) {
  return EnterCall("Thaw", [&] { return calls_.reloads->Thaw(context, request, response); });
}

grpc::ServerUnaryReactor* ReloadRpcs::SetPeriodicReload(grpc::CallbackServerContext* context,
                                                        const v1::SetPeriodicReloadRequest* request,
                                                        v1::PeriodicReload* response) {
  return EnterCall("SetPeriodicReload", [&] { return calls_.reloads->SetPeriodicReload(context, request, response); });
}

}  // namespace toolcatalog
