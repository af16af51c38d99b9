#include "reload_service/rpc/reload_calls.h"

#include <utility>
#include <vector>

#include "common/rpc/bounded_wait.h"
#include "common/rpc/call.h"
#include "common/rpc/request_rules.h"
#include "common/status.h"
#include "common/steady_time.h"

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

void ReloadCalls::TriggerReload(UnaryCall& call, const v1::TriggerReloadRequest& request,
                                v1::TriggerReloadResponse& response) {
  const CallInfo info = call.Info();
  const bool named = !request.triggered_by().empty();
  const ReloadRequest wanted{request.tool_name(), named ? request.triggered_by() : info.actor,
                             SteadyTime::Of(info.start), kTriggerManual, request.reason()};
  std::vector<Violation> violations;
  CheckOptionalToolName("tool_name", wanted.tool_name, violations);
  CheckShortText(named ? "triggered_by" : "x-actor", wanted.triggered_by, violations);
  CheckShortText("reason", wanted.reason, violations);
  if (!violations.empty()) return call.AnswerLogged(InvalidArgumentError(violations));
  Reload(call, wanted, response);
}

void ReloadCalls::Reload(UnaryCall& call, const ReloadRequest& wanted, v1::TriggerReloadResponse& response) {
  const absl::Status status = coordinator_->CheckNotFrozen();
  if (!status.ok()) return call.AnswerLogged(status);
  auto wait = BoundedWait::Start(call.WaitUntil(kMaxReloadWait), [&call] {
    call.AnswerLogged(MakeError(Reason::kReloadUnfinished, "the reload has not ended in time; it goes on"));
  });
  const auto done = [wait, &call, &response](const v1::ReloadEvent& event) {
    if (!wait->Settle()) return;
    response.set_success(event.success());
    *response.mutable_event() = event;
    call.AnswerLogged(absl::OkStatus());
  };
  if (wanted.tool_name.empty()) {
    coordinator_->ReloadAll(wanted, done);
  } else {
    coordinator_->ReloadTool(wanted, done);
  }
}

void ReloadCalls::Freeze(UnaryCall& call, const v1::FreezeRequest& request, v1::FreezeState& response) {
  const absl::Status status = CheckShortText("reason", request.reason());
  if (!status.ok()) return call.AnswerLogged(status);
  const auto freeze = [this, &request](const std::string& actor) {
    v1::FreezeState state = coordinator_->Freeze(request.reason(), actor);
    on_frozen_();
    return state;
  };
  Switch(call, freeze, response);
}

void ReloadCalls::Thaw(UnaryCall& call, const v1::ThawRequest&, v1::FreezeState& response) {
  Switch(
      call, [this](const std::string& actor) { return coordinator_->Thaw(actor); }, response);
}

void ReloadCalls::Switch(UnaryCall& call, std::function<v1::FreezeState(const std::string& actor)> work,
                         v1::FreezeState& response) {
  const CallInfo info = call.Info();
  const absl::Status status = CheckShortText("x-actor", info.actor);
  if (!status.ok()) return call.AnswerLogged(status);
  const auto run = [work = std::move(work), actor = info.actor, &response] {
    response = work(actor);
    return absl::OkStatus();
  };
  AnswerOn(executor_, call, run, [&call, info](const absl::Status& status) {
    LogCall(call.method(), info, status);
    return status;
  });
}

void ReloadCalls::SetPeriodicReload(UnaryCall& call, const v1::SetPeriodicReloadRequest& request,
                                    v1::PeriodicReload& response) {
  absl::StatusOr<v1::PeriodicReload> periodic = schedule_->Set(request);
  if (periodic.ok()) response = *std::move(periodic);
  call.AnswerLogged(periodic.status());
}

}  // namespace toolcatalog
