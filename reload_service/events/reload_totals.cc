#include "reload_service/events/reload_totals.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace toolcatalog {
namespace {

// As far as the field goes.
int32_t Saturated(int64_t count) {
  return static_cast<int32_t>(std::min<int64_t>(count, std::numeric_limits<int32_t>::max()));
}

size_t IndexOf(absl::string_view trigger) {
  return std::find(kTriggers.begin(), kTriggers.end(), trigger) - kTriggers.begin();
}

bool IsLater(const google::protobuf::Timestamp& a, const google::protobuf::Timestamp& b) {
  return std::make_pair(a.seconds(), a.nanos()) > std::make_pair(b.seconds(), b.nanos());
}

}  // namespace

template <typename Message>
void ReloadTotals::Count::Add(const Message& message) {
  total += message.total_reloads();
  successful += message.successful_reloads();
  duration_ms += message.average_duration_ms() * message.total_reloads();
}

template <typename Message>
void ReloadTotals::Count::Describe(Message* message) const {
  message->set_total_reloads(Saturated(total));
  message->set_successful_reloads(Saturated(successful));
  message->set_failed_reloads(Saturated(total - successful));
  if (total > 0) message->set_average_duration_ms(duration_ms / total);
}

void ReloadTotals::Count::AddOne(const v1::ReloadEvent& event) {
  ++total;
  if (event.success()) ++successful;
  duration_ms += event.duration_ms();
}

void ReloadTotals::Add(const v1::ReloadEvent& event) {
  all_.AddOne(event);
  const size_t trigger = IndexOf(event.trigger());
  if (trigger < by_trigger_.size()) by_trigger_[trigger].AddOne(event);
  duration_.Add(event.duration_ms());
  if (event.has_propagation_ms()) propagation_.Add(event.propagation_ms());
  *last_.mutable_timestamp() = event.timestamp();
  last_.set_success(event.success());
  last_.set_duration_ms(event.duration_ms());
}

void ReloadTotals::Add(const v1::ReloadStatistics& statistics) {
  all_.Add(statistics);
  for (const auto& part : statistics.by_trigger()) {
    const size_t trigger = IndexOf(part.trigger());
    if (trigger < by_trigger_.size()) by_trigger_[trigger].Add(part);
  }
  duration_.Add(statistics.duration());
  propagation_.Add(statistics.propagation());
  const bool is_newest = !last_.has_timestamp() || IsLater(statistics.last_reload().timestamp(), last_.timestamp());
  if (statistics.has_last_reload() && is_newest) last_ = statistics.last_reload();
}

void ReloadTotals::Describe(v1::ReloadStatistics* statistics) const {
  all_.Describe(statistics);
  if (all_.total > 0) statistics->set_success_rate(100.0 * all_.successful / all_.total);
  if (last_.has_timestamp()) *statistics->mutable_last_reload() = last_;
  statistics->clear_by_trigger();
  for (size_t i = 0; i < kTriggers.size(); ++i) {
    auto* part = statistics->add_by_trigger();
    part->set_trigger(std::string(kTriggers[i]));
    by_trigger_[i].Describe(part);
  }
  *statistics->mutable_duration() = duration_.Describe();
  *statistics->mutable_propagation() = propagation_.Describe();
}

}  // namespace toolcatalog
