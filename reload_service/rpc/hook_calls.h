#ifndef RELOAD_SERVICE_RPC_HOOK_CALLS_H_
#define RELOAD_SERVICE_RPC_HOOK_CALLS_H_

#include <grpcpp/grpcpp.h>

#include <memory>

#include "common/rpc/unary_call.h"
#include "reload_service/events/replica_client.h"
#include "reload_service/hooks/hook_sender.h"
#include "reload_service/hooks/webhook_verifier.h"
#include "reload_service/rpc/reload_calls.h"
#include "toolcatalog/v1/hook.pb.h"
#include "toolcatalog/v1/reload.pb.h"

namespace toolcatalog {

// Serves the calls about webhooks, inbound and outbound. Thread-safe; no method blocks. The destructor cancels its
// calls to the catalog and waits for their end. Verifier, reload calls and sender must outlive it.
class HookCalls {
 public:
  HookCalls(const std::shared_ptr<grpc::Channel>& catalog, WebhookVerifier* verifier, ReloadCalls* reloads,
            HookSender* sender)
      : verifier_(verifier), reloads_(reloads), sender_(sender), catalog_(catalog) {}

  void ReceiveWebhook(UnaryCall& call, const v1::ReceiveWebhookRequest& request, v1::TriggerReloadResponse& response);
  void DeleteHook(UnaryCall& call, const v1::DeleteHookRequest& request, v1::DeleteHookResponse& response);
  void CreateHook(UnaryCall& call, const v1::CreateHookRequest& request, v1::Hook& response);
  void ListHooks(UnaryCall& call, const v1::ListHooksRequest& request, v1::ListHooksResponse& response);
  void ListDeadLetters(UnaryCall& call, const v1::ListDeadLettersRequest& request,
                       v1::ListDeadLettersResponse& response);

  // Fails the calls that wait for the catalog.
  void Abandon() { catalog_.Stop(); }

 private:
  absl::Status CheckCreate(const v1::Hook& hook) const;
  absl::Status CheckDelete(const std::string& name) const;

  WebhookVerifier* const verifier_;
  ReloadCalls* const reloads_;
  HookSender* const sender_;
  // Last, so that its callbacks end before the rest is gone.
  ReplicaClient catalog_;
};

}  // namespace toolcatalog

#endif  // RELOAD_SERVICE_RPC_HOOK_CALLS_H_
