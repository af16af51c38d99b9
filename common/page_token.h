#ifndef COMMON_PAGE_TOKEN_H_
#define COMMON_PAGE_TOKEN_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace toolcatalog {

// Opaque token of a place in a list. `query` is any text that differs between queries whose pages must not be mixed.
std::string EncodePageToken(absl::string_view query, absl::string_view place);

// The place, in UTF-8 without control characters. INVALID_ARGUMENT that names `page_token` if the token was not made
// for this query.
absl::StatusOr<std::string> DecodePageToken(absl::string_view query, absl::string_view token);

// The page size of a request: 50 unless it is set. INVALID_ARGUMENT that names `field` unless it is from 1 to 1000.
absl::StatusOr<int> CheckPageSize(absl::string_view field, bool is_set, int value);

}  // namespace toolcatalog

#endif  // COMMON_PAGE_TOKEN_H_
