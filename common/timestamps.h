#ifndef COMMON_TIMESTAMPS_H_
#define COMMON_TIMESTAMPS_H_

#include <optional>
#include <string>

#include "absl/time/time.h"
#include "google/protobuf/timestamp.pb.h"

namespace toolcatalog {

// protobuf's own conversions throw on times that a Timestamp cannot hold, which are those outside the years 1 to 9999.
// One that a caller sent, or that is stored, must not.

// The time, or the nearest one that a Timestamp can hold.
google::protobuf::Timestamp ToTimestamp(absl::Time time);

// The time that a text as in RFC 3339 names; null if it names none that a Timestamp can hold.
std::optional<google::protobuf::Timestamp> ParseTimestamp(const std::string& text);

}  // namespace toolcatalog

#endif  // COMMON_TIMESTAMPS_H_
