#include "common/definition/yaml/json_reader.h"

#include <algorithm>
#include <cstdint>
#include <string>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/strip.h"

namespace toolcatalog {
namespace {

using Kind = YamlValue::Kind;

constexpr uint32_t kFirstHighSurrogate = 0xD800, kFirstLowSurrogate = 0xDC00, kAfterSurrogates = 0xE000;

void AppendUtf8(uint32_t character, std::string& text) {
  if (character < 0x80) {
    text += static_cast<char>(character);
    return;
  }
  const int more = character < 0x800 ? 1 : character < 0x10000 ? 2 : 3;
  constexpr uint8_t kLead[] = {0, 0xC0, 0xE0, 0xF0};
  text += static_cast<char>(kLead[more] | character >> (6 * more));
  for (int i = more - 1; i >= 0; --i) text += static_cast<char>(0x80 | (character >> (6 * i) & 0x3F));
}

// Reads one value after the other into a document. Each method is false if the text is not JSON.
class JsonParser {
 public:
  explicit JsonParser(absl::string_view text) : text_(text), document_(text) {
    document_.nodes.reserve(std::min(kMaxYamlValues, text.size() / 8 + 1));
  }

  bool ReadText() {
    SkipSpace();
    if (!ReadValue(1)) return false;
    SkipSpace();
    return at_ == text_.size();
  }

  YamlDocument Take() { return std::move(document_); }

 private:
  char Next() const { return at_ < text_.size() ? text_[at_] : '\0'; }

  bool Consume(char c) {
    if (Next() != c) return false;
    ++at_;
    return true;
  }

  void SkipSpace() {
    for (;; ++at_) {
      const char c = Next();
      if (c == '\n') ++line_;
      if (c != ' ' && c != '\n' && c != '\r' && c != '\t') return;
    }
  }

  // Begins a value where the text is.
  uint32_t Add(Kind kind, bool is_plain) {
    document_.nodes.push_back(
        {kind, is_plain, 0, 0, static_cast<uint32_t>(at_), line_, static_cast<uint32_t>(document_.texts.size()), 0});
    return static_cast<uint32_t>(document_.nodes.size()) - 1;
  }

  // Ends a scalar, whose text is that since its beginning.
  void EndScalar(uint32_t index) {
    YamlDocument::Node& node = document_.nodes[index];
    node.text_size = static_cast<uint32_t>(document_.texts.size()) - node.text_begin;
    document_.Close(index);
  }

  // The recursion ends at `kMaxYamlLevels`.
  bool ReadValue(size_t level) {
    if (document_.nodes.size() >= kMaxYamlValues) return false;
    switch (Next()) {
      case '{':
        return level <= kMaxYamlLevels && ReadObject(level);
      case '[':
        return level <= kMaxYamlLevels && ReadList(level);
      case '"':
        return ReadString();
      case 't':
        return ReadWord("true", Kind::kScalar);
      case 'f':
        return ReadWord("false", Kind::kScalar);
      case 'n':
        return ReadWord("null", Kind::kNull);
      default:
        return ReadNumber();
    }
  }

  bool ReadObject(size_t level) {
    const uint32_t object = Add(Kind::kMap, false);
    absl::flat_hash_set<std::string> keys;
    ++at_;
    SkipSpace();
    while (Next() != '}') {
      const uint32_t key = static_cast<uint32_t>(document_.nodes.size());
      if (!ReadString() || !keys.emplace(document_.Text(document_.nodes[key])).second) return false;
      SkipSpace();
      if (!Consume(':')) return false;
      SkipSpace();
      if (!ReadValue(level + 1) || !ReadComma('}')) return false;
    }
    ++at_;
    document_.Close(object);
    return true;
  }

  bool ReadList(size_t level) {
    const uint32_t list = Add(Kind::kSequence, false);
    ++at_;
    SkipSpace();
    while (Next() != ']') {
      if (!ReadValue(level + 1) || !ReadComma(']')) return false;
    }
    ++at_;
    document_.Close(list);
    return true;
  }

  // What follows an entry: a comma and another entry, or the end.
  bool ReadComma(char end) {
    SkipSpace();
    if (!Consume(',')) return Next() == end;
    SkipSpace();
    return Next() != end;
  }

  bool ReadWord(absl::string_view word, Kind kind) {
    if (text_.substr(at_, word.size()) != word) return false;
    const uint32_t index = Add(kind, true);
    if (kind == Kind::kScalar) document_.texts.append(word.data(), word.size());
    at_ += word.size();
    EndScalar(index);
    return true;
  }

  size_t SkipDigits() {
    const size_t begin = at_;
    while (absl::ascii_isdigit(static_cast<unsigned char>(Next()))) ++at_;
    return at_ - begin;
  }

  bool ReadNumber() {
    const uint32_t index = Add(Kind::kScalar, true);
    const size_t begin = at_;
    Consume('-');
    if (!Consume('0') && SkipDigits() == 0) return false;
    if (Consume('.') && SkipDigits() == 0) return false;
    if (Consume('e') || Consume('E')) {
      if (!Consume('+')) Consume('-');
      if (SkipDigits() == 0) return false;
    }
    const absl::string_view number = text_.substr(begin, at_ - begin);
    // YAML's -0 is an integer without a sign.
    document_.texts += number == "-0" ? "-0.0" : std::string(number);
    EndScalar(index);
    return true;
  }

  bool ReadString() {
    if (Next() != '"') return false;
    const uint32_t index = Add(Kind::kScalar, false);
    ++at_;
    while (true) {
      const size_t begin = at_;
      while (at_ < text_.size() && text_[at_] != '"' && text_[at_] != '\\' &&
             static_cast<unsigned char>(text_[at_]) >= ' ') {
        ++at_;
      }
      document_.texts.append(text_.data() + begin, at_ - begin);
      if (Consume('"')) break;
      if (!Consume('\\') || !ReadEscape()) return false;
    }
    EndScalar(index);
    return true;
  }

  bool ReadEscape() {
    constexpr absl::string_view kLetters = "\"\\/bfnrt", kMeanings = "\"\\/\b\f\n\r\t";
    if (Consume('u')) return ReadCodePoint();
    const size_t letter = kLetters.find(Next());
    if (letter == kLetters.npos) return false;
    ++at_;
    document_.texts += kMeanings[letter];
    return true;
  }

  bool ReadCodePoint() {
    uint32_t character = 0, low = 0;
    if (!ReadHex(character)) return false;
    if (character >= kFirstHighSurrogate && character < kAfterSurrogates) {
      if (character >= kFirstLowSurrogate || !Consume('\\') || !Consume('u') || !ReadHex(low)) return false;
      if (low < kFirstLowSurrogate || low >= kAfterSurrogates) return false;
      character = 0x10000 + ((character - kFirstHighSurrogate) << 10) + (low - kFirstLowSurrogate);
    }
    AppendUtf8(character, document_.texts);
    return true;
  }

  bool ReadHex(uint32_t& unit) {
    const absl::string_view digits = text_.substr(at_, 4);
    const bool all = digits.size() == 4 &&
                     std::all_of(digits.begin(), digits.end(), [](unsigned char c) { return absl::ascii_isxdigit(c); });
    if (!all) return false;
    at_ += 4;
    return absl::SimpleHexAtoi(digits, &unit);
  }

  const absl::string_view text_;
  size_t at_ = 0;
  uint32_t line_ = 0;
  YamlDocument document_;
};

}  // namespace

std::optional<YamlDocument> ReadJson(absl::string_view text) {
  const absl::string_view start = absl::StripLeadingAsciiWhitespace(text);
  if (start.empty() || (start[0] != '[' && start[0] != '{')) return std::nullopt;
  JsonParser parser(text);
  if (!parser.ReadText()) return std::nullopt;
  return parser.Take();
}

}  // namespace toolcatalog
