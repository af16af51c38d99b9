#ifndef CATALOG_SERVICE_RPC_MUTATION_CALLS_H_
#define CATALOG_SERVICE_RPC_MUTATION_CALLS_H_

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "catalog_service/model/mutation.h"
#include "catalog_service/rpc/deprecation.h"
#include "catalog_service/write/write_queue.h"
#include "common/guarded.h"
#include "common/rpc/call.h"
#include "common/rpc/unary_call.h"
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
  void Write(UnaryCall& call, Make make, Fill fill) {
    const CallInfo info = call.Info();
    Queue(call, info, Guarded(call.method(), [&] { return make(info); }), fill);
  }

  // A `fill` that answers the tool.
  static auto ToolInto(v1::Tool& response, UnaryCall& call) {
    return [&response, &call](MutationResult result) {
      WarnOfDeprecation(result.tool, call.context());
      response = std::move(result.tool);
    };
  }

  // Serves a call whose mutation answers a tool.
  template <typename Make>
  void WriteTool(UnaryCall& call, Make make, v1::Tool& response) {
    Write(call, make, ToolInto(response, call));
  }

  // Queues a mutation for a call that is under way, and answers the call when the outcome is known.
  template <typename Fill>
  void Queue(UnaryCall& call, const CallInfo& info, absl::StatusOr<Mutation> mutation, Fill fill) {
    CallInfo logged = info;
    // As the log of changes has it.
    if (mutation.ok()) logged.actor = mutation->actor;
    auto finish = [&call, logged](const absl::Status& status) {
      LogCall(call.method(), logged, status);
      call.Answer(status);
    };
    if (!mutation.ok()) return finish(NotExecuted(mutation.status()));
    queue_.Submit(
        *std::move(mutation), info.deadline, [&call] { return call.IsCancelled(); },
        [&call, finish, fill](absl::StatusOr<MutationResult> result) {
          if (!result.ok()) return finish(result.status());
          const absl::Status filled = Guarded(call.method(), [&] {
            call.context().AddTrailingMetadata(kRevisionKey, absl::StrCat(result->revision));
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
