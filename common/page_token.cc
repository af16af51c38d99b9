#include "common/page_token.h"

#include <openssl/sha.h>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/status.h"
#include "common/text.h"

namespace toolcatalog {
namespace {

constexpr size_t kMaxTokenBytes = 1000;
constexpr int kDefaultPageSize = 50;
constexpr int kMaxPageSize = 1000;

// Tells queries apart; tokens are no secrets.
std::string Mark(absl::string_view query) {
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(query.data()), query.size(), digest);
  return std::string(reinterpret_cast<const char*>(digest), 8);
}

// Places are names and numbers, in lines: anything else is not ours.
bool IsText(absl::string_view place) {
  if (FindInvalidUtf8(place) != absl::string_view::npos) return false;
  while (!place.empty()) {
    if (IsForbidden(NextCodePoint(place))) return false;
  }
  return true;
}

}  // namespace

std::string EncodePageToken(absl::string_view query, absl::string_view place) {
  return absl::WebSafeBase64Escape(absl::StrCat(Mark(query), place));
}

absl::StatusOr<std::string> DecodePageToken(absl::string_view query, absl::string_view token) {
  std::string text;
  absl::string_view place;
  if (token.size() <= kMaxTokenBytes && absl::WebSafeBase64Unescape(token, &text)) {
    place = text;
    if (absl::ConsumePrefix(&place, Mark(query)) && !place.empty() && IsText(place)) return std::string(place);
  }
  return InvalidArgumentError("page_token", "must be a next_page_token of a list with the same other fields");
}

absl::StatusOr<int> CheckPageSize(absl::string_view field, bool is_set, int value) {
  if (!is_set) return kDefaultPageSize;
  if (value >= 1 && value <= kMaxPageSize) return value;
  return InvalidArgumentError(field, absl::StrCat("must be from 1 to ", kMaxPageSize, ", got ", value));
}

}  // namespace toolcatalog
