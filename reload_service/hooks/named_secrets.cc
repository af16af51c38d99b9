#include "reload_service/hooks/named_secrets.h"

#include <fstream>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/definition/definition.h"

namespace toolcatalog {
namespace {

constexpr size_t kMaxSecrets = 10;
constexpr size_t kMinBytes = 16;
constexpr size_t kMaxBytes = 4096;

absl::StatusOr<std::string> ReadSecret(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return absl::InvalidArgumentError(absl::StrCat("cannot open file \"", path, "\""));
  // Room for the line break, and a byte more, by which a longer file is noticed.
  std::string text(kMaxBytes + 3, '\0');
  file.read(text.data(), text.size());
  text.resize(file.gcount());
  absl::string_view secret = text;
  if (absl::ConsumeSuffix(&secret, "\n")) absl::ConsumeSuffix(&secret, "\r");
  if (secret.size() < kMinBytes || secret.size() > kMaxBytes) {
    return absl::InvalidArgumentError(absl::StrCat("file \"", path, "\" must hold ", kMinBytes, " to ", kMaxBytes,
                                                   " bytes, holds ", secret.size() > kMaxBytes ? "more" : "fewer"));
  }
  return std::string(secret);
}

}  // namespace

absl::StatusOr<NamedSecrets> ReadSecrets(absl::string_view key, const std::map<std::string, std::string>& files) {
  if (files.size() > kMaxSecrets) {
    return absl::InvalidArgumentError(
        absl::StrCat(key, ": must name at most ", kMaxSecrets, " secrets, names ", files.size()));
  }
  NamedSecrets secrets;
  for (const auto& [name, file] : files) {
    const std::string path = absl::StrCat(key, ".", name);
    // Names of secrets follow the rule of all names.
    if (const std::optional<Violation> violation = CheckToolName(path, name); violation.has_value()) {
      return absl::InvalidArgumentError(absl::StrCat(path, ": ", violation->message));
    }
    absl::StatusOr<std::string> secret = ReadSecret(file);
    if (!secret.ok()) return absl::InvalidArgumentError(absl::StrCat(path, ": ", secret.status().message()));
    secrets.emplace(name, *std::move(secret));
  }
  return secrets;
}

}  // namespace toolcatalog
