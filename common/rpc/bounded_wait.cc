#include "common/rpc/bounded_wait.h"

#include <utility>

#include "common/guarded.h"

namespace toolcatalog {

std::shared_ptr<BoundedWait> BoundedWait::Start(absl::Time deadline, std::function<void()> on_expired) {
  std::shared_ptr<BoundedWait> wait(new BoundedWait(std::move(on_expired)));
  // The alarm keeps its callback for ever, so the callback gives the object up when it has run.
  wait->alarm_.Set(absl::ToChronoTime(deadline), [self = wait](bool expired) mutable {
    const std::shared_ptr<BoundedWait> wait = std::move(self);
    if (!expired || wait->decided_.exchange(true)) return;
    // gRPC catches what handlers throw, but not what alarms do.
    Guarded("end of a wait", wait->on_expired_).IgnoreError();
  });
  return wait;
}

bool BoundedWait::Settle() {
  if (decided_.exchange(true)) return false;
  alarm_.Cancel();
  return true;
}

}  // namespace toolcatalog
