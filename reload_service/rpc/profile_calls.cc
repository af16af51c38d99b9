#include "reload_service/rpc/profile_calls.h"

#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "common/definition/definition.h"
#include "common/letter_case.h"
#include "common/page_token.h"
#include "common/rpc/bounded_wait.h"
#include "common/rpc/request_rules.h"
#include "common/status.h"
#include "common/steady_time.h"

namespace toolcatalog {
namespace {

// How long a read of an invalidated profile waits for the catalog.
constexpr absl::Duration kMaxReadWait = absl::Seconds(2);
// How long a call waits for a revision, unless its deadline is earlier.
constexpr absl::Duration kMaxRevisionWait = absl::Seconds(30);

absl::Status NotLoaded() { return MakeError(Reason::kCacheNotLoaded, "the profiles have not been loaded yet"); }

absl::Status CheckRequest(const v1::GetProfileRequest& request) {
  std::vector<Violation> violations;
  CheckToolName("tool_name", request.tool_name(), violations);
  CheckAtLeast("min_revision", 0, request.min_revision(), violations);
  return StatusOf(violations);
}

absl::Status CheckRequest(const v1::ListProfilesRequest& request) {
  std::vector<Violation> violations;
  CheckAtLeast("min_revision", 0, request.min_revision(), violations);
  CheckShortText("capability", request.capability(), violations);
  CheckShortText("platform", request.platform(), violations);
  CheckShortText("category", request.category(), violations);
  CheckShortText("tag", request.tag(), violations);
  return StatusOf(violations);
}

// What the page tokens of a list are made for.
std::string QueryOf(const v1::ListProfilesRequest& request) {
  return absl::StrJoin(
      {std::string("profiles"), request.capability(), request.platform(), request.category(), LowerCase(request.tag())},
      "\n");
}

// A fetch for a read of a profile that was invalid by `mark` has ended: if it is so still, the fetch has failed.
void NoteEnd(const ProfileCache& cache, const std::string& key, int64_t mark, FetchPause* pause) {
  if (cache.Get(key).invalid_mark == mark) {
    pause->NoteFailure(SteadyTime::Now());
  } else {
    pause->NoteSuccess();
  }
}

}  // namespace

void ProfileCalls::GetProfile(UnaryCall& call, const v1::GetProfileRequest& request, grpc::ByteBuffer& response) {
  const absl::Status status = CheckRequest(request);
  if (!status.ok()) return call.Answer(status);
  if (request.min_revision() == 0) return ReadProfile(call, request.tool_name(), response);
  AwaitRevision(call, "min_revision", request.min_revision(),
                [this, &call, &request, &response](const absl::Status& status) {
                  status.ok() ? ReadProfile(call, request.tool_name(), response) : call.Answer(status);
                });
}

void ProfileCalls::ReadProfile(UnaryCall& call, const std::string& tool_name, grpc::ByteBuffer& response) {
  const std::string key = NameKey(tool_name);
  const ProfileCache::Reading reading = parts_.cache->Get(key);
  const SteadyTime start = SteadyTime::Now();
  const bool asks = reading.invalid_mark > 0 && parts_.coordinator->CheckNotFrozen().ok() && pause_->MayAsk(start);
  const bool hit = !asks && reading.entry != nullptr && reading.entry->has_profile();
  (hit ? hits_ : misses_).fetch_add(1, std::memory_order_relaxed);
  if (!asks) return call.Answer(AnswerProfile(tool_name, reading, response));
  const auto answer = [this, &call, &response, key, tool_name] {
    call.Answer(AnswerProfile(tool_name, parts_.cache->Get(key), response));
  };
  auto wait = BoundedWait::Start(call.WaitUntil(kMaxReadWait), [answer, start, pause = pause_] {
    // A caller with less patience says nothing about the catalog.
    const SteadyTime now = SteadyTime::Now();
    if (now - start >= kMaxReadWait) pause->NoteFailure(now);
    answer();
  });
  parts_.coordinator->Refresh(key, reading.invalid_mark,
                              [wait, answer, key, mark = reading.invalid_mark, cache = parts_.cache, pause = pause_] {
                                NoteEnd(*cache, key, mark, pause.get());
                                if (wait->Settle()) answer();
                              });
}

absl::Status ProfileCalls::AnswerProfile(const std::string& tool_name, const ProfileCache::Reading& reading,
                                         grpc::ByteBuffer& response) const {
  if (!reading.freshness.loaded) return NotLoaded();
  if (reading.entry == nullptr || !reading.entry->has_profile()) {
    return MakeError(Reason::kProfileNotFound,
                     absl::StrCat("tool \"", tool_name,
                                  "\" has no profile: it does not exist, is disabled, or "
                                  "its status is not active or testing"),
                     {{"tool_name", tool_name}});
  }
  response = EncodeProfile(reading, Now());
  return absl::OkStatus();
}

void ProfileCalls::ListProfiles(UnaryCall& call, const v1::ListProfilesRequest& request, grpc::ByteBuffer& response) {
  auto query = ParseList(request);
  if (!query.ok()) return call.Answer(query.status());
  AwaitRevision(call, "min_revision", request.min_revision(),
                [this, &call, &response, query = *std::move(query)](const absl::Status& status) mutable {
                  if (!status.ok()) return call.Answer(status);
                  // A filter may have to look at every profile.
                  AnswerReadOn(lists_, call,
                               [this, &response, query = std::move(query)] { return AnswerPage(query, response); });
                });
}

absl::StatusOr<ProfileCalls::ListQuery> ProfileCalls::ParseList(const v1::ListProfilesRequest& request) const {
  const absl::Status status = CheckRequest(request);
  if (!status.ok()) return status;
  const auto size = CheckPageSize("page_size", request.has_page_size(), request.page_size());
  if (!size.ok()) return size.status();
  ListQuery query{QueryOf(request), "", *size, {{}, request.platform(), request.category(), LowerCase(request.tag())}};
  if (!request.capability().empty()) query.filter.capabilities = parts_.aliases->NamesFor(request.capability());
  if (request.page_token().empty()) return query;
  auto after = DecodePageToken(query.text, request.page_token());
  if (!after.ok()) return after.status();
  query.after = *std::move(after);
  return query;
}

absl::Status ProfileCalls::AnswerPage(const ListQuery& query, grpc::ByteBuffer& response) const {
  const ProfileCache::Page page = parts_.cache->List(query.after, query.size, query.filter);
  if (!page.freshness.loaded) return NotLoaded();
  response = EncodePage(page, query.text, Now());
  return absl::OkStatus();
}

void ProfileCalls::InvalidateCache(UnaryCall& call, const v1::InvalidateCacheRequest& request,
                                   v1::InvalidateCacheResponse& response) {
  const SteadyTime start = SteadyTime::Now();
  std::vector<Violation> violations;
  CheckOptionalToolName("tool_name", request.tool_name(), violations);
  const absl::Status status = violations.empty() ? parts_.coordinator->CheckNotFrozen() : StatusOf(violations);
  if (status.ok()) {
    response.set_success(true);
    response.set_invalidated_count(parts_.cache->Invalidate(NameKey(request.tool_name())));
    response.set_duration_ms(absl::ToDoubleMilliseconds(SteadyTime::Now() - start));
  }
  call.AnswerLogged(status);
}

void ProfileCalls::WaitForRevision(UnaryCall& call, const v1::WaitForRevisionRequest& request,
                                   v1::WaitForRevisionResponse& response) {
  std::vector<Violation> violations;
  CheckAtLeast("revision", 1, request.revision(), violations);
  if (!violations.empty()) return call.Answer(InvalidArgumentError(violations));
  const SteadyTime deadline = SteadyTime::Of(call.WaitUntil(kMaxRevisionWait));
  const auto finish = [&call, &response](const absl::StatusOr<v1::WaitForRevisionResponse>& answer) {
    if (answer.ok()) response = *answer;
    call.Answer(answer.status());
  };
  AwaitRevision(
      call, "revision", request.revision(),
      [this, all = request.all(), revision = request.revision(), deadline, finish](const absl::Status& status) {
        if (!status.ok()) return finish(status);
        if (all) return parts_.replicas->Await(revision, absl::Now() + (deadline - SteadyTime::Now()), finish);
        v1::WaitForRevisionResponse answer;
        answer.set_revision(parts_.cache->GetFreshness().revision);
        answer.set_replicas(1);
        finish(answer);
      });
}

void ProfileCalls::AwaitRevision(UnaryCall& call, absl::string_view field, int64_t revision,
                                 const RevisionWaits::Done& done) {
  if (revision <= parts_.cache->GetFreshness().revision) return done(absl::OkStatus());
  absl::Status status = parts_.coordinator->CheckNotFrozen();
  if (!status.ok()) return done(status);
  parts_.revisions->Await(field, revision, call.WaitUntil(kMaxRevisionWait), done);
  // The replica may have been frozen before the wait could be seen.
  status = parts_.coordinator->CheckNotFrozen();
  if (!status.ok()) parts_.revisions->Fail(status);
}

void ProfileCalls::NoteFrozen() {
  const absl::Status status = parts_.coordinator->CheckNotFrozen();
  if (!status.ok()) parts_.revisions->Fail(status);
}

void ProfileCalls::Describe(v1::ReloadStatistics* statistics) const {
  statistics->set_cache_hits(hits_.load(std::memory_order_relaxed));
  statistics->set_cache_misses(misses_.load(std::memory_order_relaxed));
}

}  // namespace toolcatalog
