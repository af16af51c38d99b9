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
#include "common/rpc/executor.h"
#include "common/rpc/unary_call.h"
#include "common/status.h"
#include "toolcatalog/v1/tool.pb.h"

namespace toolcatalog {

// Serves a call that writes: makes its mutation on an executor, since checking a definition may take long, queues it,
// and answers when the outcome is known. Thread-safe.
class MutationCalls {
 public:
  // Both must outlive this and the calls. Mutations are made on `checks` unless their call names another executor.
  MutationCalls(WriteQueue* queue, Executor* checks) : queue_(*queue), checks_(*checks) {}

  // Serves a call. `make` makes its mutation out of the call's info, and `fill` fills in the response from the result.
  template <typename Make, typename Fill>
  void Write(UnaryCall& call, Make make, Fill fill) {
    WriteOn(checks_, call, std::move(make), std::move(fill));
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
    Write(call, std::move(make), ToolInto(response, call));
  }
  // The same for a `make` that reads from the database, on an executor for that.
  template <typename Make>
  void WriteToolOn(Executor& executor, UnaryCall& call, Make make, v1::Tool& response) {
    WriteOn(executor, call, std::move(make), ToolInto(response, call));
  }

 private:
  // Trailer of writes: the revision at which they are visible.
  static constexpr char kRevisionKey[] = "x-revision";

  template <typename Make, typename Fill>
  void WriteOn(Executor& executor, UnaryCall& call, Make make, Fill fill) {
    const CallInfo info = call.Info();
    auto run = [=, &call] {
      absl::StatusOr<Mutation> mutation = Guarded(call.method(), [&]() -> absl::StatusOr<Mutation> {
        if (absl::Status status = StillWanted(call.context(), info.deadline); !status.ok()) return status;
        return make(info);
      });
      call.DropRequest();
      Queue(call, info, std::move(mutation), fill);
    };
    if (!executor.TrySchedule(std::move(run), call.caller())) Queue(call, info, QueueFull(), fill);
  }

  // Queues the mutation of a call, and answers the call when the outcome is known.
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

  WriteQueue& queue_;
  Executor& checks_;
};

}  // namespace toolcatalog

#endif  // CATALOG_SERVICE_RPC_MUTATION_CALLS_H_
