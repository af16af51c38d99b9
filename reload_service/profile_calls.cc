#include "reload_service/profile_calls.h"

#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/bounded_wait.h"
#include "common/definition.h"
#include "common/grpc_status.h"
#include "common/page_token.h"
#include "reload_service/call_answers.h"
#include "reload_service/profile_reply.h"
#include "reload_service/request_rules.h"

namespace toolcatalog {
namespace {

// How long a read of an invalidated profile waits for the catalog.
constexpr absl::Duration kMaxReadWait = absl::Seconds(2);

absl::Status NotLoaded() { return absl::UnavailableError("the profiles have not been loaded yet"); }

}  // namespace

grpc::ServerUnaryReactor* ProfileCalls::GetProfile(grpc::CallbackServerContext* context,
                                                   const grpc::ByteBuffer* request, grpc::ByteBuffer* response) {
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

absl::Status ProfileCalls::AnswerProfile(const std::string& tool_name, const ProfileCache::Reading& reading,
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

grpc::ServerUnaryReactor* ProfileCalls::ListProfiles(grpc::CallbackServerContext* context,
                                                     const grpc::ByteBuffer* request, grpc::ByteBuffer* response) {
  v1::ListProfilesRequest parsed;
  absl::Status status = ParseRequest(*request, &parsed);
  if (status.ok()) status = AnswerPage(parsed, response);
  return Finish(context, status);
}

absl::Status ProfileCalls::AnswerPage(const v1::ListProfilesRequest& request, grpc::ByteBuffer* response) const {
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

grpc::ServerUnaryReactor* ProfileCalls::InvalidateCache(grpc::CallbackServerContext* context,
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

}  // namespace toolcatalog
