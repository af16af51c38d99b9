#include "reload_service/rpc/reload_calls.h"

#include <utility>
#include <vector>

#include "common/rpc/bounded_wait.h"
#include "common/rpc/call.h"
#include "common/rpc/call_answers.h"
#include "common/rpc/grpc_status.h"
#include "common/rpc/request_rules.h"
#include "common/status.h"

namespace toolcatalog {
namespace {

constexpr absl::Duration kMaxReloadWait = absl::Seconds(30);

constexpr size_t kMaxQueuedSwitches = 100;

}  // namespace

ReloadCalls::ReloadCalls(ReloadCoordinator* coordinator, PeriodicSchedule* schedule, std::function<void()> on_frozen)
    : coordinator_(coordinator),
      schedule_(schedule),
      on_frozen_(std::move(on_frozen)),
      executor_(1, kMaxQueuedSwitches) {}

grpc::ServerUnaryReactor* ReloadCalls::TriggerReload(grpc::CallbackServerContext* context,
                                                     const v1::TriggerReloadRequest* request,
                                                     v1::TriggerReloadResponse* response) {
  const CallInfo info = InfoOf(*context);
  const bool named = !request->triggered_by().empty();
  const ReloadRequest wanted{request->tool_name(), named ? request->triggered_by() : info.actor, info.start,
                             kTriggerManual, request->reason()};
  std::vector<Violation> violations;
  CheckOptionalToolName("tool_name", wanted.tool_name, violations);
  CheckShortText(named ? "triggered_by" : "x-actor", wanted.triggered_by, violations);
  CheckShortText("reason", wanted.reason, violations);
  if (!violations.empty()) return FinishLogged("TriggerReload", context, InvalidArgumentError(violations));
  return Reload("TriggerReload", context, wanted, response);
}

grpc::ServerUnaryReactor* ReloadCalls::Reload(const char* method, grpc::CallbackServerContext* context,
                                              const ReloadRequest& wanted, v1::TriggerReloadResponse* response) {
  const absl::Status status = coordinator_->CheckNotFrozen();
  if (!status.ok()) return FinishLogged(method, context, status);
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  const auto finish = [reactor, method, info = InfoOf(*context)](const absl::Status& status) {
    LogCall(method, info, status);
    reactor->Finish(ToGrpcStatus(status));
  };
  auto wait = BoundedWait::Start(WaitUntil(*context, kMaxReloadWait), [finish] {
    finish(MakeError(Reason::kReloadUnfinished, "the reload has not ended in time; it goes on"));
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

grpc::ServerUnaryReactor* ReloadCalls::Freeze(grpc::CallbackServerContext* context, const v1::FreezeRequest* request,
                                              v1::FreezeState* response) {
  const absl::Status status = CheckShortText("reason", request->reason());
  if (!status.ok()) return FinishLogged("Freeze", context, status);
  const auto freeze = [this, request](const std::string& actor) {
    v1::FreezeState state = coordinator_->Freeze(request->reason(), actor);
    on_frozen_();
    return state;
  };
  return Switch("Freeze", context, freeze, response);
}

grpc::ServerUnaryReactor* ReloadCalls::Thaw(grpc::CallbackServerContext* context, const v1::ThawRequest* request,
                                            v1::FreezeState* response) {
  return Switch(
      "Thaw", context, [this](const std::string& actor) { return coordinator_->Thaw(actor); }, response);
}

grpc::ServerUnaryReactor* ReloadCalls::Switch(absl::string_view method, grpc::CallbackServerContext* context,
                                              std::function<v1::FreezeState(const std::string& actor)> work,
                                              v1::FreezeState* response) {
  const CallInfo info = InfoOf(*context);
  const absl::Status status = CheckShortText("x-actor", info.actor);
  if (!status.ok()) return FinishLogged(method, context, status);
  const auto run = [work = std::move(work), actor = info.actor, response] {
    *response = work(actor);
    return absl::OkStatus();
  };
  return ServeOn(executor_, context, run, [method = std::string(method), info](const absl::Status& status) {
    LogCall(method, info, status);
    return status;
  });
}

grpc::ServerUnaryReactor* ReloadCalls::SetPeriodicReload(grpc::CallbackServerContext* context,
                                                         const v1::SetPeriodicReloadRequest* request,
                                                         v1::PeriodicReload* response) {
  absl::StatusOr<v1::PeriodicReload> periodic = schedule_->Set(*request);
  const absl::Status status = periodic.status();
  if (status.ok()) *response = *std::move(periodic);
  return FinishLogged("SetPeriodicReload", context, status);
}

}  // namespace toolcatalog
