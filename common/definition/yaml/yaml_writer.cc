#include "common/definition/yaml/yaml_writer.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <iterator>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/text.h"

namespace toolcatalog {
namespace {

// A key that is longer, quotes and all, needs a question mark in front.
constexpr size_t kMaxSimpleKey = 1000;

// Integers from here on are not all doubles, and readers refuse one that is not.
constexpr double kFirstInexactInteger = 0x1p53;

// What plain text would be taken for, by this or an older YAML; ignoring case.
constexpr absl::string_view kWords[] = {"null", "true", "false", "yes", "no", "on", "off", "y", "n"};

bool IsPlainFirst(char c) { return absl::ascii_isalpha(static_cast<unsigned char>(c)) || c == '_' || c == '/'; }

// Letters, digits, spaces and marks that mean nothing within plain text; a colon or a hash sometimes does.
bool IsPlainInner(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || absl::StrContains(" _-./()+=,;!?$^&*@~<>%|'", c) ||
         static_cast<unsigned char>(c) >= 0x80;
}

bool CanBePlain(absl::string_view text) {
  if (text.empty() || !IsPlainFirst(text[0]) || text.back() == ' ') return false;
  for (size_t i = 1; i < text.size(); ++i) {
    const char c = text[i];
    if (IsPlainInner(c)) continue;
    if (c == ':' && i + 1 < text.size() && text[i + 1] != ' ') continue;
    if (c == '#' && text[i - 1] != ' ') continue;
    return false;
  }
  return std::none_of(std::begin(kWords), std::end(kWords),
                      [text](absl::string_view word) { return absl::EqualsIgnoreCase(text, word); });
}

// What a text's characters allow.
struct Content {
  bool has_line_ends = false;
  // Something beside line ends must be escaped.
  bool needs_escapes = false;
};

Content ContentOf(absl::string_view text) {
  Content content;
  while (!text.empty()) {
    const unsigned char c = text[0];
    if (c == '\n') {
      content.has_line_ends = true;
      text.remove_prefix(1);
    } else if (c < 0x80) {
      if (c < 0x20 || c == 0x7F) content.needs_escapes = true;
      text.remove_prefix(1);
    } else if (!IsPrintable(NextCodePoint(text))) {
      content.needs_escapes = true;
    }
  }
  return content;
}

// Indentation may treble a text, and readers bound what they take in for one.
constexpr size_t kMaxBlock = 64 * 1024;

// Whether a block keeps the text as it is: it ends with one line end or none, and no line could be taken for
// indentation.
bool CanBeBlock(absl::string_view text) {
  if (text.size() > kMaxBlock || text[0] == ' ' || text[0] == '\n' || absl::EndsWith(text, "\n\n")) return false;
  for (size_t end = text.find('\n'); end != text.npos; end = text.find('\n', end + 1)) {
    if (end > 0 && text[end - 1] == ' ') return false;
  }
  return text.back() != ' ';
}

void AppendEscaped(absl::string_view text, std::string& yaml) {
  while (!text.empty()) {
    const absl::string_view rest = text;
    const char32_t character = NextCodePoint(text);
    switch (character) {
      case '"':
      case '\\':
        yaml += '\\';
        yaml += static_cast<char>(character);
        break;
      case '\n':
        yaml += "\\n";
        break;
      case '\r':
        yaml += "\\r";
        break;
      case '\t':
        yaml += "\\t";
        break;
      default:
        if (IsPrintable(character)) {
          yaml.append(rest.data(), rest.size() - text.size());
        } else if (character > 0xFFFF) {
          absl::StrAppendFormat(&yaml, "\\U%08X", static_cast<uint32_t>(character));
        } else {
          absl::StrAppendFormat(&yaml, "\\u%04X", static_cast<uint32_t>(character));
        }
    }
  }
}

}  // namespace

void YamlWriter::BeginDocument() {
  yaml_ += "---\n";
  level_ = 0;
}

void YamlWriter::Indent(int level) { yaml_.append(2 * level, ' '); }

void YamlWriter::BeginLine() {
  if (is_on_line_) {
    yaml_ += ' ';
  } else {
    Indent(level_);
  }
  is_on_line_ = false;
  is_after_dash_ = false;
}

void YamlWriter::Key(absl::string_view key) {
  BeginLine();
  const size_t begin = yaml_.size();
  if (CanBePlain(key) && !ContentOf(key).needs_escapes) {
    yaml_.append(key.data(), key.size());
  } else {
    Quoted(key);
  }
  if (yaml_.size() - begin > kMaxSimpleKey) {
    yaml_.insert(begin, "? ");
    yaml_ += '\n';
    Indent(level_);
  }
  yaml_ += ':';
}

void YamlWriter::Item() {
  BeginLine();
  yaml_ += '-';
  is_after_dash_ = true;
}

void YamlWriter::EndScalar() {
  yaml_ += '\n';
  is_after_dash_ = false;
}

void YamlWriter::Text(absl::string_view text) {
  yaml_ += ' ';
  const Content content = ContentOf(text);
  if (content.has_line_ends && !content.needs_escapes && CanBeBlock(text)) return Block(text);
  if (!content.has_line_ends && !content.needs_escapes && CanBePlain(text)) {
    yaml_.append(text.data(), text.size());
  } else {
    Quoted(text);
  }
  EndScalar();
}

// Single quotes where they keep backslashes and double quotes legible.
void YamlWriter::Quoted(absl::string_view text) {
  const Content content = ContentOf(text);
  const bool is_single = !content.has_line_ends && !content.needs_escapes && text.find_first_of("\"\\") != text.npos &&
                         std::count(text.begin(), text.end(), '\'') <=
                             std::count(text.begin(), text.end(), '"') + std::count(text.begin(), text.end(), '\\');
  if (!is_single) {
    yaml_ += '"';
    AppendEscaped(text, yaml_);
    yaml_ += '"';
    return;
  }
  yaml_ += '\'';
  for (const char c : text) {
    if (c == '\'') yaml_ += c;
    yaml_ += c;
  }
  yaml_ += '\'';
}

void YamlWriter::Block(absl::string_view text) {
  yaml_ += absl::EndsWith(text, "\n") ? "|" : "|-";
  EndScalar();
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    if (end > 0) Indent(level_ + 1);
    yaml_.append(text.data(), end);
    yaml_ += '\n';
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

void YamlWriter::Number(double number) {
  char digits[40];
  char* const end = std::to_chars(digits, digits + sizeof(digits), number).ptr;
  const absl::string_view text(digits, end - digits);
  yaml_ += ' ';
  yaml_.append(digits, end);
  const bool is_integer = text.find_first_of(".e") == text.npos;
  if (is_integer && (std::abs(number) >= kFirstInexactInteger || (number == 0 && std::signbit(number)))) yaml_ += ".0";
  EndScalar();
}

void YamlWriter::Bool(bool flag) {
  yaml_ += flag ? " true" : " false";
  EndScalar();
}

void YamlWriter::Null() {
  yaml_ += " null";
  EndScalar();
}

void YamlWriter::EmptyMap() {
  yaml_ += " {}";
  EndScalar();
}

void YamlWriter::EmptyList() {
  yaml_ += " []";
  EndScalar();
}

void YamlWriter::Open() {
  is_on_line_ = is_after_dash_;
  if (!is_after_dash_) yaml_ += '\n';
  ++level_;
}

}  // namespace toolcatalog
