#include "reload_service/rpc/reload_stream.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/rpc/request_bytes.h"
#include "common/rpc/request_rules.h"
#include "common/status.h"

namespace toolcatalog {
namespace {

absl::Status CheckRequest(const v1::WatchReloadsRequest& request) {
  std::vector<Violation> violations;
  CheckAtLeast("from_event_id", 0, request.from_event_id(), violations);
  if (!request.boot_id().empty() && !request.has_from_event_id()) {
    violations.push_back(BrokenRule("boot_id", "must not be set without from_event_id"));
  }
  CheckShortText("boot_id", request.boot_id(), violations);
  return StatusOf(violations);
}

// The event that the stream starts after.
absl::StatusOr<int64_t> StartOf(const v1::WatchReloadsRequest& request, const ReloadHistory& history) {
  const absl::Status status = CheckRequest(request);
  if (!status.ok()) return status;
  // In this order: the oldest may move on, but not past the newest.
  const int64_t oldest = std::max<int64_t>(history.oldest_event_id() - 1, 0), newest = history.last_event_id();
  if (!request.has_from_event_id()) return newest;
  const int64_t from = request.from_event_id();
  const std::map<std::string, std::string> range = {{"oldest_event_id", absl::StrCat(oldest)},
                                                    {"newest_event_id", absl::StrCat(newest)}};
  if (from > newest || (!request.boot_id().empty() && request.boot_id() != history.identity().boot_id)) {
    return MakeError(Reason::kHistoryDiverged,
                     absl::StrCat("event ", from, " is not of this process, which is at ", newest), range);
  }
  if (from > 0 && from < oldest) {
    return MakeError(Reason::kCompacted,
                     absl::StrCat("events after ", from, " are kept no longer; the oldest are those after ", oldest),
                     range);
  }
  return from;
}

}  // namespace

absl::StatusOr<std::shared_ptr<ReloadStream>> ReloadStream::Create(grpc::CallbackServerContext* context,
                                                                   const v1::WatchReloadsRequest& request,
                                                                   ReloadHistory* history, absl::Duration max_write) {
  const absl::StatusOr<int64_t> start = StartOf(request, *history);
  if (!start.ok()) return start.status();
  return std::shared_ptr<ReloadStream>(new ReloadStream(context, history, *start, max_write));
}

ReloadStream::ReloadStream(grpc::CallbackServerContext* context, ReloadHistory* history, int64_t after,
                           absl::Duration max_write)
    : ServerStream("WatchReloads", context, max_write), history_(history), last_event_id_(after) {}

void ReloadStream::OnStart() {
  // Clients see at once that the stream is open.
  StartSendInitialMetadata();
  history_->Subscribe(std::static_pointer_cast<ReloadStream>(shared_from_this()));
}

void ReloadStream::OnEnd() { history_->Unsubscribe(this); }

absl::StatusOr<StreamStep> ReloadStream::Next(grpc::ByteBuffer& message) {
  const ReloadHistory::Events next = history_->After(last_event_id_, 1, 1);
  if (next.empty()) return StreamStep::Wait();
  last_event_id_ = next.front()->event_id();
  if (absl::Status status = EncodeResponse(*next.front(), message); !status.ok()) return status;
  return StreamStep::Write();
}

}  // namespace toolcatalog
