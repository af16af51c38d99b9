#include "common/definition/yaml/json_reader.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/definition/yaml/yaml_scalar.h"
#include "common/definition/yaml/yaml_text.h"
#include "common/text.h"
#include "rapidjson/reader.h"

namespace toolcatalog {
namespace {

using Kind = YamlValue::Kind;

constexpr size_t kEscapeSize = 6;  // \u00e9

// The unit of UTF-16 that an escape stands for; 0 for other escapes.
uint32_t UnitOf(absl::string_view escape) {
  uint32_t unit = 0;
  const bool is_unit = absl::StartsWith(escape, "\\u") && absl::SimpleHexAtoi(escape.substr(2, 4), &unit);
  return is_unit ? unit : 0;
}

// Offset of the low surrogate without a high one before it; `json` is a string whose high surrogates have their low
// ones.
size_t FindLoneLowSurrogate(absl::string_view json) {
  for (size_t at = json.find('\\'); at != json.npos; at = json.find('\\', at)) {
    const uint32_t unit = UnitOf(json.substr(at, kEscapeSize));
    if (unit >= 0xDC00 && unit <= 0xDFFF) return at;
    at += unit >= 0xD800 && unit <= 0xDBFF ? 2 * kEscapeSize : 2;
  }
  return json.npos;
}

// Builds the tree of a text from the reader's events. The reader works in place, in the tree's copy of the text: there
// it leaves each string, whose escapes only make it shorter, and each number as it is written.
class TreeBuilder : public rapidjson::BaseReaderHandler<rapidjson::UTF8<>, TreeBuilder> {
 public:
  explicit TreeBuilder(absl::string_view text) : text_(text), document_(text) {
    document_.nodes.reserve(std::min(kMaxYamlValues, text.size() / 8 + 1));
    document_.texts.assign(text.data(), text.size());
  }

  absl::StatusOr<std::optional<YamlDocument>> Read() {
    constexpr unsigned kFlags = rapidjson::kParseInsituFlag | rapidjson::kParseNumbersAsStringsFlag;
    rapidjson::InsituStringStream input(document_.texts.data());
    input_ = &input;
    rapidjson::Reader reader;
    reader.Parse<kFlags>(input, *this);
    NoteError(reader.GetParseErrorCode(), reader.GetErrorOffset());
    if (!status_.ok()) return status_;
    // The reader takes a zero byte for the end.
    if (reader.HasParseError() || input.Tell() != text_.size()) return std::nullopt;
    for (const uint32_t index : negative_zeros_) SetText(index, document_.texts.size(), kNegativeZero.size());
    if (!negative_zeros_.empty()) document_.texts.append(kNegativeZero.data(), kNegativeZero.size());
    return std::move(document_);
  }

  // What the reader calls; false ends the reading.

  bool Null() { return AddWord(Kind::kNull, 4); }

  bool Bool(bool value) { return AddWord(Kind::kScalar, value ? 4 : 5); }

  bool RawNumber(const char* number, rapidjson::SizeType size, bool) {
    const size_t begin = OffsetOf(number);
    if (!Add(Kind::kScalar, true, begin)) return false;
    const uint32_t index = Last();
    if (absl::string_view(number, size) == "-0") negative_zeros_.push_back(index);
    SetText(index, begin, size);
    document_.Close(index);
    return true;
  }

  bool String(const char* text, rapidjson::SizeType size, bool) {
    const size_t begin = OffsetOf(text);
    if (!Add(Kind::kScalar, false, begin - 1)) return false;
    SetText(Last(), begin, size);
    document_.Close(Last());
    line_offset_ = begin + size;  // no line ends within
    return CheckEscapes(begin, {text, size});
  }

  bool Key(const char* text, rapidjson::SizeType size, bool copy) { return String(text, size, copy); }

  bool StartObject() { return Open(Kind::kMap); }
  bool EndObject(rapidjson::SizeType) { return Close(); }
  bool StartArray() { return Open(Kind::kSequence); }
  bool EndArray(rapidjson::SizeType) { return Close(); }

 private:
  // YAML's -0 is an integer without a sign.
  static constexpr absl::string_view kNegativeZero = "-0.0";

  uint32_t Last() const { return static_cast<uint32_t>(document_.nodes.size()) - 1; }

  size_t OffsetOf(const char* place) const { return static_cast<size_t>(place - document_.texts.data()); }

  // Line of a place behind the last one asked for, from 0.
  uint32_t LineAt(size_t offset) {
    line_ += static_cast<uint32_t>(std::count(text_.begin() + line_offset_, text_.begin() + offset, '\n'));
    line_offset_ = offset;
    return line_;
  }

  bool Fail(size_t offset, absl::string_view message) {
    const int line = static_cast<int>(std::count(text_.begin(), text_.begin() + offset, '\n')) + 1;
    status_ = YamlError(line, YamlColumn(text_, offset), message);
    return false;
  }

  // Errors of the reader that say more than that the text is not JSON.
  void NoteError(rapidjson::ParseErrorCode code, size_t offset) {
    if (code == rapidjson::kParseErrorStringUnicodeSurrogateInvalid) FailHalfPair(offset);
    if (code != rapidjson::kParseErrorNumberTooBig) return;
    const absl::string_view number = text_.substr(offset, text_.find_first_not_of("+-.0123456789Ee", offset) - offset);
    const size_t next = text_.find_first_not_of(" \t\r\n", offset + number.size());
    // In YAML, 550e8400-e29b is a text, and so is 1e999 b.
    const bool is_number = IsYamlNumber(number) && next != text_.npos && absl::StrContains(",]}", text_[next]);
    if (is_number) Fail(offset, absl::StrCat("a number must be within the range of a double, got ", Quoted(number)));
  }

  bool FailHalfPair(size_t offset) {
    return Fail(offset, absl::StrCat(Quoted(text_.substr(offset, kEscapeSize)),
                                     " is half of a surrogate pair; a character needs both halves"));
  }

  bool Add(Kind kind, bool is_plain, size_t offset) {
    if (document_.nodes.size() >= kMaxYamlValues) {
      return Fail(offset, absl::StrCat("must hold at most ", kMaxYamlValues, " values, got more"));
    }
    document_.nodes.push_back({kind, is_plain, 0, 0, static_cast<uint32_t>(offset), LineAt(offset), 0, 0});
    return true;
  }

  void SetText(uint32_t index, size_t begin, size_t size) {
    document_.nodes[index].text_begin = static_cast<uint32_t>(begin);
    document_.nodes[index].text_size = static_cast<uint32_t>(size);
  }

  // Adds null, true or false, which the reader has just passed.
  bool AddWord(Kind kind, size_t size) {
    const size_t begin = input_->Tell() - size;
    if (!Add(kind, true, begin)) return false;
    if (kind == Kind::kScalar) SetText(Last(), begin, size);
    document_.Close(Last());
    return true;
  }

  bool Open(Kind kind) {
    const size_t offset = input_->Tell() - 1;
    if (open_.size() == kMaxYamlLevels) {
      return Fail(offset, absl::StrCat("must nest at most ", kMaxYamlLevels, " levels"));
    }
    if (!Add(kind, false, offset)) return false;
    open_.push_back(Last());
    return true;
  }

  bool Close() {
    const uint32_t index = open_.back();
    open_.pop_back();
    document_.Close(index);
    if (document_.nodes[index].kind == Kind::kMap) status_ = document_.CheckKeysDiffer(index);
    return status_.ok();
  }

  // The reader pairs a high surrogate with a low one, but lets a low one stand alone.
  bool CheckEscapes(size_t begin, absl::string_view text) {
    const bool has_escapes = text_.substr(begin, text.size() + 1).find('\\') != text_.npos;
    if (!has_escapes || FindInvalidUtf8(text) == text.npos) return true;
    return FailHalfPair(begin + FindLoneLowSurrogate(text_.substr(begin)));
  }

  const absl::string_view text_;
  YamlDocument document_;
  rapidjson::InsituStringStream* input_ = nullptr;
  absl::Status status_;
  std::vector<uint32_t> open_;
  std::vector<uint32_t> negative_zeros_;
  uint32_t line_ = 0;
  size_t line_offset_ = 0;
};

}  // namespace

absl::StatusOr<std::optional<YamlDocument>> ReadJson(absl::string_view text) {
  const absl::string_view start = absl::StripLeadingAsciiWhitespace(text);
  if (start.empty() || (start[0] != '[' && start[0] != '{')) return std::nullopt;
  return TreeBuilder(text).Read();
}

}  // namespace toolcatalog
