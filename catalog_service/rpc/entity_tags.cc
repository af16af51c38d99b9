#include "catalog_service/rpc/entity_tags.h"

#include <algorithm>
#include <cstddef>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/status.h"
#include "common/text.h"

namespace toolcatalog {
namespace {

constexpr size_t kMaxEtagBytes = 4096;
constexpr char kIfMatch[] = "if-match";

bool IsTagCharacter(unsigned char c) { return c > ' ' && c != 0x7f; }

// Takes the next entity tag off `list`: its text without quotes, and whether it is weak. Nothing if there is none.
struct EntityTag {
  std::string text;
  bool weak = false;
};
std::optional<EntityTag> TakeTag(absl::string_view& list) {
  EntityTag tag;
  tag.weak = absl::ConsumePrefix(&list, "W/");
  if (!absl::ConsumePrefix(&list, "\"")) return std::nullopt;
  const size_t end = list.find('"');
  if (end == absl::string_view::npos) return std::nullopt;
  tag.text = std::string(list.substr(0, end));
  list.remove_prefix(end + 1);
  if (!std::all_of(tag.text.begin(), tag.text.end(), IsTagCharacter)) return std::nullopt;
  return tag;
}

absl::StatusOr<EtagCondition> ParseIfMatch(absl::string_view list) {
  EtagCondition condition;
  condition.given = true;
  if (absl::StripAsciiWhitespace(list) == "*") {
    condition.any = true;
    return condition;
  }
  const absl::string_view whole = list;
  const auto broken = [&] {
    return InvalidArgumentError(kIfMatch, absl::StrCat("must be * or a list of quoted tags, got ", Quoted(whole)));
  };
  bool is_empty = true;
  while (true) {
    list = absl::StripAsciiWhitespace(list);
    // A list may have empty elements.
    if (absl::ConsumePrefix(&list, ",")) continue;
    if (list.empty()) break;
    std::optional<EntityTag> tag = TakeTag(list);
    list = absl::StripLeadingAsciiWhitespace(list);
    if (!tag.has_value() || (!list.empty() && list[0] != ',')) return broken();
    is_empty = false;
    if (!tag->weak) condition.any_of.push_back(std::move(tag->text));
  }
  return is_empty ? broken() : absl::StatusOr<EtagCondition>(condition);
}

}  // namespace

absl::StatusOr<EtagCondition> ConditionOf(absl::string_view etag, const std::optional<std::string>& if_match) {
  const auto is_long = [](absl::string_view text) { return text.size() > kMaxEtagBytes; };
  if (is_long(etag) || (if_match.has_value() && is_long(*if_match))) {
    return InvalidArgumentError(is_long(etag) ? "etag" : kIfMatch,
                                absl::StrCat("must be at most ", kMaxEtagBytes, " characters"));
  }
  EtagCondition condition;
  if (if_match.has_value()) {
    absl::StatusOr<EtagCondition> parsed = ParseIfMatch(*if_match);
    if (!parsed.ok()) return parsed;
    condition = *std::move(parsed);
  }
  if (etag.empty()) return condition;
  const auto& tags = condition.any_of;
  const bool may_hold = !condition.given || condition.any || std::find(tags.begin(), tags.end(), etag) != tags.end();
  EtagCondition both;
  both.given = true;
  if (may_hold) both.any_of.emplace_back(etag);
  return both;
}

}  // namespace toolcatalog
