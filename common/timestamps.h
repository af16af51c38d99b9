#ifndef COMMON_TIMESTAMPS_H_
#define COMMON_TIMESTAMPS_H_

#include <optional>
#include <string>

#include "absl/time/time.h"
#include "google/protobuf/timestamp.pb.h"

namespace toolcatalog {

// A Timestamp can hold the years 1 to 9999. Protobuf's own conversions throw on other times; the functions below do
// not, so that a time which a caller sent, or which is stored, cannot end a call.

// The time, or the nearest time that a Timestamp can hold.
google::protobuf::Timestamp ToTimestamp(absl::Time time);

// Reads a time in the form of RFC 3339, for example "2025-10-03T19:00:00Z". Nullopt if the text has another form, or
// names a time that a Timestamp cannot hold.
std::optional<google::protobuf::Timestamp> ParseTimestamp(const std::string& text);

}  // namespace toolcatalog

#endif  // COMMON_TIMESTAMPS_H_
