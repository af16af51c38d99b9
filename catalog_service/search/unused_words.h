#ifndef CATALOG_SERVICE_SEARCH_UNUSED_WORDS_H_
#define CATALOG_SERVICE_SEARCH_UNUSED_WORDS_H_

#include <cstdint>
#include <functional>

#include "absl/status/status.h"
#include "catalog_service/postgres/postgres.h"

namespace toolcatalog {

// Removes the search words that no tool has any more, which writes leave behind. Looks for them in steps of bounded
// size, without a lock; takes the counter's lock only to remove some, which writers that add the same words would
// otherwise miss. `progress` gets the number of words that a step has removed, and answers whether to go on.
absl::Status RemoveUnusedWords(PgConnection& connection, const std::function<bool(int64_t removed)>& progress);

}  // namespace toolcatalog

#endif  // CATALOG_SERVICE_SEARCH_UNUSED_WORDS_H_
