#include <gtest/gtest.h>

#include "absl/synchronization/mutex.h"

namespace toolcatalog {
namespace {

// So every test of a service in its own process also tests the order of its locks. An Abseil that is built without the
// search would say nothing.
TEST(DeadlockSearchTest, LocksTakenInTwoOrdersEndATest) {
  absl::Mutex first, second;
  const auto both = [](absl::Mutex& outer, absl::Mutex& inner) {
    absl::MutexLock one(&outer);
    absl::MutexLock other(&inner);
  };
  both(first, second);
  EXPECT_DEATH(both(second, first), "potential deadlock");
}

}  // namespace
}  // namespace toolcatalog
