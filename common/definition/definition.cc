#include "common/definition/definition.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/definition/definition_limits.h"
#include "common/text.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"

namespace toolcatalog {
namespace {

constexpr absl::string_view kReservedNames[] = {"search",      "platform", "category", "import",
                                                "bulk-import", "export",   "validate", "capabilities",
                                                "health",      "metrics",  "reload",   "performance"};

constexpr absl::string_view kServerSetFields[] = {"revision", "etag", "is_latest", "created_at", "updated_at"};

template <typename List>
bool Contains(const List& list, absl::string_view text) {
  return std::find(std::begin(list), std::end(list), text) != std::end(list);
}

// `text` with a hyphen for what the grammar does not have, as "my tool" becomes "my-tool"; "" if nothing is left, or
// too much.
std::string Spell(absl::string_view text, absl::string_view marks, size_t max_characters) {
  std::string spelled;
  for (const unsigned char c : text.substr(0, max_characters)) {
    if (absl::ascii_isalnum(c) || (absl::StrContains(marks, c) && !spelled.empty())) {
      spelled += static_cast<char>(c);
    } else if (!spelled.empty() && spelled.back() != '-') {
      spelled += '-';
    }
  }
  while (!spelled.empty() && spelled.back() == '-') spelled.pop_back();
  return text.size() <= max_characters ? spelled : "";
}

std::optional<Violation> CheckGrammar(absl::string_view path, absl::string_view text, absl::string_view marks,
                                      size_t max_characters) {
  if (text.empty()) return BrokenRule(path, kIsRequired);
  const bool right = text.size() <= max_characters && absl::ascii_isalnum(text[0]) &&
                     std::all_of(text.begin(), text.end(), [marks](unsigned char c) {
                       return absl::ascii_isalnum(c) || absl::StrContains(marks, c);
                     });
  if (right) return std::nullopt;
  const std::string rule = absl::StrCat("must match [A-Za-z0-9][A-Za-z0-9", marks, "]{0,", max_characters - 1, "}");
  return BrokenByText(path, rule, text, Spell(text, marks, max_characters));
}

}  // namespace

std::optional<Violation> CheckToolName(absl::string_view path, absl::string_view name) {
  return CheckGrammar(path, name, "_.-", kMaxToolNameCharacters);
}

std::optional<Violation> CheckVersion(absl::string_view path, absl::string_view version) {
  return CheckGrammar(path, version, "_.+-", kMaxVersionCharacters);
}

std::optional<Violation> CheckNotReserved(absl::string_view path, absl::string_view name) {
  if (!Contains(kReservedNames, NameKey(name))) return std::nullopt;
  return BrokenByText(path, "must not be a reserved name", name, "");
}

bool IsShortText(absl::string_view text) {
  if (text.empty() || CountCharacters(text) > kMaxShortTextCharacters) return false;
  while (!text.empty()) {
    if (!IsPrintable(NextCodePoint(text))) return false;
  }
  return true;
}

std::string NameKey(absl::string_view name) { return absl::AsciiStrToLower(name); }

bool IsServerSet(absl::string_view field) { return Contains(kServerSetFields, field); }

void NormalizeDefinition(v1::Tool& tool) {
  if (tool.version().empty()) tool.set_version(kDefaultVersion);
  if (tool.status().empty()) tool.set_status(kDefaultStatus);
  if (!tool.has_enabled()) tool.set_enabled(true);
  for (const absl::string_view field : kServerSetFields) {
    tool.GetReflection()->ClearField(&tool, tool.GetDescriptor()->FindFieldByName(std::string(field)));
  }
  tool.DiscardUnknownFields();
}

std::string SerializeDeterministically(const google::protobuf::Message& message) {
  std::string bytes;
  {
    google::protobuf::io::StringOutputStream stream(&bytes);
    google::protobuf::io::CodedOutputStream output(&stream);
    output.SetSerializationDeterministic(true);
    message.SerializeToCodedStream(&output);
  }
  return bytes;
}

}  // namespace toolcatalog
