#include "reload_service/request_rules.h"

#include <algorithm>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "common/status.h"
#include "reload_service/reload_history.h"

namespace toolcatalog {
namespace {

// No request that keeps the rules below comes near this.
constexpr size_t kMaxRequestBytes = 4096;
constexpr size_t kMaxNameLength = 100;
constexpr size_t kMaxTextLength = 100;
constexpr int kDefaultPageSize = 50;
constexpr int kMaxPageSize = 1000;
// Says what the token is of, so that another service's token is refused.
constexpr absl::string_view kTokenPrefix = "profiles-after:";

bool IsToolName(absl::string_view name) {
  const auto allowed = [](char c) { return absl::ascii_isalnum(c) || c == '_' || c == '.' || c == '-'; };
  return !name.empty() && name.size() <= kMaxNameLength && absl::ascii_isalnum(name[0]) &&
         std::all_of(name.begin(), name.end(), allowed);
}

// Of valid UTF-8: C0 and C1 control characters and DEL are not printable.
bool IsPrintable(absl::string_view text) {
  for (size_t i = 0; i < text.size(); ++i) {
    const unsigned char c = text[i];
    if (c < 0x20 || c == 0x7F) return false;
    if (c == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0) return false;
  }
  return true;
}

size_t CountCharacters(absl::string_view text) {
  return std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; });
}

std::string Quoted(absl::string_view text) { return absl::StrCat("\"", absl::Utf8SafeCHexEscape(text), "\""); }

}  // namespace

absl::Status ParseRequest(const grpc::ByteBuffer& bytes, google::protobuf::MessageLite* request) {
  if (bytes.Length() > kMaxRequestBytes) {
    return InvalidArgumentError(
        "", absl::StrCat("request must be at most ", kMaxRequestBytes, " bytes, got ", bytes.Length()));
  }
  grpc::Slice slice;
  if (!bytes.TrySingleSlice(&slice).ok()) bytes.DumpToSingleSlice(&slice).ok();
  if (!request->ParseFromArray(slice.begin(), slice.size())) {
    return InvalidArgumentError("", "request must be a well-formed message whose texts are valid UTF-8");
  }
  return absl::OkStatus();
}

absl::Status CheckToolName(absl::string_view name) {
  if (IsToolName(name)) return absl::OkStatus();
  return InvalidArgumentError("tool_name",
                              absl::StrCat("must match [A-Za-z0-9][A-Za-z0-9_.-]{0,99}, got ", Quoted(name)));
}

absl::Status CheckShortText(absl::string_view field, absl::string_view text) {
  const size_t length = CountCharacters(text);
  if (length > kMaxTextLength) {
    return InvalidArgumentError(field, absl::StrCat("must be at most ", kMaxTextLength, " characters, got ", length));
  }
  if (!IsPrintable(text)) return InvalidArgumentError(field, absl::StrCat("must be printable, got ", Quoted(text)));
  return absl::OkStatus();
}

absl::StatusOr<int> PageSize(absl::string_view field, bool given, int value) {
  if (!given) return kDefaultPageSize;
  if (value >= 1 && value <= kMaxPageSize) return value;
  return InvalidArgumentError(field, absl::StrCat("must be from 1 to ", kMaxPageSize, ", got ", value));
}

absl::Status CheckTrigger(absl::string_view trigger) {
  if (trigger.empty() || absl::c_linear_search(kTriggers, trigger)) return absl::OkStatus();
  return InvalidArgumentError(
      "trigger_type", absl::StrCat("must be one of ", absl::StrJoin(kTriggers, ", "), "; got ", Quoted(trigger)));
}

std::string MakePageToken(absl::string_view key) { return absl::WebSafeBase64Escape(absl::StrCat(kTokenPrefix, key)); }

absl::StatusOr<std::string> ParsePageToken(absl::string_view token) {
  if (token.empty()) return "";
  std::string text;
  absl::string_view key;
  if (absl::WebSafeBase64Unescape(token, &text)) {
    key = text;
    if (absl::ConsumePrefix(&key, kTokenPrefix) && IsToolName(key)) return std::string(key);
  }
  return InvalidArgumentError("page_token",
                              absl::StrCat("must be a next_page_token of this method, got ", Quoted(token)));
}

}  // namespace toolcatalog
