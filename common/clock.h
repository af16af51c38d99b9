#ifndef COMMON_CLOCK_H_
#define COMMON_CLOCK_H_

#include <functional>

#include "absl/time/time.h"
#include "common/steady_time.h"

namespace toolcatalog {

// Returns the current time; in production this is `absl::Now`. A class whose work depends on long times takes a Clock,
// so that its tests set the time instead of waiting.
using Clock = std::function<absl::Time()>;
// The same for durations inside the process; in production this is `SteadyTime::Now`.
using SteadyClock = std::function<SteadyTime()>;

}  // namespace toolcatalog

#endif  // COMMON_CLOCK_H_
