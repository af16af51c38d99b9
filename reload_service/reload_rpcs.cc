#include "reload_service/reload_rpcs.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/bounded_wait.h"
#include "common/call.h"
#include "common/definition.h"
#include "common/grpc_status.h"
#include "common/page_token.h"
#include "reload_service/profile_reply.h"
#include "reload_service/reload_stream.h"
#include "reload_service/request_rules.h"

namespace toolcatalog {
namespace {

// How long a read of an invalidated profile waits for the catalog.
constexpr absl::Duration kMaxReadWait = absl::Seconds(2);
constexpr absl::Duration kMaxReloadWait = absl::Seconds(30);
constexpr absl::Duration kMaxStreamWrite = absl::Seconds(30);
// The part of a caller's time that is spent on waiting; the rest is for the answer's way back.
constexpr double kWaitShare = 0.9;

absl::Time WaitUntil(const grpc::CallbackServerContext& context, absl::Duration limit) {
  const absl::Time now = absl::Now();
  return now + std::min(limit, kWaitShare * (absl::FromChrono(context.deadline()) - now));
}

grpc::ServerUnaryReactor* Finish(grpc::CallbackServerContext* context, const absl::Status& status) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  reactor->Finish(ToGrpcStatus(status));
  return reactor;
}

// Logs the call and answers.
grpc::ServerUnaryReactor* FinishLogged(absl::string_view method, grpc::CallbackServerContext* context,
                                       const absl::Status& status) {
  LogCall(method, InfoOf(*context), status);
  return Finish(context, status);
}

absl::Status NotLoaded() { return absl::UnavailableError("the profiles have not been loaded yet"); }

}  // namespace

grpc::ServerUnaryReactor* ReloadRpcs::GetProfile(grpc::CallbackServerContext* context, const grpc::ByteBuffer* request,
                                                 grpc::ByteBuffer* response) {
  v1::GetProfileRequest parsed;
  absl::Status status = ParseRequest(*request, &parsed);
  if (status.ok()) status = CheckToolName(parsed.tool_name());
  if (!status.ok()) return Finish(context, status);
  const std::string key = NameKey(parsed.tool_name());
  const ProfileCache::Reading reading = cache_->Get(key);
  if (reading.entry == nullptr || reading.entry->invalid_mark == 0) {
    return Finish(context, AnswerProfile(parsed.tool_name(), reading, response));
  }
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  const auto answer = [this, reactor, response, key, name = parsed.tool_name()] {
    reactor->Finish(ToGrpcStatus(AnswerProfile(name, cache_->Get(key), response)));
  };
  auto wait = BoundedWait::Start(WaitUntil(*context, kMaxReadWait), answer);
  coordinator_->Refresh(key, reading.entry->invalid_mark, [wait, answer] {
    if (wait->Settle()) answer();
  });
  return reactor;
}

absl::Status ReloadRpcs::AnswerProfile(const std::string& tool_name, const ProfileCache::Reading& reading,
                                       grpc::ByteBuffer* response) const {
  if (!reading.freshness.loaded) return NotLoaded();
  if (reading.entry == nullptr || !reading.entry->has_profile()) {
    return absl::NotFoundError(absl::StrCat("tool \"", tool_name,
                                            "\" has no profile: it does not exist, is disabled, or "
                                            "its status is not active or testing"));
  }
  *response = EncodeProfile(*reading.entry, reading.freshness, absl::Now(), time_to_live_);
  return absl::OkStatus();
}

grpc::ServerUnaryReactor* ReloadRpcs::ListProfiles(grpc::CallbackServerContext* context,
                                                   const grpc::ByteBuffer* request, grpc::ByteBuffer* response) {
  v1::ListProfilesRequest parsed;
  absl::Status status = ParseRequest(*request, &parsed);
  if (status.ok()) status = AnswerPage(parsed, response);
  return Finish(context, status);
}

absl::Status ReloadRpcs::AnswerPage(const v1::ListProfilesRequest& request, grpc::ByteBuffer* response) const {
  const auto size = CheckPageSize("page_size", request.has_page_size(), request.page_size());
  if (!size.ok()) return size.status();
  const bool first = request.page_token().empty();
  const auto after = first ? std::string() : DecodePageToken(kProfilesQuery, request.page_token());
  if (!after.ok()) return after.status();
  const ProfileCache::Page page = cache_->List(*after, *size);
  if (!page.freshness.loaded) return NotLoaded();
  *response = EncodePage(page, absl::Now(), time_to_live_);
  return absl::OkStatus();
}

grpc::ServerUnaryReactor* ReloadRpcs::TriggerReload(grpc::CallbackServerContext* context,
                                                    const v1::TriggerReloadRequest* request,
                                                    v1::TriggerReloadResponse* response) {
  const CallInfo info = InfoOf(*context);
  const bool named = !request->triggered_by().empty();
  const ReloadRequest wanted{request->tool_name(), named ? request->triggered_by() : info.actor, info.start};
  absl::Status status = CheckOptionalToolName(wanted.tool_name);
  if (status.ok()) status = CheckShortText(named ? "triggered_by" : "x-actor", wanted.triggered_by);
  if (!status.ok()) return FinishLogged("TriggerReload", context, status);
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  const auto finish = [reactor, info](const absl::Status& status) {
    LogCall("TriggerReload", info, status);
    reactor->Finish(ToGrpcStatus(status));
  };
  auto wait = BoundedWait::Start(WaitUntil(*context, kMaxReloadWait), [finish] {
    finish(absl::DeadlineExceededError("the reload has not ended in time; it goes on"));
  });
  const auto done = [wait, finish, response](const v1::ReloadEvent& event) {
    if (!wait->Settle()) return;
    response->set_success(event.success());
    *response->mutable_event() = event;
    finish(absl::OkStatus());
  };
  if (wanted.tool_name.empty()) {
    coordinator_->ReloadAll(wanted, done);
  } else {
    coordinator_->ReloadTool(wanted, done);
  }
  return reactor;
}

grpc::ServerUnaryReactor* ReloadRpcs::InvalidateCache(grpc::CallbackServerContext* context,
                                                      const v1::InvalidateCacheRequest* request,
                                                      v1::InvalidateCacheResponse* response) {
  const absl::Time start = absl::Now();
  const absl::Status status = CheckOptionalToolName(request->tool_name());
  if (status.ok()) {
    response->set_success(true);
    response->set_invalidated_count(cache_->Invalidate(NameKey(request->tool_name())));
    response->set_duration_ms(absl::ToDoubleMilliseconds(absl::Now() - start));
  }
  return FinishLogged("InvalidateCache", context, status);
}

grpc::ServerUnaryReactor* ReloadRpcs::ListReloadEvents(grpc::CallbackServerContext* context,
                                                       const v1::ListReloadEventsRequest* request,
                                                       v1::ListReloadEventsResponse* response) {
  const auto limit = CheckPageSize("limit", request->has_limit(), request->limit());
  if (!limit.ok()) return Finish(context, limit.status());
  const absl::Status status = CheckTrigger(request->trigger_type());
  if (status.ok()) *response = history_->List(request->trigger_type(), *limit);
  return Finish(context, status);
}

grpc::ServerUnaryReactor* ReloadRpcs::GetReloadStatistics(grpc::CallbackServerContext* context,
                                                          const v1::GetReloadStatisticsRequest* request,
                                                          v1::ReloadStatistics* response) {
  *response = history_->Statistics();
  return Finish(context, absl::OkStatus());
}

grpc::ServerWriteReactor<v1::ReloadEvent>* ReloadRpcs::WatchReloads(grpc::CallbackServerContext* context,
                                                                    const v1::WatchReloadsRequest* request) {
  return ReloadStream::Open(context, history_, kMaxStreamWrite);
}

}  // namespace toolcatalog
