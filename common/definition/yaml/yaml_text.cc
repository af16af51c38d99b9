#include "common/definition/yaml/yaml_text.h"

#include <algorithm>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/text.h"

namespace toolcatalog {
namespace {

constexpr absl::string_view kByteOrderMark = "\xEF\xBB\xBF";

absl::Status CheckCharacters(absl::string_view line, int number) {
  for (absl::string_view rest = line; !rest.empty();) {
    const size_t offset = line.size() - rest.size();
    const char32_t character = NextCodePoint(rest);
    if (!IsForbidden(character)) continue;
    const int column = static_cast<int>(CountCharacters(line.substr(0, offset))) + 1;
    if (character != kInvalidCodePoint) {
      return YamlError(number, column, absl::StrCat("control character ", CodePointName(character), " is not allowed"));
    }
    return YamlError(number, column,
                     absl::StrCat("text must be UTF-8, got byte 0x",
                                  absl::Hex(static_cast<unsigned char>(line[offset]), absl::kZeroPad2)));
  }
  return absl::OkStatus();
}

absl::Status CheckLine(absl::string_view line, int number) {
  if (absl::StartsWith(line, "%") && !absl::StartsWith(line, "%YAML 1.")) {
    return YamlError(number, 1, "a line must not begin with %, unless it is the directive %YAML 1.2");
  }
  if (absl::StartsWith(line, kByteOrderMark)) {
    return YamlError(number, 1, "a byte order mark is allowed at the start of the text only");
  }
  const bool is_plain = std::all_of(line.begin(), line.end(), [](char c) { return c >= ' ' && c < 0x7F; });
  return is_plain ? absl::OkStatus() : CheckCharacters(line, number);
}

}  // namespace

absl::Status YamlError(int line, int column, absl::string_view message) {
  const std::string place = column > 0 ? absl::StrCat(", column ", column) : "";
  return absl::InvalidArgumentError(absl::StrCat("line ", line, place, ": ", message));
}

absl::Status CheckYamlText(absl::string_view text) {
  int number = 1;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    absl::Status status = CheckLine(text.substr(0, end), number++);
    if (!status.ok()) return status;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return absl::OkStatus();
}

bool IsQuoteClosed(absl::string_view text, size_t offset) {
  text.remove_prefix(std::min(offset, text.size()));
  if (absl::StartsWith(text, "&")) {
    text.remove_prefix(std::min(text.find_first_of(" \t\n"), text.size()));
    text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
  }
  if (text.empty() || (text[0] != '"' && text[0] != '\'')) return true;
  const char quote = text[0];
  for (size_t i = 1; i < text.size(); ++i) {
    if (quote == '"' && text[i] == '\\') {
      ++i;
    } else if (text[i] == quote) {
      if (quote == '"' || i + 1 == text.size() || text[i + 1] != quote) return true;
      ++i;
    }
  }
  return false;
}

}  // namespace toolcatalog
