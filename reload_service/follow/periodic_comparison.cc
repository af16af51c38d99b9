#include "reload_service/follow/periodic_comparison.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "common/definition/definition.h"
#include "common/steady_time.h"

namespace toolcatalog {
namespace {

constexpr absl::Duration kPageTimeout = absl::Seconds(2);
// How long the stream may be behind what a page shows.
constexpr absl::Duration kMaxLag = absl::Seconds(2);
// Fetches under way at a time.
constexpr size_t kFetches = 32;
constexpr int kMaxNames = 100;

// Answers that come on other threads, whether or not they are still waited for.
template <typename Answer>
struct Answers {
  absl::Mutex mutex;
  std::vector<Answer> arrived ABSL_GUARDED_BY(mutex);

  void Add(Answer answer) {
    absl::MutexLock lock(&mutex);
    arrived.push_back(std::move(answer));
  }
  std::vector<Answer> Await(size_t count) {
    absl::MutexLock lock(&mutex);
    const auto all = [this, count]() ABSL_SHARED_LOCKS_REQUIRED(mutex) { return arrived.size() >= count; };
    mutex.Await(absl::Condition(&all));
    return std::move(arrived);
  }
};

// Adds what one fetch did.
void Count(const v1::ReloadEvent& mended, v1::ReloadEvent* event) {
  event->set_added(event->added() + mended.added());
  event->set_changed(event->changed() + mended.changed());
  event->set_removed(event->removed() + mended.removed());
  event->set_parse_ms(event->parse_ms() + mended.parse_ms());
  event->set_apply_ms(event->apply_ms() + mended.apply_ms());
  event->set_swap_ms(event->swap_ms() + mended.swap_ms());
  for (const std::string& name : mended.tool_names()) {
    if (event->tool_names_size() < kMaxNames) event->add_tool_names(name);
  }
}

// Whether the cache has taken over what the catalog said, be it that there is no such tool.
bool IsMended(const v1::ReloadEvent& mended) { return mended.handlers_size() > 0 && mended.handlers(0).success(); }

}  // namespace

void PeriodicComparison::Run() {
  if (stopped_ || !coordinator_->CheckNotFrozen().ok() || !cache_->GetFreshness().loaded) return;
  const ReloadRequest request{"", "", SteadyTime::Now(), kTriggerPeriodic, ""};
  const int64_t revision = cache_->GetFreshness().revision;
  v1::ReloadEvent event = MakeEvent(request, absl::OkStatus(), nullptr, revision);
  const absl::Status status = Compare(&event);
  event.set_revision(cache_->GetFreshness().revision);
  AddOutcome(kCacheHandler, status, SteadyTime::Now() - request.start, &event);
  coordinator_->Record(std::move(event), request.start);
}

absl::Status PeriodicComparison::Compare(v1::ReloadEvent* event) {
  absl::Status status;
  std::string token, after;
  do {
    const auto page = AskForPage(token);
    if (!page.ok()) return absl::Status(page.status().code(), absl::StrCat("catalog: ", page.status().message()));
    if (absl::Status behind = AwaitRevision(page->revision()); !behind.ok()) return behind;
    event->set_tool_count(event->tool_count() + page->tools_size());
    token = page->next_page_token();
    absl::Status mended = Mend(cache_->FindDifferences(*page, after, token.empty()), event);
    if (status.ok()) status = std::move(mended);
    if (page->tools_size() > 0) after = NameKey(page->tools(page->tools_size() - 1).tool_name());
  } while (!token.empty() && !stopped_);
  return stopped_ ? absl::UnavailableError("the service is stopping") : status;
}

absl::StatusOr<v1::ListContentHashesResponse> PeriodicComparison::AskForPage(const std::string& token) {
  v1::ListContentHashesRequest request;
  request.set_page_token(token);
  const auto answers = std::make_shared<Answers<absl::StatusOr<v1::ListContentHashesResponse>>>();
  client_.ListContentHashes(
      std::move(request), absl::Now() + kPageTimeout,
      [answers](absl::StatusOr<v1::ListContentHashesResponse> page) { answers->Add(std::move(page)); });
  return std::move(answers->Await(1).front());
}

absl::Status PeriodicComparison::AwaitRevision(int64_t revision) {
  const int64_t before = cache_->GetFreshness().revision;
  if (coordinator_->AwaitRevision(revision, SteadyTime::Now() + kMaxLag)) return absl::OkStatus();
  if (absl::Status frozen = coordinator_->CheckNotFrozen(); !frozen.ok()) return frozen;
  const int64_t applied = cache_->GetFreshness().revision;
  const std::string lag = absl::StrCat("the stream is at revision ", applied, ", ", absl::FormatDuration(kMaxLag),
                                       " after the catalog showed ", revision);
  if (applied != before) return absl::UnavailableError(absl::StrCat(lag, ", and goes on"));
  const bool taken = coordinator_->RequestResync(absl::StrCat("periodic: ", lag));
  return absl::UnavailableError(
      absl::StrCat(lag, taken ? "; a new snapshot is taken" : "; a new snapshot was taken lately"));
}

absl::Status PeriodicComparison::Mend(const std::vector<std::string>& keys, v1::ReloadEvent* event) {
  int failures = 0;
  std::string error;
  for (size_t first = 0; first < keys.size() && !stopped_; first += kFetches) {
    const size_t count = std::min(kFetches, keys.size() - first);
    const auto answers = std::make_shared<Answers<v1::ReloadEvent>>();
    for (size_t i = first; i < first + count; ++i) {
      coordinator_->Mend(keys[i], [answers](const v1::ReloadEvent& mended) { answers->Add(mended); });
    }
    for (const v1::ReloadEvent& mended : answers->Await(count)) {
      Count(mended, event);
      if (IsMended(mended)) continue;
      if (++failures == 1) error = mended.error();
    }
  }
  if (failures == 0) return absl::OkStatus();
  return absl::UnavailableError(absl::StrCat(failures, " tools could not be mended: ", error));
}

}  // namespace toolcatalog
