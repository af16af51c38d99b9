#ifndef COMMON_DEFINITION_DEFINITION_H_
#define COMMON_DEFINITION_DEFINITION_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "common/status.h"
#include "google/protobuf/message.h"
#include "toolcatalog/v1/tool.pb.h"

namespace toolcatalog {

inline constexpr char kDefaultVersion[] = "1.0";
inline constexpr char kDefaultStatus[] = "active";

// Each checks the form of a name or version; nullopt if it is right. `path` is the field's. `CheckToolName` accepts
// reserved names: only create and import refuse them.
std::optional<Violation> CheckToolName(absl::string_view path, absl::string_view name);
std::optional<Violation> CheckVersion(absl::string_view path, absl::string_view version);

// Refuses a name that is reserved for REST paths, in upper or lower case. Nullopt for every other name.
std::optional<Violation> CheckNotReserved(absl::string_view path, absl::string_view name);

// Whether the text is a short text: one to `kMaxShortTextCharacters` characters, all of which `IsPrintable` allows.
bool IsShortText(absl::string_view text);

// The key of a name or version: the text with its ASCII letters in lower case. Two names are the same if their keys
// are.
std::string NameKey(absl::string_view name);

// Whether the server sets this field of a Tool. Such a field of a request is ignored.
bool IsServerSet(absl::string_view field);

// Brings a definition that came from outside into the normal form: sets `version`, `status` and `enabled` to their
// defaults if they are missing, clears the fields that the server sets, and drops unknown Protobuf fields.
void NormalizeDefinition(v1::Tool& tool);

// Serializes a message so that equal messages have the same bytes: maps are sorted by key. Use it for hashes, storage
// and comparison.
std::string SerializeDeterministically(const google::protobuf::Message& message);

}  // namespace toolcatalog

#endif  // COMMON_DEFINITION_DEFINITION_H_
