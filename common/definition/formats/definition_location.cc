#include "common/definition/formats/definition_location.h"

#include <optional>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/strip.h"

namespace toolcatalog {
namespace {

using Kind = YamlValue::Kind;

// A position on the way: the value, and where to point at for it.
struct Step {
  YamlValue value;
  YamlValue shown;
};

// Consumes "[3]".
std::optional<size_t> ConsumeIndex(absl::string_view& path) {
  const size_t end = path.find(']');
  size_t index = 0;
  if (!absl::StartsWith(path, "[") || end == path.npos) return std::nullopt;
  if (!absl::SimpleAtoi(path.substr(1, end - 1), &index)) return std::nullopt;
  path.remove_prefix(end + 1);
  return index;
}

// Consumes `name` where it is a whole step of the path.
bool ConsumeName(absl::string_view& path, absl::string_view name) {
  if (!absl::StartsWith(path, name)) return false;
  const absl::string_view rest = path.substr(name.size());
  if (!rest.empty() && rest[0] != '.' && rest[0] != '[') return false;
  path = rest;
  absl::ConsumePrefix(&path, ".");
  return true;
}

std::optional<Step> Entry(YamlValue value, size_t index) {
  if (value.kind() == Kind::kSequence) {
    const std::vector<YamlValue> elements = value.Elements();
    if (index < elements.size()) return Step{elements[index], elements[index]};
  } else if (value.kind() == Kind::kMap) {
    const std::vector<YamlValue::Entry> entries = value.Entries();
    if (index < entries.size()) return Step{entries[index].value, entries[index].key};
  }
  return std::nullopt;
}

std::optional<Step> ConsumeKey(YamlValue map, absl::string_view& path) {
  if (map.kind() != Kind::kMap) return std::nullopt;
  for (const auto& [key, value] : map.Entries()) {
    if (key.text().empty() || !ConsumeName(path, key.text())) continue;
    return Step{value, value.kind() == Kind::kNull ? key : value};
  }
  return std::nullopt;
}

}  // namespace

YamlValue LocateField(YamlValue definition, absl::string_view path) {
  Step step{definition, definition};
  while (!path.empty()) {
    std::optional<Step> next;
    if (const std::optional<size_t> index = ConsumeIndex(path)) {
      absl::ConsumePrefix(&path, ".");
      next = Entry(step.value, *index);
    } else {
      next = ConsumeKey(step.value, path);
      // Keys that no field knows are at `extra` of the definition, but stand beside the others in YAML.
      if (!next && ConsumeName(path, "extra")) next = step;
    }
    if (!next) break;
    step = *next;
  }
  return step.shown;
}

}  // namespace toolcatalog
