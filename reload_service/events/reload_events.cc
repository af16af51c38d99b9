#include "reload_service/events/reload_events.h"

#include <google/protobuf/util/time_util.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "common/definition/definition.h"
#include "common/guarded.h"
#include "common/steady_time.h"
#include "common/text.h"
#include "toolcatalog/v1/change.pb.h"

namespace toolcatalog {
namespace {

constexpr size_t kMaxErrorBytes = 2000;

// The text as an event may carry it, whoever made it.
std::string Presentable(absl::string_view text) {
  const std::string cut(CutAtCharacter(text, kMaxErrorBytes));
  return FindInvalidUtf8(cut) == absl::string_view::npos ? cut : absl::CHexEscape(cut);
}

std::string ErrorText(const ReloadRequest& request, const absl::Status& status) {
  if (absl::IsNotFound(status)) return absl::StrCat("Tool not found: ", request.tool_name);
  return Presentable(status.message());
}

// The tool that a write is about, in its own spelling; "" if it is about several or none.
std::string OnlyTool(const CatalogWrite& write) {
  std::set<std::string> keys;
  for (const v1::Change& change : write.changes) keys.insert(NameKey(change.tool_name()));
  return keys.size() == 1 ? write.changes.front().tool_name() : "";
}

void Fail(absl::string_view error, v1::ReloadEvent* event) {
  event->set_success(false);
  if (event->has_error() && event->error().size() + error.size() > kMaxErrorBytes) return;
  event->set_error(event->has_error() ? absl::StrCat(event->error(), "; ", error) : std::string(error));
}

void SetOutcome(const ApplyOutcome& outcome, v1::ReloadEvent* event) {
  event->set_from_revision(outcome.from_revision);
  event->set_revision(outcome.revision);
  event->set_tool_count(outcome.tools);
  event->set_added(outcome.added);
  event->set_changed(outcome.changed);
  event->set_removed(outcome.removed);
  *event->mutable_tool_names() = {outcome.tool_names.begin(), outcome.tool_names.end()};
  event->set_parse_ms(absl::ToDoubleMilliseconds(outcome.parse));
  event->set_apply_ms(absl::ToDoubleMilliseconds(outcome.apply));
  event->set_swap_ms(absl::ToDoubleMilliseconds(outcome.swap));
  AddOutcome(kCacheHandler, outcome.status, outcome.apply, event);
}

}  // namespace

v1::ReloadEvent MakeEvent(const ReloadRequest& request, const absl::Status& status, const ApplyOutcome* outcome,
                          int64_t revision) {
  v1::ReloadEvent event;
  event.set_trigger(request.trigger);
  if (!request.tool_name.empty()) event.set_tool_name(request.tool_name);
  if (!request.triggered_by.empty()) event.set_triggered_by(request.triggered_by);
  if (!request.reason.empty()) event.set_reason(request.reason);
  event.set_success(true);
  event.set_from_revision(revision);
  event.set_revision(revision);
  event.set_tool_count(request.tool_name.empty() ? 0 : 1);
  if (!status.ok()) Fail(ErrorText(request, status), &event);
  if (outcome != nullptr) SetOutcome(*outcome, &event);
  return event;
}

std::vector<PendingEvent> MakeEvents(const std::vector<ReloadWaiter>& waiters, const absl::Status& status,
                                     const ApplyOutcome* outcome, int64_t revision) {
  std::vector<PendingEvent> events;
  std::map<std::tuple<std::string, std::string, std::string, std::string>, size_t> places;
  for (const ReloadWaiter& waiter : waiters) {
    if (!waiter.request.has_value()) continue;
    const ReloadRequest& request = *waiter.request;
    const auto [place, added] =
        places.try_emplace({request.trigger, request.tool_name, request.triggered_by, request.reason}, events.size());
    if (added) events.push_back({MakeEvent(request, status, outcome, revision), request.start, {}});
    events[place->second].waiters.push_back(waiter.done);
  }
  return events;
}

void AnswerReads(const std::vector<ReloadWaiter>& waiters, const absl::Status& status, const ApplyOutcome* outcome,
                 int64_t revision) {
  for (const ReloadWaiter& waiter : waiters) {
    if (waiter.request.has_value()) continue;
    // One that throws must not keep the answer from the others.
    Guarded("answer of a reload", [&] { waiter.done(MakeEvent({}, status, outcome, revision)); }).IgnoreError();
  }
}

absl::Status FromCatalog(const absl::Status& status) {
  if (status.ok()) return status;
  return absl::Status(status.code(), absl::StrCat("catalog: ", status.message()));
}

ReloadRequest RequestOf(const CatalogWrite& write) {
  ReloadRequest request{OnlyTool(write), "", SteadyTime::Of(write.received), kTriggerApiUpdate, ""};
  if (!write.changes.empty()) {
    request.triggered_by = write.changes.front().actor();
    request.reason = write.changes.front().reason();
  }
  return request;
}

void SetPropagation(const CatalogWrite& write, absl::Time applied, v1::ReloadEvent* event) {
  if (write.changes.empty() || !write.changes.front().has_time()) return;
  const absl::Time committed =
      absl::FromUnixNanos(google::protobuf::util::TimeUtil::TimestampToNanoseconds(write.changes.front().time()));
  event->set_propagation_ms(std::max(0.0, absl::ToDoubleMilliseconds(applied - committed)));
}

void AddOutcome(absl::string_view name, const absl::Status& status, absl::Duration duration, v1::ReloadEvent* event) {
  v1::HandlerOutcome* outcome = event->add_handlers();
  outcome->set_name(std::string(name));
  outcome->set_success(status.ok());
  outcome->set_duration_ms(absl::ToDoubleMilliseconds(duration));
  if (status.ok()) return;
  outcome->set_error(Presentable(status.message()));
  Fail(absl::StrCat(name, ": ", outcome->error()), event);
}

void CopyOutcomes(const v1::ReloadEvent& from, int index, v1::ReloadEvent* event) {
  for (; index < from.handlers_size(); ++index) {
    const v1::HandlerOutcome& outcome = from.handlers(index);
    *event->add_handlers() = outcome;
    if (!outcome.success()) Fail(absl::StrCat(outcome.name(), ": ", outcome.error()), event);
  }
}

}  // namespace toolcatalog
