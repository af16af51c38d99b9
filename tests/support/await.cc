#include "tests/support/await.h"

#include "absl/time/clock.h"
#include "common/steady_time.h"

namespace toolcatalog {
namespace {

constexpr absl::Duration kPause = absl::Milliseconds(2);

}  // namespace

bool Await(absl::FunctionRef<bool()> condition, absl::Duration timeout) {
  const SteadyTime deadline = SteadyTime::Now() + timeout;
  while (!condition()) {
    if (SteadyTime::Now() >= deadline) return false;
    absl::SleepFor(kPause);
  }
  return true;
}

}  // namespace toolcatalog
