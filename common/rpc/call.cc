#include "common/rpc/call.h"

#include <utility>

#include "absl/time/clock.h"
#include "common/log.h"
#include "common/rpc/caller_address.h"
#include "common/status.h"

namespace toolcatalog {
namespace {

std::optional<std::string> Metadata(const grpc::CallbackServerContext& context, const char* key) {
  auto found = context.client_metadata().find(key);
  if (found == context.client_metadata().end()) return std::nullopt;
  return std::string(found->second.data(), found->second.size());
}

}  // namespace

CallInfo InfoOf(const grpc::CallbackServerContext& context) {
  std::optional<std::string> actor = Metadata(context, "x-actor");
  if (!actor.has_value()) actor = Metadata(context, "x-actor-bin");
  return {std::move(actor).value_or(""),        Metadata(context, "x-request-id").value_or(""),
          Metadata(context, "if-match"),        CallerOf(context),
          absl::FromChrono(context.deadline()), absl::Now()};
}

std::string CallerOf(const grpc::CallbackServerContext& context) {
  return CallerAddress(context.peer(), Metadata(context, "x-forwarded-for").value_or(""));
}

void LogCall(absl::string_view method, const CallInfo& info, const absl::Status& status) {
  const bool our_fault = absl::IsInternal(status) || absl::IsUnknown(status) || absl::IsDataLoss(status);
  (our_fault ? LogError : LogInfo)("call", {{"method", method},
                                            {"request_id", info.request_id},
                                            {"peer", info.peer},
                                            {"actor", info.actor},
                                            {"status", absl::StatusCodeToString(status.code())},
                                            {"error", status.message()},
                                            {"duration_ms", absl::ToDoubleMilliseconds(absl::Now() - info.start)}});
}

absl::Status StillWanted(const grpc::CallbackServerContext& context, absl::Time deadline) {
  if (absl::Now() >= deadline)
    return MakeError(Reason::kDeadlineExceeded, "deadline passed before the call was served");
  if (context.IsCancelled()) return MakeError(Reason::kCancelled, "cancelled by the caller");
  return absl::OkStatus();
}

absl::Status QueueFull() { return MakeError(Reason::kQueueFull, "the queue is full; try again later"); }

}  // namespace toolcatalog
