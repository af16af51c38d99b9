#ifndef CATALOG_SERVICE_RPC_ENTITY_TAGS_H_
#define CATALOG_SERVICE_RPC_ENTITY_TAGS_H_

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "catalog_service/model/mutation.h"

namespace toolcatalog {

// The condition of a write. `etag` is one tag without quotes, "" = none. `if_match` is the header of that name: * or a
// list of entity tags (RFC 9110, sections 8.8.3 and 13.1.1). A weak tag is a tag, but never matches. If both are given,
// both must hold. INVALID_ARGUMENT if one of them is no condition: a broken condition must not become none.
absl::StatusOr<EtagCondition> ConditionOf(absl::string_view etag, const std::optional<std::string>& if_match);

}  // namespace toolcatalog

#endif  // CATALOG_SERVICE_RPC_ENTITY_TAGS_H_
