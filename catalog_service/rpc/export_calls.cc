#include "catalog_service/rpc/export_calls.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace toolcatalog {

void ExportCalls::ExportTools(UnaryCall& call, const v1::ExportToolsRequest& request,
                              v1::ExportToolsResponse& response) {
  AnswerReadOn(executor_, call, [this, &call, &request, &response] {
    absl::StatusOr<v1::ExportToolsResponse> answer =
        exporter_.Export(request, HoldFor(call), [&call] { return call.IsCancelled(); });
    if (answer.ok()) response = *std::move(answer);
    return answer.status();
  });
}

}  // namespace toolcatalog
