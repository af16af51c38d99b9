#include "common/rpc/call_answers.h"

#include <algorithm>

#include "absl/time/clock.h"
#include "common/rpc/call.h"
#include "common/rpc/grpc_status.h"

namespace toolcatalog {
namespace {

// The part of a caller's time that is spent on waiting; the rest is for the answer's way back.
constexpr double kWaitShare = 0.9;

}  // namespace

absl::Time WaitUntil(const grpc::CallbackServerContext& context, absl::Duration limit) {
  const absl::Time now = absl::Now();
  return now + std::min(limit, kWaitShare * (absl::FromChrono(context.deadline()) - now));
}

grpc::ServerUnaryReactor* Finish(grpc::CallbackServerContext* context, const absl::Status& status) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  reactor->Finish(ToGrpcStatus(status));
  return reactor;
}

grpc::ServerUnaryReactor* FinishLogged(absl::string_view method, grpc::CallbackServerContext* context,
                                       const absl::Status& status) {
  LogCall(method, InfoOf(*context), status);
  return Finish(context, status);
}

}  // namespace toolcatalog
