#include "reload_service/follow/readiness.h"

#include "common/guarded.h"
#include "common/log.h"
#include "common/steady_time.h"

namespace toolcatalog {
namespace {

constexpr absl::Duration kLook = absl::Milliseconds(100);

}  // namespace

void Readiness::Start() {
  thread_.Start([this] { Run(); });
}

void Readiness::Wake() {
  absl::MutexLock lock(&mutex_);
  woken_ = true;
  called_.NotifyAll();
}

void Readiness::Stop() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
    called_.NotifyAll();
  }
  thread_.Join();
}

void Readiness::Run() {
  do {
    // What throws is tried again at the next look.
    Guarded("readiness", [this] { Look(); }).IgnoreError();
  } while (AwaitNextLook());
}

void Readiness::Look() {
  const bool now = IsReady();
  if (now == ready_) return;
  parts_.set_ready(now);
  ready_ = now;
  LogInfo(now ? "ready" : "not ready: the catalog has been silent for too long",
          {{"revision", parts_.cache->GetFreshness().revision}});
}

bool Readiness::IsReady() const {
  const ProfileCache::Freshness freshness = parts_.cache->GetFreshness();
  if (!freshness.loaded) return false;
  return parts_.clock() - freshness.current_at <= parts_.max_staleness || parts_.is_frozen();
}

bool Readiness::AwaitNextLook() {
  absl::MutexLock lock(&mutex_);
  const auto called = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return woken_ || stopping_; };
  called_.AwaitUntil(mutex_, absl::Condition(&called), SteadyTime::Now() + kLook);
  woken_ = false;
  return !stopping_;
}

}  // namespace toolcatalog
