#ifndef COMMON_REQUEST_TIME_H_
#define COMMON_REQUEST_TIME_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "common/status.h"
#include "google/protobuf/timestamp.pb.h"

namespace toolcatalog {

// The time as it is stored and compared: rounded up to microseconds, but not beyond the year 9999. Every side of a
// comparison is rounded alike, so that "at or after" and "before" keep their meaning. `time` is one of the years 1 to
// 9999.
absl::Time StoredTime(const google::protobuf::Timestamp& time);

// The stored time of a request's field `path`. Nullopt if the field is not set. Nullopt and a violation if it is not a
// time of the years 1 to 9999.
std::optional<absl::Time> TimeOf(const std::string& path, bool is_set, const google::protobuf::Timestamp& time,
                                 std::vector<Violation>& violations);

// From `since` on, before `until`; nullopt = without an end.
struct TimeRange {
  std::optional<absl::Time> since;
  std::optional<absl::Time> until;
};

// Adds a violation of the field `until` if the range ends before it begins.
void CheckOrder(const TimeRange& range, std::vector<Violation>& violations);

// The range in the fields `since` and `until` of a request. Adds a violation for each field that breaks a rule.
template <typename Request>
TimeRange TimeRangeOf(const Request& request, std::vector<Violation>& violations) {
  const TimeRange range{TimeOf("since", request.has_since(), request.since(), violations),
                        TimeOf("until", request.has_until(), request.until(), violations)};
  CheckOrder(range, violations);
  return range;
}

}  // namespace toolcatalog

#endif  // COMMON_REQUEST_TIME_H_
