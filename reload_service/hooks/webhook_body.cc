#include "reload_service/hooks/webhook_body.h"

#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
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

// Takes the fields from the reader's events, each of which is false if it ends the reading: at the first fault.
class BodyReader : public rapidjson::BaseReaderHandler<rapidjson::UTF8<>, BodyReader> {
 public:
  absl::StatusOr<WebhookBody> Read(absl::string_view json) {
    rapidjson::MemoryStream input(json.data(), json.size());
    rapidjson::Reader reader;
    const auto result = reader.Parse<rapidjson::kParseNumbersAsStringsFlag>(input, *this);
    if (!status_.ok()) return status_;
    if (result.IsError()) return NotJson(result);
    // The reader takes a zero byte for the end.
    if (input.Tell() != json.size()) return NotAnObject("a zero byte after it");
    return std::move(body_);
  }

  bool StartObject() { return !std::exchange(is_inside_, true) || RefuseValue("an object"); }
  bool StartArray() { return RefuseValue("a list"); }
  bool Null() { return is_inside_ || RefuseValue("null"); }
  bool Bool(bool value) { return RefuseValue(value ? "true" : "false"); }
  bool RawNumber(const char* number, rapidjson::SizeType size, bool) { return RefuseValue({number, size}); }

  bool Key(const char* text, rapidjson::SizeType size, bool) {
    field_ = std::string(text, size);
    const bool is_known = field_ == "tool_name" || field_ == "source";
    if (!is_known) {
      return Fail(kBody, absl::StrCat("unknown field ", Quoted(field_), "; allowed: tool_name, source"));
    }
    return fields_.insert(field_).second || Fail(kBody, absl::StrCat("gives ", Quoted(field_), " twice"));
  }

  bool String(const char* text, rapidjson::SizeType size, bool) {
    const absl::string_view value(text, size);
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

  bool RefuseValue(absl::string_view value) {
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
