#include "reload_service/hooks/webhook_body.h"

#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "common/near_miss.h"
#include "common/rpc/request_rules.h"
#include "common/status.h"
#include "common/text.h"
#include "rapidjson/error/en.h"
#include "rapidjson/memorystream.h"
#include "rapidjson/reader.h"

namespace toolcatalog {
namespace {

constexpr char kBody[] = "body";
constexpr absl::string_view kByteOrderMark = "\xEF\xBB\xBF";

absl::Status NotAnObject(absl::string_view instead) {
  return InvalidArgumentError(kBody, absl::StrCat("must be a JSON object, got ", instead));
}

absl::Status NotJson(const rapidjson::ParseResult& result) {
  if (result.Code() == rapidjson::kParseErrorDocumentEmpty) return NotAnObject("nothing");
  std::string reason = rapidjson::GetParseError_En(result.Code());
  reason[0] = absl::ascii_tolower(reason[0]);
  return InvalidArgumentError(kBody, absl::StrCat("must be a JSON object, but at byte ", result.Offset(), ": ",
                                                  absl::StripSuffix(reason, ".")));
}

// Whether an unknown field was probably meant as a known one. If it were ignored, all tools would be loaded.
bool IsNearMiss(absl::string_view field) {
  const std::string letters = absl::StrReplaceAll(absl::AsciiStrToLower(field), {{"_", ""}, {"-", ""}});
  return letters == "tool" || letters == "tools" || EditDistance(letters, "toolname", 2) <= 2 ||
         EditDistance(letters, "source", 1) <= 1;
}

// Takes the known fields from the reader's events, and skips the others. An event is false if it ends the reading: at
// the first fault.
class BodyReader : public rapidjson::BaseReaderHandler<rapidjson::UTF8<>, BodyReader> {
 public:
  absl::StatusOr<WebhookBody> Read(absl::string_view json) {
    rapidjson::MemoryStream input(json.data(), json.size());
    rapidjson::Reader reader;
    // Not by recursion: what is skipped may be deep.
    const auto result =
        reader.Parse<rapidjson::kParseNumbersAsStringsFlag | rapidjson::kParseIterativeFlag>(input, *this);
    if (!status_.ok()) return status_;
    if (result.IsError()) return NotJson(result);
    // The reader takes a zero byte for the end.
    if (input.Tell() != json.size()) return NotAnObject("a zero byte after it");
    return std::move(body_);
  }

  bool StartObject() { return !std::exchange(is_inside_, true) || StartNested("an object"); }
  bool EndObject(rapidjson::SizeType) { return EndNested(); }
  bool StartArray() { return StartNested("a list"); }
  bool EndArray(rapidjson::SizeType) { return EndNested(); }
  bool Null() { return is_inside_ || RefuseValue("null"); }
  bool Bool(bool value) { return RefuseValue(value ? "true" : "false"); }
  bool RawNumber(const char* number, rapidjson::SizeType size, bool) { return RefuseValue({number, size}); }

  bool Key(const char* text, rapidjson::SizeType size, bool) {
    if (depth_ > 0) return true;
    field_ = std::string(text, size);
    skips_ = field_ != "tool_name" && field_ != "source";
    if (skips_) {
      return !IsNearMiss(field_) ||
             Fail(kBody, absl::StrCat("unknown field ", Quoted(field_), "; known: tool_name, source"));
    }
    return fields_.insert(field_).second || Fail(kBody, absl::StrCat("gives ", Quoted(field_), " twice"));
  }

  bool String(const char* text, rapidjson::SizeType size, bool) {
    const absl::string_view value(text, size);
    if (skips_) return true;
    if (!is_inside_) return RefuseValue("a text");
    // The reader lets the second half of a pair stand alone.
    if (FindInvalidUtf8(value) != value.npos) return Fail(field_, "must not hold half of a surrogate pair");
    (field_ == "source" ? body_.source : body_.tool_name) = std::string(value);
    return true;
  }

 private:
  bool Fail(absl::string_view field, absl::string_view rule) {
    status_ = InvalidArgumentError(field, rule);
    return false;
  }

  bool StartNested(absl::string_view value) {
    if (skips_) ++depth_;
    return RefuseValue(value);
  }

  bool EndNested() {
    if (depth_ > 0) --depth_;
    return true;
  }

  // True for a value that is skipped.
  bool RefuseValue(absl::string_view value) {
    if (skips_) return true;
    if (is_inside_ && !field_.empty()) return Fail(field_, absl::StrCat("must be a text, got ", value));
    status_ = NotAnObject(value);
    return false;
  }

  absl::Status status_;
  WebhookBody body_;
  bool is_inside_ = false;
  // The one that is being read, and those that were.
  std::string field_;
  std::set<std::string> fields_;
  // Whether the field is unknown, and how deep inside its value the reader is.
  bool skips_ = false;
  int depth_ = 0;
};

}  // namespace

absl::StatusOr<WebhookBody> ReadWebhookBody(absl::string_view json) {
  if (json.size() > kMaxWebhookBytes) {
    return InvalidArgumentError(kBody, absl::StrCat("must be at most ", kMaxWebhookBytes, " bytes, got ", json.size()));
  }
  if (FindInvalidUtf8(json) != absl::string_view::npos) return InvalidArgumentError(kBody, "must be UTF-8");
  if (absl::StartsWith(json, kByteOrderMark)) {
    return InvalidArgumentError(kBody, "must not begin with a byte order mark");
  }
  absl::StatusOr<WebhookBody> body = BodyReader().Read(json);
  if (!body.ok()) return body;
  std::vector<Violation> violations;
  CheckOptionalToolName("tool_name", body->tool_name, violations);
  CheckShortText("source", body->source, violations);
  if (!violations.empty()) return InvalidArgumentError(violations);
  return body;
}

}  // namespace toolcatalog
