#ifndef TESTS_SUPPORT_AWAIT_H_
#define TESTS_SUPPORT_AWAIT_H_

#include "absl/functional/function_ref.h"
#include "absl/time/time.h"

namespace toolcatalog {

// Calls `condition` again and again until it returns true. False if it did not do so within `timeout`, by the steady
// clock.
bool Await(absl::FunctionRef<bool()> condition, absl::Duration timeout);

}  // namespace toolcatalog

#endif  // TESTS_SUPPORT_AWAIT_H_
