#ifndef CATALOG_SERVICE_RPC_MUTATION_CALLS_H_
#define CATALOG_SERVICE_RPC_MUTATION_CALLS_H_

#include <grpcpp/grpcpp.h>

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "catalog_service/model/mutation.h"
#include "catalog_service/rpc/deprecation.h"
#include "catalog_service/write/write_queue.h"
#include "common/guarded.h"
#include "common/rpc/call.h"
#include "common/rpc/grpc_status.h"
#include "common/status.h"
#include "toolcatalog/v1/tool.pb.h"

namespace toolcatalog {

// Serves a call that writes: queues its mutation, and answers when the outcome is known. Thread-safe.
class MutationCalls {
 public:
  // `queue` must outlive this and the calls.
  explicit MutationCalls(WriteQueue* queue) : queue_(*queue) {}

  // Serves a call. `make` makes its mutation out of the call's info, and `fill` fills in the response from the result.
  template <typename Make, typename Fill>
  grpc::ServerUnaryReactor* Write(grpc::CallbackServerContext* context, const char* method, Make make, Fill fill) {
    const CallInfo call = InfoOf(*context);
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    Queue(reactor, context, method, call, Guarded(method, [&] { return make(call); }), fill);
    return reactor;
  }

  // A `fill` that answers the tool.
  static auto ToolInto(v1::Tool* response, grpc::CallbackServerContext* context) {
    return [response, context](MutationResult result) {
      WarnOfDeprecation(result.tool, context);
      *response = std::move(result.tool);
    };
  }

  // Serves a call whose mutation answers a tool.
  template <typename Make>
  grpc::ServerUnaryReactor* WriteTool(grpc::CallbackServerContext* context, const char* method, Make make,
                                      v1::Tool* response) {
    return Write(context, method, make, ToolInto(response, context));
  }

  // Queues a mutation for a call that is under way, and finishes the call when the outcome is known.
  template <typename Fill>
  void Queue(grpc::ServerUnaryReactor* reactor, grpc::CallbackServerContext* context, const char* method,
             const CallInfo& call, absl::StatusOr<Mutation> mutation, Fill fill) {
    CallInfo logged = call;
    // As the log of changes has it.
    if (mutation.ok()) logged.actor = mutation->actor;
    auto finish = [reactor, method, logged](const absl::Status& status) {
      LogCall(method, logged, status);
      reactor->Finish(ToGrpcStatus(status));
    };
    if (!mutation.ok()) return finish(NotExecuted(mutation.status()));
    queue_.Submit(
        *std::move(mutation), call.deadline, [context] { return context->IsCancelled(); },
        [context, method, finish, fill](absl::StatusOr<MutationResult> result) {
          if (!result.ok()) return finish(result.status());
          const absl::Status filled = Guarded(method, [&] {
            context->AddTrailingMetadata(kRevisionKey, absl::StrCat(result->revision));
            fill(*std::move(result));
          });
          // The write is done: a caller must not take it for one that was not executed.
          finish(filled.ok() ? filled : OutcomeUnknown(filled));
        });
  }

 private:
  // Trailer of writes: the revision at which they are visible.
  static constexpr char kRevisionKey[] = "x-revision";

  WriteQueue& queue_;
};

}  // namespace toolcatalog

#endif  // CATALOG_SERVICE_RPC_MUTATION_CALLS_H_
