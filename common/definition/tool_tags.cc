#include "common/definition/tool_tags.h"

#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/str_split.h"
#include "common/definition/definition.h"
#include "common/letter_case.h"

namespace toolcatalog {
namespace {

constexpr size_t kMaxTags = 100;

}  // namespace

std::vector<std::string> TagsOf(const v1::Tool& tool) {
  std::vector<std::string> texts;
  const auto found = tool.metadata().fields().find("tags");
  if (found == tool.metadata().fields().end()) return texts;
  if (found->second.has_string_value()) texts = absl::StrSplit(found->second.string_value(), ',');
  for (const auto& value : found->second.list_value().values()) texts.push_back(value.string_value());
  std::set<std::string> tags;
  for (const std::string& text : texts) {
    const std::string tag = LowerCase(absl::StripAsciiWhitespace(text));
    if (tags.size() < kMaxTags && IsShortText(tag)) tags.insert(tag);
  }
  return {tags.begin(), tags.end()};
}

}  // namespace toolcatalog
