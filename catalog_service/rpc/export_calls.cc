#include "catalog_service/rpc/export_calls.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/guarded.h"
#include "common/rpc/call.h"
#include "common/rpc/grpc_status.h"
#include "common/status.h"

namespace toolcatalog {
namespace {

// Of answers that are being sent, together; one may have 64 MiB.
constexpr int64_t kMaxBytesInFlight = 128 << 20;

}  // namespace

class ExportCalls::Call : public grpc::ServerUnaryReactor {
 public:
  explicit Call(std::atomic<int64_t>* bytes_in_flight) : bytes_in_flight_(*bytes_in_flight) {}

  // Counts an answer until the call is over. RESOURCE_EXHAUSTED, and it is not counted, if that is too much.
  absl::Status Hold(int64_t bytes) {
    if ((bytes_in_flight_ += bytes) <= kMaxBytesInFlight) {
      held_ = bytes;
      return absl::OkStatus();
    }
    bytes_in_flight_ -= bytes;
    return MakeError(Reason::kMemoryBudgetExhausted,
                     absl::StrCat("this server sends ", kMaxBytesInFlight,
                                  " bytes of exports at a time; try again later, or stream it"));
  }

  void OnDone() override {
    bytes_in_flight_ -= held_;
    delete this;
  }

 private:
  std::atomic<int64_t>& bytes_in_flight_;
  int64_t held_ = 0;
};

grpc::ServerUnaryReactor* ExportCalls::Serve(grpc::CallbackServerContext* context,
                                             const v1::ExportToolsRequest& request, v1::ExportToolsResponse* response) {
  auto* call = new Call(&bytes_in_flight_);
  auto finish = [call, info = InfoOf(*context)](const absl::Status& status) {
    if (!status.ok() && !absl::IsInvalidArgument(status)) LogCall("ExportTools", info, status);
    call->Finish(ToGrpcStatus(status));
  };
  auto work = [=, &request]() -> absl::Status {
    if (absl::Status wanted = StillWanted(*context, absl::FromChrono(context->deadline())); !wanted.ok()) return wanted;
    absl::StatusOr<v1::ExportToolsResponse> answer =
        exporter_.Export(request, [context] { return context->IsCancelled(); });
    if (!answer.ok()) return answer.status();
    absl::Status held = call->Hold(static_cast<int64_t>(answer->ByteSizeLong()));
    if (held.ok()) *response = *std::move(answer);
    return held;
  };
  if (!executor_.TrySchedule([finish, work] { finish(Guarded("ExportTools", work)); })) finish(QueueFull());
  return call;
}

}  // namespace toolcatalog
