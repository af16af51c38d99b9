#ifndef COMMON_HOLD_BYTES_H_
#define COMMON_HOLD_BYTES_H_

#include <cstddef>
#include <functional>

#include "absl/status/status.h"

namespace toolcatalog {

// Told how many bytes a piece of work has gathered so far, before it gathers more. An error ends the work:
// RESOURCE_EXHAUSTED if the process has no room for them.
using HoldBytes = std::function<absl::Status(size_t bytes)>;

}  // namespace toolcatalog

#endif  // COMMON_HOLD_BYTES_H_
