#include "reload_service/rpc/hook_calls.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/page_token.h"
#include "common/rpc/call.h"
#include "common/rpc/request_rules.h"
#include "common/status.h"
#include "common/steady_time.h"
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

}  // namespace

void HookCalls::ReceiveWebhook(UnaryCall& call, const v1::ReceiveWebhookRequest& request,
                               v1::TriggerReloadResponse& response) {
  const CallInfo info = call.Info();
  if (request.body().size() > kMaxWebhookBytes) return call.AnswerLogged(ReadWebhookBody(request.body()).status());
  const auto secret = verifier_->Verify(request.body(), request.timestamp(), request.signature(), info.peer);
  // The verifier has logged it.
  if (!secret.ok()) return call.Answer(secret.status());
  const auto body = ReadWebhookBody(request.body());
  if (!body.ok()) return call.AnswerLogged(body.status());
  if (const absl::Status frozen = reloads_->CheckNotFrozen(); !frozen.ok()) {
    verifier_->Forget(request.timestamp(), request.signature());
    return call.AnswerLogged(frozen);
  }
  ReloadRequest wanted{body->tool_name, SourceOf(*body, *secret), SteadyTime::Of(info.start)};
  wanted.trigger = kTriggerWebhook;
  reloads_->Reload(call, wanted, response);
}

absl::Status HookCalls::CheckCreate(const v1::Hook& hook) const {
  const absl::Status status = sender_->Check(hook);
  if (!status.ok()) return status;
  if (!sender_->IsConfigured(hook.name())) return absl::OkStatus();
  return MakeError(Reason::kHookExists, absl::StrCat("hook ", Quoted(hook.name()), " is in the configuration file"),
                   {{"hook", hook.name()}});
}

void HookCalls::CreateHook(UnaryCall& call, const v1::CreateHookRequest& request, v1::Hook& response) {
  const absl::Status status = CheckCreate(request.hook());
  if (!status.ok()) return call.AnswerLogged(status);
  response = request.hook();
  internal::v1::StoreReloadHookRequest store;
  *store.mutable_hook() = response;
  store.set_validate_only(request.validate_only());
  catalog_.StoreReloadHook(std::move(store), call.WaitUntil(kMaxCatalogWait),
                           [this, &call, &response, stores = !request.validate_only()](const auto& stored) {
                             if (stored.ok() && stores) sender_->AddStoredHook(response);
                             call.AnswerLogged(OfCatalog(stored.status()));
                           });
}

absl::Status HookCalls::CheckDelete(const std::string& name) const {
  const absl::Status status = CheckHookName("name", name);
  if (!status.ok() || !sender_->IsConfigured(name)) return status;
  return MakeError(Reason::kHookConfigured,
                   absl::StrCat("hook ", Quoted(name), " is in the configuration file, and can be deleted only there"),
                   {{"hook", name}});
}

void HookCalls::DeleteHook(UnaryCall& call, const v1::DeleteHookRequest& request, v1::DeleteHookResponse&) {
  const absl::Status status = CheckDelete(request.name());
  if (!status.ok()) return call.AnswerLogged(status);
  internal::v1::RemoveReloadHookRequest remove;
  remove.set_name(request.name());
  remove.set_validate_only(request.validate_only());
  catalog_.RemoveReloadHook(
      std::move(remove), call.WaitUntil(kMaxCatalogWait),
      [this, &call, name = request.name(), removes = !request.validate_only()](const auto& removed) {
        const bool is_gone = removed.ok() || absl::IsNotFound(removed.status());
        if (is_gone && removes) sender_->RemoveStoredHook(name);
        call.AnswerLogged(OfCatalog(removed.status()));
      });
}

void HookCalls::ListHooks(UnaryCall& call, const v1::ListHooksRequest&, v1::ListHooksResponse& response) {
  for (v1::HookStatus& hook : sender_->ListHooks()) *response.add_hooks() = std::move(hook);
  call.Answer(absl::OkStatus());
}

void HookCalls::ListDeadLetters(UnaryCall& call, const v1::ListDeadLettersRequest& request,
                                v1::ListDeadLettersResponse& response) {
  const auto limit = CheckPageSize("limit", request.has_limit(), request.limit());
  if (!limit.ok()) return call.Answer(limit.status());
  if (!request.hook().empty()) {
    if (const absl::Status status = CheckHookName("hook", request.hook()); !status.ok()) return call.Answer(status);
  }
  absl::StatusOr<v1::ListDeadLettersResponse> page =
      sender_->ListDeadLetters(request.hook(), *limit, request.page_token());
  if (page.ok()) response = *std::move(page);
  call.Answer(page.status());
}

}  // namespace toolcatalog
