#include "reload_service/follow/tool_reloads.h"

#include <optional>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/numbers.h"
#include "common/definition/definition.h"
#include "common/guarded.h"
#include "common/status.h"

namespace toolcatalog {
namespace {

// Answers of the catalog that may wait for their turn to be applied.
constexpr size_t kMaxQueuedFetches = 10000;

// What the catalog answered for the tool, also if that is that there is none. An error is that of the fetch.
absl::StatusOr<FetchedTool> FetchedBy(const CompletedFetch& fetch, absl::Time received) {
  const absl::Status& status = fetch.response.status();
  FetchedTool fetched{fetch.key, std::nullopt, "", 0, fetch.sequence, received};
  if (status.ok()) {
    fetched.tool = fetch.response->tool();
    fetched.content_hash = fetch.response->content_hash();
    fetched.as_of = fetch.response->as_of_revision();
  } else if (!absl::IsNotFound(status) || !absl::SimpleAtoi(ErrorMetadata(status, "as_of_revision"), &fetched.as_of)) {
    return FromCatalog(status);
  }
  return fetched;
}

}  // namespace

ToolReloads::ToolReloads(const std::shared_ptr<grpc::Channel>& catalog, ProfileCache* cache, ApplyGate* gate,
                         ReloadRecorder* recorder, absl::Duration timeout, Clock clock)
    : cache_(cache),
      gate_(gate),
      recorder_(recorder),
      clock_(std::move(clock)),
      fetcher_(catalog, cache, timeout, [this](CompletedFetch fetch) { ScheduleApply(std::move(fetch)); }),
      executor_(1, kMaxQueuedFetches) {}

ToolReloads::~ToolReloads() { Stop(); }

void ToolReloads::Reload(const ReloadRequest& request, Done done) {
  ReloadWaiter waiter{request, std::move(done)};
  const absl::Status status = gate_->CheckOpen();
  if (!status.ok()) return recorder_->Fail({waiter}, status, cache_->GetFreshness().revision);
  fetcher_.Fetch(NameKey(request.tool_name), cache_->NextSequence(), std::move(waiter));
}

void ToolReloads::Refresh(const std::string& key, int64_t invalid_mark, std::function<void()> done) {
  if (!gate_->CheckOpen().ok()) return done();
  fetcher_.FetchInvalid(key, invalid_mark,
                        {std::nullopt, [done = std::move(done)](const v1::ReloadEvent&) { done(); }});
}

void ToolReloads::Mend(const std::string& key, Done done) {
  fetcher_.Fetch(key, cache_->NextSequence(), {std::nullopt, std::move(done)});
}

void ToolReloads::ScheduleApply(CompletedFetch fetch) {
  auto shared = std::make_shared<CompletedFetch>(std::move(fetch));
  if (executor_.TrySchedule([this, shared] { Apply(*shared); })) return;
  recorder_->Fail(fetcher_.Settle(shared->key),
                  MakeError(Reason::kQueueFull, "too many reloads are waiting; try again later"),
                  cache_->GetFreshness().revision);
}

void ToolReloads::Apply(const CompletedFetch& fetch) {
  absl::StatusOr<FetchedTool> fetched = FetchedBy(fetch, clock_());
  if (!fetched.ok()) {
    return recorder_->Fail(fetcher_.Settle(fetch.key), fetched.status(), cache_->GetFreshness().revision);
  }
  // That there is no such tool fails the request, though the cache applies it.
  const absl::Status status = FromCatalog(fetch.response.status());
  const auto batch = std::make_shared<const ReloadBatch>(*std::move(fetched));
  std::optional<ApplyOutcome> outcome;
  std::vector<ReloadWaiter> waiters;
  absl::Status failure;
  {
    ApplyGate::Turn turn(gate_);
    failure = turn.status();
    // The fetch ends also if this throws, or all later ones of the tool would wait for it for ever.
    if (!turn.frozen()) failure = Guarded("reload of a tool", [&] { outcome = cache_->Apply(*batch); });
    // Within the turn, so that events keep the order in which reloads were applied.
    waiters = fetcher_.Settle(fetch.key);
    if (outcome.has_value()) recorder_->Add(batch, MakeEvents(waiters, status, &*outcome, outcome->revision));
  }
  if (!outcome.has_value()) return recorder_->Fail(waiters, failure, cache_->GetFreshness().revision);
  AnswerReads(waiters, status, &*outcome, outcome->revision);
}

}  // namespace toolcatalog
