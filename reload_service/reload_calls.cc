#include "reload_service/reload_calls.h"

#include "common/bounded_wait.h"
#include "common/call.h"
#include "common/grpc_status.h"
#include "reload_service/call_answers.h"
#include "reload_service/request_rules.h"

namespace toolcatalog {
namespace {

constexpr absl::Duration kMaxReloadWait = absl::Seconds(30);

}  // namespace

grpc::ServerUnaryReactor* ReloadCalls::TriggerReload(grpc::CallbackServerContext* context,
                                                     const v1::TriggerReloadRequest* request,
                                                     v1::TriggerReloadResponse* response) {
  const CallInfo info = InfoOf(*context);
  const bool named = !request->triggered_by().empty();
  const ReloadRequest wanted{request->tool_name(), named ? request->triggered_by() : info.actor, info.start};
  absl::Status status = CheckOptionalToolName(wanted.tool_name);
  if (status.ok()) status = CheckShortText(named ? "triggered_by" : "x-actor", wanted.triggered_by);
  if (!status.ok()) return FinishLogged("TriggerReload", context, status);
  return Reload("TriggerReload", context, wanted, response);
}

grpc::ServerUnaryReactor* ReloadCalls::Reload(const char* method, grpc::CallbackServerContext* context,
                                              const ReloadRequest& wanted, v1::TriggerReloadResponse* response) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  const auto finish = [reactor, method, info = InfoOf(*context)](const absl::Status& status) {
    LogCall(method, info, status);
    reactor->Finish(ToGrpcStatus(status));
  };
  auto wait = BoundedWait::Start(WaitUntil(*context, kMaxReloadWait), [finish] {
    finish(absl::DeadlineExceededError("the reload has not ended in time; it goes on"));
  });
  const auto done = [wait, finish, response](const v1::ReloadEvent& event) {
    if (!wait->Settle()) return;
    response->set_success(event.success());
    *response->mutable_event() = event;
    finish(absl::OkStatus());
  };
  if (wanted.tool_name.empty()) {
    coordinator_->ReloadAll(wanted, done);
  } else {
    coordinator_->ReloadTool(wanted, done);
  }
  return reactor;
}

}  // namespace toolcatalog
