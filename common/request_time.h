#ifndef COMMON_REQUEST_TIME_H_
#define COMMON_REQUEST_TIME_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "common/status.h"
#include "google/protobuf/timestamp.pb.h"

namespace toolcatalog {

// The time of a request's field `path`, rounded up to microseconds, which is what stored times have: so "at or after"
// and "before" mean the same. Nullopt if it is not set, or not a time of the years 1 to 9999; that adds a violation.
std::optional<absl::Time> TimeOf(const std::string& path, bool is_set, const google::protobuf::Timestamp& time,
                                 std::vector<Violation>& violations);

}  // namespace toolcatalog

#endif  // COMMON_REQUEST_TIME_H_
