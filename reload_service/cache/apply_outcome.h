#ifndef RELOAD_SERVICE_CACHE_APPLY_OUTCOME_H_
#define RELOAD_SERVICE_CACHE_APPLY_OUTCOME_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace toolcatalog {

// What a batch did to the profiles.
struct ApplyOutcome {
  // An error names the tools whose definitions cannot be served; the rest of the batch has been taken over.
  absl::Status status;
  // Global revision that had been applied before, and afterwards.
  int64_t from_revision = 0;
  int64_t revision = 0;
  // Number of tools that the batch was about.
  int tools = 0;
  // Number of profiles that are new, not as they were, and gone.
  int added = 0;
  int changed = 0;
  int removed = 0;
  // Names of these, by name, at most 100.
  std::vector<std::string> tool_names;
  // Time spent on making entries of definitions, on everything, and with the lock held.
  absl::Duration parse;
  absl::Duration apply;
  absl::Duration swap;
};

}  // namespace toolcatalog

#endif  // RELOAD_SERVICE_CACHE_APPLY_OUTCOME_H_
