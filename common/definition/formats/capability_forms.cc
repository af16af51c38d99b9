#include "common/definition/formats/capability_forms.h"

#include <algorithm>
#include <iterator>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "common/definition/yaml/yaml_scalar.h"
#include "common/text.h"

namespace toolcatalog {
namespace {

using Kind = YamlValue::Kind;
using Entry = YamlValue::Entry;

struct Renaming {
  absl::string_view from;
  absl::string_view to;
};
constexpr Renaming kPatternNames[] = {{"name", "pattern_name"},
                                      {"outputs", "expected_outputs"},
                                      {"http_request", "api_parameters"},
                                      {"response", "output"}};
constexpr Renaming kPolicyNames[] = {{"approval_required", "requires_approval"},
                                     {"timeout_seconds", "max_execution_time"}};

// What a definition with one capability has beside it; it belongs to its pattern.
constexpr absl::string_view kSinglePatternKeys[] = {"inputs", "outputs", "policy"};
// What makes a capability without patterns one that is its own pattern.
constexpr absl::string_view kOwnPatternKeys[] = {"parameters", "inputs",   "outputs", "http_request",
                                                 "response",   "examples", "policy"};

template <typename Words>
bool Contains(const Words& words, absl::string_view word) {
  return std::find(std::begin(words), std::end(words), word) != std::end(words);
}

}  // namespace

bool CapabilityMapper::IsOfSingle(absl::string_view key) {
  return key == "capability" || key == "pattern" || Contains(kSinglePatternKeys, key);
}

// The one capability with the one pattern. Either may be a map, or a name alone.
void CapabilityMapper::WriteSingle(const YamlEntries& fields, YamlValue place) {
  const Entry* capability = FindEntry(fields, "capability");
  const Entry* pattern = FindEntry(fields, "pattern");
  if (capability != nullptr) writer_.Warn("capabilities", capability->key, "read from \"capability\"");
  YamlEntries own = pattern != nullptr ? EntriesOf(pattern->value) : YamlEntries();
  YamlKeys keys = KeysOf(own);
  for (const absl::string_view key : kSinglePatternKeys) {
    if (const Entry* entry = FindEntry(fields, key)) writer_.AddOnce(*entry, keys, own);
  }
  const bool has_patterns = capability != nullptr && capability->value.Find("patterns");
  writer_.Text("capabilities", place);
  const uint32_t list = writer_.Open(Kind::kSequence, place);
  const uint32_t map = writer_.Open(Kind::kMap, place);
  if (capability != nullptr) WriteNamed(*capability, "capability_name", "capabilities[0]");
  if (has_patterns && (pattern != nullptr || !own.empty())) {
    writer_.Fail("capabilities[0].patterns", pattern != nullptr ? pattern->key : own[0].key,
                 "must not be given in two places");
  } else if (pattern != nullptr || !own.empty()) {
    WriteSinglePattern(capability, pattern, own, place);
  }
  writer_.Close(map);
  writer_.Close(list);
}

void CapabilityMapper::WriteSinglePattern(const Entry* capability, const Entry* pattern, const YamlEntries& own,
                                          YamlValue place) {
  const char kPath[] = "capabilities[0].patterns[0]";
  writer_.Text("patterns", place);
  const uint32_t list = writer_.Open(Kind::kSequence, place);
  if (pattern != nullptr) writer_.Warn("capabilities[0].patterns", pattern->key, "read from \"pattern\"");
  const uint32_t map = writer_.Open(Kind::kMap, place);
  if (pattern != nullptr && pattern->value.kind() != Kind::kMap) WriteNamed(*pattern, "pattern_name", kPath);
  if (pattern == nullptr && capability != nullptr) WritePatternName(NameOf(*capability), own, kPath);
  WritePatternEntries(own, kPath);
  writer_.Close(map);
  writer_.Close(list);
}

std::optional<YamlValue> CapabilityMapper::NameOf(const Entry& named) {
  if (named.value.kind() != Kind::kMap) return named.value;
  for (const char* key : {"capability_name", "name"}) {
    if (const std::optional<Entry> name = named.value.Find(key)) return name->value;
  }
  return std::nullopt;
}

// The entries of a map that has its name under `name`, or the name that stands in its place.
void CapabilityMapper::WriteNamed(const Entry& named, absl::string_view name_field, const std::string& path) {
  if (named.value.kind() != Kind::kMap) {
    writer_.Text(name_field, named.key);
    return writer_.Copy(named.value);
  }
  const YamlEntries entries = named.value.Entries();
  for (const Entry& entry : entries) {
    if (entry.key.text() == "name" && !FindEntry(entries, name_field)) {
      writer_.Rename(entry, name_field, path);
    } else if (entry.key.text() == "patterns" && entry.value.kind() == Kind::kSequence) {
      WritePatterns(entry, path);
    } else {
      writer_.Copy(entry);
    }
  }
}

void CapabilityMapper::WriteCapabilities(const Entry& capabilities) {
  if (capabilities.value.kind() == Kind::kNull || capabilities.value.kind() == Kind::kScalar) {
    return writer_.Copy(capabilities);
  }
  writer_.Copy(capabilities.key);
  const bool is_list = capabilities.value.kind() == Kind::kSequence;
  const uint32_t collection = writer_.Open(capabilities.value.kind(), capabilities.value);
  int index = 0;
  const auto path = [&] { return absl::StrCat("capabilities[", index++, "]"); };
  if (is_list) {
    for (const YamlValue& body : capabilities.value.Elements()) WriteCapability(body, std::nullopt, path());
  } else {
    for (const auto& [key, body] : capabilities.value.Entries()) {
      writer_.Copy(key);
      WriteCapability(body, key, path());
    }
  }
  writer_.Close(collection);
}

// `name` is the capability's key, in a map of capabilities.
void CapabilityMapper::WriteCapability(YamlValue body, std::optional<YamlValue> name, const std::string& path) {
  if (body.kind() != Kind::kMap) return writer_.Copy(body);
  const YamlEntries entries = body.Entries();
  const bool is_pattern = !FindEntry(entries, "patterns") &&
                          std::any_of(entries.begin(), entries.end(),
                                      [](const Entry& entry) { return Contains(kOwnPatternKeys, entry.key.text()); });
  const uint32_t map = writer_.Open(Kind::kMap, body);
  YamlEntries own;
  for (const Entry& entry : entries) {
    const absl::string_view key = entry.key.text();
    if (is_pattern && Contains(kOwnPatternKeys, key)) {
      own.push_back(entry);
    } else if (key == "name" && !name && !FindEntry(entries, "capability_name")) {
      writer_.Rename(entry, "capability_name", path);
      name = entry.value;
    } else if (key == "patterns" && entry.value.kind() == Kind::kSequence) {
      WritePatterns(entry, path);
    } else {
      if (key == "capability_name") name = entry.value;
      writer_.Copy(entry);
    }
  }
  if (is_pattern) WriteOwnPattern(own, name, absl::StrCat(path, ".patterns[0]"));
  writer_.Close(map);
}

void CapabilityMapper::WriteOwnPattern(const YamlEntries& own, const std::optional<YamlValue>& name,
                                       const std::string& path) {
  const YamlValue place = own[0].key;
  writer_.Text("patterns", place);
  const uint32_t list = writer_.Open(Kind::kSequence, place);
  const uint32_t map = writer_.Open(Kind::kMap, place);
  WritePatternName(name, own, path);
  WritePatternEntries(own, path);
  writer_.Close(map);
  writer_.Close(list);
}

void CapabilityMapper::WritePatterns(const Entry& patterns, const std::string& path) {
  writer_.Copy(patterns.key);
  const uint32_t list = writer_.Open(Kind::kSequence, patterns.value);
  int index = 0;
  for (const YamlValue& body : patterns.value.Elements()) {
    const std::string below = absl::StrCat(path, ".patterns[", index++, "]");
    if (body.kind() != Kind::kMap) {
      writer_.Copy(body);
      continue;
    }
    const uint32_t map = writer_.Open(Kind::kMap, body);
    WritePatternEntries(body.Entries(), below);
    writer_.Close(map);
  }
  writer_.Close(list);
}

// The pattern of a capability that has only one need not have a name of its own.
void CapabilityMapper::WritePatternName(const std::optional<YamlValue>& name, const YamlEntries& entries,
                                        const std::string& path) {
  if (!name || FindEntry(entries, "name") || FindEntry(entries, "pattern_name")) return;
  writer_.Warn(absl::StrCat(path, ".pattern_name"), *name, "not given; the capability's name was taken");
  writer_.Text("pattern_name", *name);
  writer_.Copy(*name);
}

void CapabilityMapper::WritePatternEntries(const YamlEntries& entries, const std::string& path) {
  bool has_inputs = FindEntry(entries, "required_inputs") || FindEntry(entries, "optional_inputs");
  for (const Entry& entry : entries) {
    const absl::string_view key = entry.key.text();
    if ((key == "inputs" || key == "parameters") && !has_inputs) {
      WriteInputs(entry, path);
      has_inputs = true;
    } else if (key == "policy" && entry.value.kind() == Kind::kMap) {
      writer_.Copy(entry.key);
      const uint32_t map = writer_.Open(Kind::kMap, entry.value);
      WriteRenamed(entry.value.Entries(), kPolicyNames, absl::StrCat(path, ".policy"));
      writer_.Close(map);
    } else {
      WriteRenamed(entry, entries, kPatternNames, path);
    }
  }
}

template <typename Renamings>
void CapabilityMapper::WriteRenamed(const YamlEntries& entries, const Renamings& renamings, const std::string& path) {
  for (const Entry& entry : entries) WriteRenamed(entry, entries, renamings, path);
}

// `entries` is the whole map: a field that is given under both names keeps them.
template <typename Renamings>
void CapabilityMapper::WriteRenamed(const Entry& entry, const YamlEntries& entries, const Renamings& renamings,
                                    const std::string& path) {
  for (const Renaming& renaming : renamings) {
    if (entry.key.text() == renaming.from && !FindEntry(entries, renaming.to))
      return writer_.Rename(entry, renaming.to, path);
  }
  writer_.Copy(entry);
}

// One list, or a map by name, of inputs that say themselves whether they are required.
void CapabilityMapper::WriteInputs(const Entry& inputs, const std::string& path) {
  if (inputs.value.kind() != Kind::kSequence && inputs.value.kind() != Kind::kMap) {
    return writer_.Rename(inputs, "required_inputs", path);
  }
  writer_.Warn(absl::StrCat(path, ".required_inputs"), inputs.key,
               absl::StrCat("read from ", Quoted(inputs.key.text()), ", as far as they are required"));
  writer_.Warn(absl::StrCat(path, ".optional_inputs"), inputs.key,
               absl::StrCat("read from ", Quoted(inputs.key.text()), ", as far as they are not required"));
  for (const bool required : {true, false}) {
    writer_.Text(required ? "required_inputs" : "optional_inputs", inputs.key);
    const uint32_t list = writer_.Open(Kind::kSequence, inputs.value);
    if (inputs.value.kind() == Kind::kSequence) {
      for (const YamlValue& body : inputs.value.Elements()) {
        if (IsRequired(body) == required) writer_.Copy(body);
      }
    } else {
      for (const Entry& entry : inputs.value.Entries()) {
        if (IsRequired(entry.value) == required) WriteInput(entry);
      }
    }
    writer_.Close(list);
  }
}

bool CapabilityMapper::IsRequired(YamlValue input) {
  const std::optional<Entry> required = input.Find("required");
  return required && ParseSwitch(required->value.text()).value_or(false);
}

void CapabilityMapper::WriteInput(const Entry& named) {
  if (named.value.kind() != Kind::kMap && named.value.kind() != Kind::kNull) {
    return writer_.Copy(named.value);
  }
  const uint32_t map = writer_.Open(Kind::kMap, named.key);
  const YamlEntries entries = EntriesOf(named.value);
  if (!FindEntry(entries, "name")) {
    writer_.Text("name", named.key);
    writer_.Copy(named.key);
  }
  for (const Entry& entry : entries) writer_.Copy(entry);
  writer_.Close(map);
}

}  // namespace toolcatalog
