#ifndef COMMON_RPC_CALL_H_
#define COMMON_RPC_CALL_H_

#include <grpcpp/grpcpp.h>

#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/guarded.h"
#include "common/rpc/executor.h"
#include "common/rpc/grpc_status.h"

namespace toolcatalog {

// What a handler wants to know of the call it serves.
struct CallInfo {
  // Metadata `x-actor`, or "".
  std::string actor;
  // Metadata `x-request-id`, or "".
  std::string request_id;
  // Metadata `if-match`.
  std::optional<std::string> if_match;
  // Address of the caller's connection; before that, with " via ", the metadata `x-forwarded-for`, if there is one.
  std::string peer;
  absl::Time deadline;
  absl::Time start;
};
CallInfo InfoOf(const grpc::CallbackServerContext& context);

// Writes the log line of a finished call; as an error if the fault is ours.
void LogCall(absl::string_view method, const CallInfo& info, const absl::Status& status);

// DEADLINE_EXCEEDED or CANCELLED if nobody waits for the answer any more, else OK.
absl::Status StillWanted(const grpc::CallbackServerContext& context, absl::Time deadline);

// Answers RESOURCE_EXHAUSTED: the server's queue for this kind of call is full.
absl::Status QueueFull();

// Serves a unary call by `work`, a function that may block and answers a status, on `executor`. A call whose deadline
// passed while it waited is not run. One whose work throws is answered INTERNAL, or it would never be answered.
// `finish` completes, and logs as it sees fit, every status before it is answered.
template <typename Work, typename Finish>
grpc::ServerUnaryReactor* ServeOn(Executor& executor, grpc::CallbackServerContext* context, Work work, Finish finish) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  const absl::Time deadline = absl::FromChrono(context->deadline());
  const bool taken = executor.TrySchedule([reactor, context, deadline, finish, work = std::move(work)]() mutable {
    absl::Status status = StillWanted(*context, deadline);
    if (status.ok()) status = Guarded("call", work);
    reactor->Finish(ToGrpcStatus(finish(status)));
  });
  if (!taken) reactor->Finish(ToGrpcStatus(finish(QueueFull())));
  return reactor;
}

// The same for a read: only what went wrong on our side is logged, for reads are many.
template <typename Work>
grpc::ServerUnaryReactor* ServeReadOn(Executor& executor, grpc::CallbackServerContext* context, const char* method,
                                      Work work) {
  return ServeOn(executor, context, std::move(work), [method, call = InfoOf(*context)](const absl::Status& status) {
    if (!status.ok() && !absl::IsNotFound(status) && !absl::IsInvalidArgument(status)) LogCall(method, call, status);
    return status;
  });
}

// A unary call that is answered at once, with a reactor of its own.
class RefusedCall : public grpc::ServerUnaryReactor {
 public:
  explicit RefusedCall(const absl::Status& status) { Finish(ToGrpcStatus(status)); }
  void OnDone() override { delete this; }
};

// Enters the handler of a unary call on a gRPC thread. What it throws is answered INTERNAL. gRPC itself would catch it
// too, but answer UNIMPLEMENTED without a word in the log.
template <typename Handler>
grpc::ServerUnaryReactor* EnterCall(absl::string_view method, Handler handler) {
  using Reactor = absl::StatusOr<grpc::ServerUnaryReactor*>;
  const Reactor reactor = Guarded(method, [&]() -> Reactor { return handler(); });
  return reactor.ok() ? *reactor : new RefusedCall(reactor.status());
}

}  // namespace toolcatalog

#endif  // COMMON_RPC_CALL_H_
