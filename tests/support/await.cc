#include "tests/support/await.h"

#include "absl/time/clock.h"

namespace toolcatalog {
namespace {

constexpr absl::Duration kPause = absl::Milliseconds(2);

}  // namespace

bool Await(absl::FunctionRef<bool()> condition, absl::Duration timeout) {
  const absl::Time deadline = absl::Now() + timeout;
  while (!condition()) {
    if (absl::Now() >= deadline) return false;
    absl::SleepFor(kPause);
  }
  return true;
}

}  // namespace toolcatalog
