#include "common/rpc/port_check.h"

#include <poll.h>

#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/time/clock.h"
#include "common/guarded.h"
#include "common/log.h"
#include "grpc/health/v1/health.grpc.pb.h"

namespace toolcatalog {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(5);

}  // namespace

PortCheck::PortCheck(std::string target, absl::Duration interval)
    : target_(std::move(target)), interval_(interval), thread_([this] { Run(); }) {}

void PortCheck::Stop() {
  if (!thread_.joinable()) return;
  stop_.Set();
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
    if (call_ != nullptr) call_->TryCancel();
  }
  thread_.join();
}

void PortCheck::Run() {
  while (!AwaitStop()) Guarded("port check", [this] { Check(); }).IgnoreError();
}

void PortCheck::Check() {
  const grpc::Status status = Ask();
  if (status.error_code() == grpc::StatusCode::CANCELLED || status.ok() == answers_) return;
  answers_ = status.ok();
  if (answers_) {
    LogInfo("own port answers again", {{"target", target_}});
  } else {
    LogError("own port does not answer", {{"target", target_}, {"error", status.error_message()}});
  }
}

bool PortCheck::AwaitStop() {
  pollfd stop = {stop_.fd(), POLLIN, 0};
  return poll(&stop, 1, static_cast<int>(absl::ToInt64Milliseconds(interval_))) > 0;
}

grpc::Status PortCheck::Ask() {
  grpc::ChannelArguments arguments;
  // Else the check would share the connection of the one before.
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  const auto channel = grpc::CreateCustomChannel(target_, grpc::InsecureChannelCredentials(), arguments);
  const auto health = grpc::health::v1::Health::NewStub(channel);
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(absl::Now() + kPatience));
  {
    absl::MutexLock lock(&mutex_);
    if (stopping_) return grpc::Status::CANCELLED;
    call_ = &context;
  }
  const absl::Cleanup end = [this] {
    absl::MutexLock lock(&mutex_);
    call_ = nullptr;
  };
  grpc::health::v1::HealthCheckResponse response;
  return health->Check(&context, {}, &response);
}

}  // namespace toolcatalog
