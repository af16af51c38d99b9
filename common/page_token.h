#ifndef COMMON_PAGE_TOKEN_H_
#define COMMON_PAGE_TOKEN_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace toolcatalog {

// Makes an opaque token for a place in a list. `query` is a text that describes the list: a token of one list is
// refused in another.
std::string EncodePageToken(absl::string_view query, absl::string_view place);

// The place that the token was made for, in UTF-8 without control characters. INVALID_ARGUMENT for the field
// `page_token` if the token was not made for this query.
absl::StatusOr<std::string> DecodePageToken(absl::string_view query, absl::string_view token);

// The page size of a request: `value`, or 50 if it is not set. INVALID_ARGUMENT for the field `field` if a value that
// is set is not from 1 to 1000.
absl::StatusOr<int> CheckPageSize(absl::string_view field, bool is_set, int value);

}  // namespace toolcatalog

#endif  // COMMON_PAGE_TOKEN_H_
