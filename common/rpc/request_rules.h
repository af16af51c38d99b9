#ifndef COMMON_RPC_REQUEST_RULES_H_
#define COMMON_RPC_REQUEST_RULES_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "common/status.h"
#include "google/protobuf/repeated_field.h"

namespace toolcatalog {

// The rules that fields of requests have in common, for both services.

// Each of these checks the field `path`. It adds a violation that names path, rule and value if the field breaks the
// rule.
void CheckToolName(absl::string_view path, absl::string_view name, std::vector<Violation>& violations);
// An empty name passes.
void CheckOptionalToolName(absl::string_view path, absl::string_view name, std::vector<Violation>& violations);
void CheckHookName(absl::string_view path, absl::string_view name, std::vector<Violation>& violations);
// The name of a hook to be made: it must not be reserved either.
void CheckNewHookName(absl::string_view path, absl::string_view name, std::vector<Violation>& violations);
// Printable characters on one line, in UTF-8. An empty text passes.
void CheckText(absl::string_view path, absl::string_view text, size_t max_characters,
               std::vector<Violation>& violations);
// The same with at most 100 characters.
void CheckShortText(absl::string_view path, absl::string_view text, std::vector<Violation>& violations);
void RequireShortText(absl::string_view path, absl::string_view text, std::vector<Violation>& violations);
void CheckOneOf(absl::string_view path, absl::string_view word, absl::Span<const absl::string_view> allowed,
                std::vector<Violation>& violations);
void CheckOneOf(absl::string_view path, absl::string_view word, absl::Span<const std::string> allowed,
                std::vector<Violation>& violations);
void CheckTrigger(absl::string_view path, absl::string_view trigger, std::vector<Violation>& violations);
// Each value is a trigger, and none stands twice.
void CheckTriggers(absl::string_view path, const google::protobuf::RepeatedPtrField<std::string>& triggers,
                   std::vector<Violation>& violations);
void CheckAtLeast(absl::string_view path, int64_t min, int64_t value, std::vector<Violation>& violations);
void CheckAtMost(absl::string_view path, int64_t max, int64_t value, std::vector<Violation>& violations);
void CheckBytes(absl::string_view path, size_t max, size_t bytes, std::vector<Violation>& violations);
// Returns whether the list is short enough for its entries to be checked.
bool CheckEntries(absl::string_view path, int max, int entries, std::vector<Violation>& violations);

// INVALID_ARGUMENT that names the violations, or OK if there are none.
absl::Status StatusOf(const std::vector<Violation>& violations);

// A single short text, as a status.
absl::Status CheckShortText(absl::string_view path, absl::string_view text);

}  // namespace toolcatalog

#endif  // COMMON_RPC_REQUEST_RULES_H_
