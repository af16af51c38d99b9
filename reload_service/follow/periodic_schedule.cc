#include "reload_service/follow/periodic_schedule.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/guarded.h"
#include "common/status.h"
#include "common/steady_time.h"

namespace toolcatalog {
namespace {

constexpr int kMaxSeconds = 86400;

}  // namespace

PeriodicSchedule::PeriodicSchedule(std::function<void()> run, absl::Duration interval)
    : run_(std::move(run)), enabled_(interval > absl::ZeroDuration()), interval_(interval) {}

PeriodicSchedule::~PeriodicSchedule() { Stop(); }

void PeriodicSchedule::Start() {
  thread_.Start([this] { Loop(); });
}

absl::StatusOr<v1::PeriodicReload> PeriodicSchedule::Set(const v1::SetPeriodicReloadRequest& request) {
  const int seconds = request.interval_seconds();
  if (seconds < 0 || seconds > kMaxSeconds) {
    return InvalidArgumentError(
        "interval_seconds", absl::StrCat("must be from 1 to ", kMaxSeconds, ", or 0 for the last one, got ", seconds));
  }
  if (seconds > 0 && !request.enabled()) {
    return InvalidArgumentError("interval_seconds", absl::StrCat("must not be given without enabled, got ", seconds));
  }
  absl::MutexLock lock(&mutex_);
  if (request.enabled() && seconds == 0 && interval_ == absl::ZeroDuration()) {
    return InvalidArgumentError("interval_seconds", "must be given, because none was configured or set before, got 0");
  }
  if (seconds > 0) interval_ = absl::Seconds(seconds);
  enabled_ = request.enabled();
  ++settings_;
  disturbed_.NotifyAll();
  v1::PeriodicReload periodic;
  periodic.set_enabled(enabled_);
  if (enabled_) periodic.set_interval_seconds(static_cast<int32_t>(absl::ToInt64Seconds(interval_)));
  return periodic;
}

void PeriodicSchedule::Stop() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
    disturbed_.NotifyAll();
  }
  thread_.Join();
}

void PeriodicSchedule::Describe(v1::ReloadStatistics* statistics) const {
  absl::MutexLock lock(&mutex_);
  v1::ReloadStatistics::Configuration* configuration = statistics->mutable_configuration();
  configuration->set_periodic_refresh_enabled(enabled_);
  auto* interval = configuration->mutable_periodic_refresh_interval_seconds();
  if (enabled_) {
    interval->set_number_value(absl::ToDoubleSeconds(interval_));
  } else {
    interval->set_null_value(google::protobuf::NULL_VALUE);
  }
}

void PeriodicSchedule::Loop() {
  while (true) {
    const double jitter = absl::Uniform(random_, 0.9, 1.1);
    {
      absl::MutexLock lock(&mutex_);
      const int64_t settings = settings_;
      const auto disturbed = [this, settings]()
                                 ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return stopping_ || settings_ != settings; };
      const absl::Duration wait = enabled_ ? jitter * interval_ : absl::InfiniteDuration();
      disturbed_.AwaitUntil(mutex_, absl::Condition(&disturbed), SteadyTime::Now() + wait);
      if (stopping_) return;
      if (settings_ != settings) continue;
    }
    // The next one comes in its time, whatever this one throws.
    Guarded("periodic reload", run_).IgnoreError();
  }
}

}  // namespace toolcatalog
