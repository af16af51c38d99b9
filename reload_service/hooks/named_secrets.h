#ifndef RELOAD_SERVICE_HOOKS_NAMED_SECRETS_H_
#define RELOAD_SERVICE_HOOKS_NAMED_SECRETS_H_

#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace toolcatalog {

// Secrets by name. They are never logged.
using NamedSecrets = std::map<std::string, std::string>;

// Reads each secret from the file that the configuration's `key` names for it. A line break at the end of the file does
// not count. INVALID_ARGUMENT that names key, file and rule, unless there are at most 10 secrets of 16 to 4096 bytes.
absl::StatusOr<NamedSecrets> ReadSecrets(absl::string_view key, const std::map<std::string, std::string>& files);

}  // namespace toolcatalog

#endif  // RELOAD_SERVICE_HOOKS_NAMED_SECRETS_H_
