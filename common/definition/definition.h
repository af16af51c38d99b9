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

// Checks the grammar of a name or version; nullopt if it is right. A reserved name passes here: only creating and
// importing refuse it.
std::optional<Violation> CheckToolName(absl::string_view path, absl::string_view name);
std::optional<Violation> CheckVersion(absl::string_view path, absl::string_view version);

// Nullopt unless the name is reserved for REST paths, in any case.
std::optional<Violation> CheckNotReserved(absl::string_view path, absl::string_view name);

// Names and versions are the same if their keys are: ASCII lower case.
std::string NameKey(absl::string_view name);

// Whether this field of a Tool is set by the server and ignored on input.
bool IsServerSet(absl::string_view field);

// Brings a definition that came from outside into its normal form: defaults filled in (version, status, enabled),
// server-set fields cleared, unknown Protobuf fields dropped.
void NormalizeDefinition(v1::Tool& tool);

// Bytes that are the same for equal messages, for hashes, storage and comparison. Maps are sorted by key.
std::string SerializeDeterministically(const google::protobuf::Message& message);

}  // namespace toolcatalog

#endif  // COMMON_DEFINITION_DEFINITION_H_
