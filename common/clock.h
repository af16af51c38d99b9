#ifndef COMMON_CLOCK_H_
#define COMMON_CLOCK_H_

#include <functional>

#include "absl/time/time.h"

namespace toolcatalog {

// Tells the time; in production `absl::Now`. What depends on much time passing asks one that it was given, so that
// tests need not wait.
using Clock = std::function<absl::Time()>;

}  // namespace toolcatalog

#endif  // COMMON_CLOCK_H_
