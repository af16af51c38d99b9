#include "reload_service/rpc/reload_rpcs.h"

#include "reload_service/hooks/webhook_body.h"

namespace toolcatalog {
namespace {

// Its body, and the few short texts beside it.
constexpr RequestBounds kWebhookBounds = {"ReceiveWebhook", kMaxWebhookBytes + (4 << 10), 32, true};

}  // namespace

ReloadRpcs::Unary ReloadRpcs::GetProfile(Context* context, const Bytes* request, Bytes* response) {
  return ServeUnary(open_, {"GetProfile"}, context, request, response, calls_.profiles, &ProfileCalls::GetProfile);
}

ReloadRpcs::Unary ReloadRpcs::ListProfiles(Context* context, const Bytes* request, Bytes* response) {
  return ServeUnary(open_, {"ListProfiles"}, context, request, response, calls_.profiles, &ProfileCalls::ListProfiles);
}

ReloadRpcs::Unary ReloadRpcs::InvalidateCache(Context* context, const Bytes* request, Bytes* response) {
  return ServeUnary(open_, WriteBounds("InvalidateCache"), context, request, response, calls_.profiles,
                    &ProfileCalls::InvalidateCache);
}

ReloadRpcs::Unary ReloadRpcs::WaitForRevision(Context* context, const Bytes* request, Bytes* response) {
  return ServeUnary(open_, {"WaitForRevision"}, context, request, response, calls_.profiles,
                    &ProfileCalls::WaitForRevision);
}

ReloadRpcs::Unary ReloadRpcs::TriggerReload(Context* context, const Bytes* request, Bytes* response) {
  return ServeUnary(open_, WriteBounds("TriggerReload"), context, request, response, calls_.reloads,
                    &ReloadCalls::TriggerReload);
}

ReloadRpcs::Unary ReloadRpcs::Freeze(Context* context, const Bytes* request, Bytes* response) {
  return ServeUnary(open_, WriteBounds("Freeze"), context, request, response, calls_.reloads, &ReloadCalls::Freeze);
}

ReloadRpcs::Unary ReloadRpcs::Thaw(Context* context, const Bytes* request, Bytes* response) {
  return ServeUnary(open_, WriteBounds("Thaw"), context, request, response, calls_.reloads, &ReloadCalls::Thaw);
}

ReloadRpcs::Unary ReloadRpcs::SetPeriodicReload(Context* context, const Bytes* request, Bytes* response) {
  return ServeUnary(open_, WriteBounds("SetPeriodicReload"), context, request, response, calls_.reloads,
                    &ReloadCalls::SetPeriodicReload);
}

ReloadRpcs::Unary ReloadRpcs::ListReloadEvents(Context* context, const Bytes* request, Bytes* response) {
  return ServeUnary(open_, {"ListReloadEvents"}, context, request, response, calls_.events,
                    &EventCalls::ListReloadEvents);
}

ReloadRpcs::Unary ReloadRpcs::GetReloadStatistics(Context* context, const Bytes* request, Bytes* response) {
  return ServeUnary(open_, {"GetReloadStatistics"}, context, request, response, calls_.events,
                    &EventCalls::GetReloadStatistics);
}

ReloadRpcs::Unary ReloadRpcs::ReceiveWebhook(Context* context, const Bytes* request, Bytes* response) {
  return ServeUnary(open_, kWebhookBounds, context, request, response, calls_.hooks, &HookCalls::ReceiveWebhook);
}

ReloadRpcs::Unary ReloadRpcs::CreateHook(Context* context, const Bytes* request, Bytes* response) {
  return ServeUnary(open_, WriteBounds("CreateHook"), context, request, response, calls_.hooks, &HookCalls::CreateHook);
}

ReloadRpcs::Unary ReloadRpcs::DeleteHook(Context* context, const Bytes* request, Bytes* response) {
  return ServeUnary(open_, WriteBounds("DeleteHook"), context, request, response, calls_.hooks, &HookCalls::DeleteHook);
}

ReloadRpcs::Unary ReloadRpcs::ListHooks(Context* context, const Bytes* request, Bytes* response) {
  return ServeUnary(open_, {"ListHooks"}, context, request, response, calls_.hooks, &HookCalls::ListHooks);
}

ReloadRpcs::Unary ReloadRpcs::ListDeadLetters(Context* context, const Bytes* request, Bytes* response) {
  return ServeUnary(open_, {"ListDeadLetters"}, context, request, response, calls_.hooks, &HookCalls::ListDeadLetters);
}

grpc::ServerWriteReactor<grpc::ByteBuffer>* ReloadRpcs::WatchReloads(Context* context, const Bytes* request) {
  return calls_.events->WatchReloads(context, request);
}

}  // namespace toolcatalog
