#include "reload_service/rpc/hook_calls.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/page_token.h"
#include "common/rpc/call.h"
#include "common/rpc/call_answers.h"
#include "common/rpc/grpc_status.h"
#include "common/rpc/request_rules.h"
#include "common/status.h"
#include "common/text.h"
#include "reload_service/hooks/webhook_body.h"
#include "toolcatalog/internal/v1/replica_service.pb.h"

namespace toolcatalog {
namespace {

constexpr absl::Duration kMaxCatalogWait = absl::Seconds(5);

// Who caused the reload, for its event.
std::string SourceOf(const WebhookBody& body, const std::string& secret) {
  return body.source.empty() ? absl::StrCat("webhook:", secret) : body.source;
}

absl::Status CheckHookName(absl::string_view field, const std::string& name) {
  std::vector<Violation> violations;
  CheckHookName(field, name, violations);
  return StatusOf(violations);
}

// gRPC itself makes the errors without a reason: the catalog is not reachable.
absl::Status OfCatalog(const absl::Status& status) {
  if (!absl::IsUnavailable(status) || !ErrorReason(status).empty()) return status;
  return MakeError(Reason::kCatalogUnavailable, absl::StrCat("catalog: ", status.message()));
}

// What is needed to answer a call later.
struct Answer {
  Answer(const char* method, grpc::CallbackServerContext* context)
      : method(method), info(InfoOf(*context)), reactor(context->DefaultReactor()) {}

  void Finish(const absl::Status& status) const {
    LogCall(method, info, status);
    reactor->Finish(ToGrpcStatus(status));
  }

  const char* method;
  CallInfo info;
  grpc::ServerUnaryReactor* reactor;
};

}  // namespace

grpc::ServerUnaryReactor* HookCalls::ReceiveWebhook(grpc::CallbackServerContext* context,
                                                    const v1::ReceiveWebhookRequest* request,
                                                    v1::TriggerReloadResponse* response) {
  static constexpr char kMethod[] = "ReceiveWebhook";
  const CallInfo info = InfoOf(*context);
  if (request->body().size() > kMaxWebhookBytes) {
    return FinishLogged(kMethod, context, ReadWebhookBody(request->body()).status());
  }
  const auto secret = verifier_->Verify(request->body(), request->timestamp(), request->signature(), info.peer);
  // The verifier has logged it.
  if (!secret.ok()) return Finish(context, secret.status());
  const auto body = ReadWebhookBody(request->body());
  if (!body.ok()) return FinishLogged(kMethod, context, body.status());
  if (const absl::Status frozen = reloads_->CheckNotFrozen(); !frozen.ok()) {
    verifier_->Forget(request->timestamp(), request->signature());
    return FinishLogged(kMethod, context, frozen);
  }
  ReloadRequest wanted{body->tool_name, SourceOf(*body, *secret), info.start};
  wanted.trigger = kTriggerWebhook;
  return reloads_->Reload(kMethod, context, wanted, response);
}

absl::Status HookCalls::CheckCreate(const v1::Hook& hook) const {
  const absl::Status status = sender_->Check(hook);
  if (!status.ok()) return status;
  if (!sender_->IsConfigured(hook.name())) return absl::OkStatus();
  return MakeError(Reason::kHookExists, absl::StrCat("hook ", Quoted(hook.name()), " is in the configuration file"),
                   {{"hook", hook.name()}});
}

grpc::ServerUnaryReactor* HookCalls::CreateHook(grpc::CallbackServerContext* context,
                                                const v1::CreateHookRequest* request, v1::Hook* response) {
  static constexpr char kMethod[] = "CreateHook";
  const absl::Status status = CheckCreate(request->hook());
  if (!status.ok()) return FinishLogged(kMethod, context, status);
  *response = request->hook();
  internal::v1::StoreReloadHookRequest store;
  *store.mutable_hook() = *response;
  store.set_validate_only(request->validate_only());
  const Answer answer(kMethod, context);
  catalog_.StoreReloadHook(std::move(store), WaitUntil(*context, kMaxCatalogWait),
                           [this, answer, response, stores = !request->validate_only()](const auto& stored) {
                             if (stored.ok() && stores) sender_->AddStoredHook(*response);
                             answer.Finish(OfCatalog(stored.status()));
                           });
  return answer.reactor;
}

absl::Status HookCalls::CheckDelete(const std::string& name) const {
  const absl::Status status = CheckHookName("name", name);
  if (!status.ok() || !sender_->IsConfigured(name)) return status;
  return MakeError(Reason::kHookConfigured,
                   absl::StrCat("hook ", Quoted(name), " is in the configuration file, and can be deleted only there"),
                   {{"hook", name}});
}

grpc::ServerUnaryReactor* HookCalls::DeleteHook(grpc::CallbackServerContext* context,
                                                const v1::DeleteHookRequest* request, v1::DeleteHookResponse*) {
  static constexpr char kMethod[] = "DeleteHook";
  const absl::Status status = CheckDelete(request->name());
  if (!status.ok()) return FinishLogged(kMethod, context, status);
  internal::v1::RemoveReloadHookRequest remove;
  remove.set_name(request->name());
  remove.set_validate_only(request->validate_only());
  const Answer answer(kMethod, context);
  catalog_.RemoveReloadHook(
      std::move(remove), WaitUntil(*context, kMaxCatalogWait),
      [this, answer, name = request->name(), removes = !request->validate_only()](const auto& removed) {
        const bool is_gone = removed.ok() || absl::IsNotFound(removed.status());
        if (is_gone && removes) sender_->RemoveStoredHook(name);
        answer.Finish(OfCatalog(removed.status()));
      });
  return answer.reactor;
}

grpc::ServerUnaryReactor* HookCalls::ListHooks(grpc::CallbackServerContext* context, const v1::ListHooksRequest*,
                                               v1::ListHooksResponse* response) {
  for (v1::HookStatus& hook : sender_->ListHooks()) *response->add_hooks() = std::move(hook);
  return Finish(context, absl::OkStatus());
}

grpc::ServerUnaryReactor* HookCalls::ListDeadLetters(grpc::CallbackServerContext* context,
                                                     const v1::ListDeadLettersRequest* request,
                                                     v1::ListDeadLettersResponse* response) {
  const auto limit = CheckPageSize("limit", request->has_limit(), request->limit());
  if (!limit.ok()) return Finish(context, limit.status());
  if (!request->hook().empty()) {
    if (const absl::Status status = CheckHookName("hook", request->hook()); !status.ok()) {
      return Finish(context, status);
    }
  }
  absl::StatusOr<v1::ListDeadLettersResponse> page =
      sender_->ListDeadLetters(request->hook(), *limit, request->page_token());
  if (page.ok()) *response = *std::move(page);
  return Finish(context, page.status());
}

}  // namespace toolcatalog
