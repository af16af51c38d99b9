#include "common/definition_forms.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "common/text.h"
#include "common/yaml_scalar.h"

namespace toolcatalog {
namespace {

using Kind = YamlValue::Kind;
using Entry = YamlValue::Entry;
using Entries = std::vector<Entry>;

// What profiles, which say how to choose a tool but not where it runs, get.
constexpr char kProfilePlatform[] = "custom";
constexpr char kProfileCategory[] = "automation";

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

// Fields that some definitions have in their metadata.
constexpr absl::string_view kHeadFields[] = {"name", "version", "description", "platform", "category", "status"};
// What a definition with one capability has beside it; it belongs to its pattern.
constexpr absl::string_view kSinglePatternKeys[] = {"inputs", "outputs", "policy"};
// What makes a capability without patterns one that is its own pattern.
constexpr absl::string_view kOwnPatternKeys[] = {"parameters", "inputs",   "outputs", "http_request",
                                                 "response",   "examples", "policy"};

template <typename Words>
bool Contains(const Words& words, absl::string_view word) {
  return std::find(std::begin(words), std::end(words), word) != std::end(words);
}

const Entry* Find(const Entries& entries, absl::string_view key) {
  const auto found = std::find_if(entries.begin(), entries.end(), [&](const Entry& e) { return e.key.text() == key; });
  return found == entries.end() ? nullptr : &*found;
}

bool IsMapAt(YamlValue map, absl::string_view key) {
  const std::optional<Entry> entry = map.Find(key);
  return entry && entry->value.kind() == Kind::kMap;
}

Entries EntriesOf(YamlValue value) { return value.kind() == Kind::kMap ? value.Entries() : Entries(); }

// Writes one definition in the common form. No key is ever written twice into a map.
class FormMapper {
 public:
  explicit FormMapper(const YamlDocument& source) : mapped_{YamlDocument(source.source()), {}, {}} {}

  MappedDefinition Take() { return std::move(mapped_); }

  void WriteTool(YamlValue definition) {
    const Entries fields = FieldsOf(definition);
    const Entry* metadata = Find(fields, "metadata");
    const Entries head = Find(fields, "tool_name") || Find(fields, "name") || metadata == nullptr
                             ? Entries()
                             : HeadOf(metadata->value, fields);
    const Entry* tags = IsMovable(Find(fields, "tags"), metadata) ? Find(fields, "tags") : nullptr;
    const bool has_single = Find(fields, "capabilities") == nullptr &&
                            (Find(fields, "capability") != nullptr || Find(fields, "pattern") != nullptr);
    const uint32_t root = Open(Kind::kMap, definition);
    for (const Entry& entry : head) Rename(entry, entry.key.text() == "name" ? "tool_name" : entry.key.text(), "");
    bool single_is_written = false;
    for (const Entry& entry : fields) {
      const absl::string_view key = entry.key.text();
      if (key == "name" && !Find(fields, "tool_name")) {
        Rename(entry, "tool_name", "");
      } else if (&entry == metadata) {
        WriteMetadata(entry, head, tags);
      } else if (&entry == tags) {
        if (metadata == nullptr) WriteMetadata(std::nullopt, head, tags);
      } else if (has_single && IsOfSingle(key)) {
        if (!std::exchange(single_is_written, true)) WriteSingle(fields, entry.key);
      } else if (key == "capabilities") {
        WriteCapabilities(entry);
      } else {
        Copy(entry);
      }
    }
    Close(root);
  }

  void WriteProfile(YamlValue definition) {
    const uint32_t root = Open(Kind::kMap, definition);
    WriteDefault(definition, "platform", kProfilePlatform);
    WriteDefault(definition, "category", kProfileCategory);
    for (const Entry& entry : definition.Entries()) Copy(entry);
    Close(root);
  }

 private:
  // The fields of the tool, wherever they stand.
  Entries FieldsOf(YamlValue definition) {
    const std::optional<Entry> tool = definition.Find("tool");
    // A definition by name alone is plain enough to say nothing of its two renamings.
    is_verbose_ = !definition.Find("name");
    if (!tool || tool->value.kind() != Kind::kMap || !is_verbose_) return definition.Entries();
    Warn("", tool->key, "the fields below \"tool\" were read as the definition's own");
    Entries fields = tool->value.Entries();
    const Entries beside = definition.Entries();
    for (const Entry& entry : beside) {
      if (entry.key.text() == "tool") continue;
      AddOnce(entry, fields);
    }
    return fields;
  }

  void AddOnce(const Entry& entry, Entries& entries) {
    if (Find(entries, entry.key.text()) == nullptr) return entries.push_back(entry);
    mapped_.errors.push_back({std::string(entry.key.text()), entry.key, "must not be given in two places"});
  }

  static Entries HeadOf(YamlValue metadata, const Entries& fields) {
    Entries head;
    for (const Entry& entry : EntriesOf(metadata)) {
      if (Contains(kHeadFields, entry.key.text()) && !Find(fields, entry.key.text())) head.push_back(entry);
    }
    return head;
  }

  // Filters look for tags in the metadata.
  static bool IsMovable(const Entry* tags, const Entry* metadata) {
    if (tags == nullptr || metadata == nullptr) return tags != nullptr;
    return metadata->value.kind() == Kind::kNull ||
           (metadata->value.kind() == Kind::kMap && !metadata->value.Find("tags"));
  }

  // The metadata without the fields that the tool got from it, and with the tags.
  void WriteMetadata(const std::optional<Entry>& metadata, const Entries& head, const Entry* tags) {
    if (metadata && head.empty() && tags == nullptr) return Copy(*metadata);
    const YamlValue place = metadata ? metadata->key : tags->key;
    Key("metadata", place);
    const uint32_t map = Open(Kind::kMap, metadata ? metadata->value : tags->value);
    if (metadata) {
      for (const Entry& entry : EntriesOf(metadata->value)) {
        if (!Find(head, entry.key.text())) Copy(entry);
      }
    }
    if (tags != nullptr) {
      if (is_verbose_) Warn("metadata.tags", tags->key, "read from \"tags\"");
      Copy(*tags);
    }
    Close(map);
  }

  static bool IsOfSingle(absl::string_view key) {
    return key == "capability" || key == "pattern" || Contains(kSinglePatternKeys, key);
  }

  // The one capability with the one pattern. Either may be a map, or a name alone.
  void WriteSingle(const Entries& fields, YamlValue place) {
    const Entry* capability = Find(fields, "capability");
    const Entry* pattern = Find(fields, "pattern");
    if (capability != nullptr) Warn("capabilities", capability->key, "read from \"capability\"");
    Entries own = pattern != nullptr ? EntriesOf(pattern->value) : Entries();
    for (const absl::string_view key : kSinglePatternKeys) {
      if (const Entry* entry = Find(fields, key)) AddOnce(*entry, own);
    }
    const bool has_patterns = capability != nullptr && capability->value.Find("patterns");
    Key("capabilities", place);
    const uint32_t list = Open(Kind::kSequence, place);
    const uint32_t map = Open(Kind::kMap, place);
    if (capability != nullptr) WriteNamed(*capability, "capability_name", "capabilities[0]");
    if (has_patterns && (pattern != nullptr || !own.empty())) {
      mapped_.errors.push_back({"capabilities[0].patterns", pattern != nullptr ? pattern->key : own[0].key,
                                "must not be given in two places"});
    } else if (pattern != nullptr || !own.empty()) {
      WriteSinglePattern(capability, pattern, own, place);
    }
    Close(map);
    Close(list);
  }

  void WriteSinglePattern(const Entry* capability, const Entry* pattern, const Entries& own, YamlValue place) {
    const char kPath[] = "capabilities[0].patterns[0]";
    Key("patterns", place);
    const uint32_t list = Open(Kind::kSequence, place);
    if (pattern != nullptr) Warn("capabilities[0].patterns", pattern->key, "read from \"pattern\"");
    const uint32_t map = Open(Kind::kMap, place);
    if (pattern != nullptr && pattern->value.kind() != Kind::kMap) WriteNamed(*pattern, "pattern_name", kPath);
    if (pattern == nullptr && capability != nullptr) WritePatternName(NameOf(*capability), own, kPath);
    WritePatternEntries(own, kPath);
    Close(map);
    Close(list);
  }

  static std::optional<YamlValue> NameOf(const Entry& named) {
    if (named.value.kind() != Kind::kMap) return named.value;
    for (const char* key : {"capability_name", "name"}) {
      if (const std::optional<Entry> name = named.value.Find(key)) return name->value;
    }
    return std::nullopt;
  }

  // The entries of a map that has its name under `name`, or the name that stands in its place.
  void WriteNamed(const Entry& named, absl::string_view name_field, const std::string& path) {
    if (named.value.kind() != Kind::kMap) {
      Key(name_field, named.key);
      return mapped_.document.AppendCopy(named.value);
    }
    const Entries entries = named.value.Entries();
    for (const Entry& entry : entries) {
      if (entry.key.text() == "name" && !Find(entries, name_field)) {
        Rename(entry, name_field, path);
      } else {
        Copy(entry);
      }
    }
  }

  void WriteCapabilities(const Entry& capabilities) {
    if (capabilities.value.kind() == Kind::kNull || capabilities.value.kind() == Kind::kScalar) {
      return Copy(capabilities);
    }
    mapped_.document.AppendCopy(capabilities.key);
    const bool is_list = capabilities.value.kind() == Kind::kSequence;
    const uint32_t collection = Open(capabilities.value.kind(), capabilities.value);
    int index = 0;
    const auto path = [&] { return absl::StrCat("capabilities[", index++, "]"); };
    if (is_list) {
      for (const YamlValue& body : capabilities.value.Elements()) WriteCapability(body, std::nullopt, path());
    } else {
      for (const auto& [key, body] : capabilities.value.Entries()) {
        mapped_.document.AppendCopy(key);
        WriteCapability(body, key, path());
      }
    }
    Close(collection);
  }

  // `name` is the capability's key, in a map of capabilities.
  void WriteCapability(YamlValue body, std::optional<YamlValue> name, const std::string& path) {
    if (body.kind() != Kind::kMap) return mapped_.document.AppendCopy(body);
    const Entries entries = body.Entries();
    const bool is_pattern = !Find(entries, "patterns") &&
                            std::any_of(entries.begin(), entries.end(),
                                        [](const Entry& entry) { return Contains(kOwnPatternKeys, entry.key.text()); });
    const uint32_t map = Open(Kind::kMap, body);
    Entries own;
    for (const Entry& entry : entries) {
      const absl::string_view key = entry.key.text();
      if (is_pattern && Contains(kOwnPatternKeys, key)) {
        own.push_back(entry);
      } else if (key == "name" && !name && !Find(entries, "capability_name")) {
        Rename(entry, "capability_name", path);
        name = entry.value;
      } else if (key == "patterns" && entry.value.kind() == Kind::kSequence) {
        WritePatterns(entry, path);
      } else {
        if (key == "capability_name") name = entry.value;
        Copy(entry);
      }
    }
    if (is_pattern) WriteOwnPattern(own, name, absl::StrCat(path, ".patterns[0]"));
    Close(map);
  }

  void WriteOwnPattern(const Entries& own, const std::optional<YamlValue>& name, const std::string& path) {
    const YamlValue place = own[0].key;
    Key("patterns", place);
    const uint32_t list = Open(Kind::kSequence, place);
    const uint32_t map = Open(Kind::kMap, place);
    WritePatternName(name, own, path);
    WritePatternEntries(own, path);
    Close(map);
    Close(list);
  }

  void WritePatterns(const Entry& patterns, const std::string& path) {
    mapped_.document.AppendCopy(patterns.key);
    const uint32_t list = Open(Kind::kSequence, patterns.value);
    int index = 0;
    for (const YamlValue& body : patterns.value.Elements()) {
      const std::string below = absl::StrCat(path, ".patterns[", index++, "]");
      if (body.kind() != Kind::kMap) {
        mapped_.document.AppendCopy(body);
        continue;
      }
      const uint32_t map = Open(Kind::kMap, body);
      WritePatternEntries(body.Entries(), below);
      Close(map);
    }
    Close(list);
  }

  // The pattern of a capability that has only one need not have a name of its own.
  void WritePatternName(const std::optional<YamlValue>& name, const Entries& entries, const std::string& path) {
    if (!name || Find(entries, "name") || Find(entries, "pattern_name")) return;
    Warn(absl::StrCat(path, ".pattern_name"), *name, "not given; the capability's name was taken");
    Key("pattern_name", *name);
    mapped_.document.AppendCopy(*name);
  }

  void WritePatternEntries(const Entries& entries, const std::string& path) {
    bool has_inputs = Find(entries, "required_inputs") || Find(entries, "optional_inputs");
    for (const Entry& entry : entries) {
      const absl::string_view key = entry.key.text();
      if ((key == "inputs" || key == "parameters") && !has_inputs) {
        WriteInputs(entry, path);
        has_inputs = true;
      } else if (key == "policy" && entry.value.kind() == Kind::kMap) {
        mapped_.document.AppendCopy(entry.key);
        const uint32_t map = Open(Kind::kMap, entry.value);
        WriteRenamed(entry.value.Entries(), kPolicyNames, absl::StrCat(path, ".policy"));
        Close(map);
      } else {
        WriteRenamed(entry, entries, kPatternNames, path);
      }
    }
  }

  template <typename Renamings>
  void WriteRenamed(const Entries& entries, const Renamings& renamings, const std::string& path) {
    for (const Entry& entry : entries) WriteRenamed(entry, entries, renamings, path);
  }

  // `entries` is the whole map: a field that is given under both names keeps them.
  template <typename Renamings>
  void WriteRenamed(const Entry& entry, const Entries& entries, const Renamings& renamings, const std::string& path) {
    for (const Renaming& renaming : renamings) {
      if (entry.key.text() == renaming.from && !Find(entries, renaming.to)) return Rename(entry, renaming.to, path);
    }
    Copy(entry);
  }

  // One list, or a map by name, of inputs that say themselves whether they are required.
  void WriteInputs(const Entry& inputs, const std::string& path) {
    if (inputs.value.kind() != Kind::kSequence && inputs.value.kind() != Kind::kMap) {
      return Rename(inputs, "required_inputs", path);
    }
    Warn(absl::StrCat(path, ".required_inputs"), inputs.key,
         absl::StrCat("read from ", Quoted(inputs.key.text()), ", as far as they are required"));
    Warn(absl::StrCat(path, ".optional_inputs"), inputs.key,
         absl::StrCat("read from ", Quoted(inputs.key.text()), ", as far as they are not required"));
    for (const bool required : {true, false}) {
      Key(required ? "required_inputs" : "optional_inputs", inputs.key);
      const uint32_t list = Open(Kind::kSequence, inputs.value);
      if (inputs.value.kind() == Kind::kSequence) {
        for (const YamlValue& body : inputs.value.Elements()) {
          if (IsRequired(body) == required) mapped_.document.AppendCopy(body);
        }
      } else {
        for (const Entry& entry : inputs.value.Entries()) {
          if (IsRequired(entry.value) == required) WriteInput(entry);
        }
      }
      Close(list);
    }
  }

  static bool IsRequired(YamlValue input) {
    const std::optional<Entry> required = input.Find("required");
    return required && ParseSwitch(required->value.text()).value_or(false);
  }

  void WriteInput(const Entry& named) {
    if (named.value.kind() != Kind::kMap && named.value.kind() != Kind::kNull) {
      return mapped_.document.AppendCopy(named.value);
    }
    const uint32_t map = Open(Kind::kMap, named.key);
    const Entries entries = EntriesOf(named.value);
    if (!Find(entries, "name")) {
      Key("name", named.key);
      mapped_.document.AppendCopy(named.key);
    }
    for (const Entry& entry : entries) Copy(entry);
    Close(map);
  }

  void WriteDefault(YamlValue place, absl::string_view field, absl::string_view value) {
    Warn(std::string(field), place, absl::StrCat("not given by the profile; ", Quoted(value), " was taken"));
    Key(field, place);
    mapped_.document.AppendText(value, place);
  }

  uint32_t Open(Kind kind, YamlValue place) { return mapped_.document.Open(kind, place); }
  void Close(uint32_t index) { mapped_.document.Close(index); }
  void Key(absl::string_view key, YamlValue place) { mapped_.document.AppendText(key, place); }

  void Copy(const Entry& entry) {
    mapped_.document.AppendCopy(entry.key);
    mapped_.document.AppendCopy(entry.value);
  }

  void Rename(const Entry& entry, absl::string_view name, const std::string& path) {
    if (is_verbose_ || !path.empty()) {
      Warn(absl::StrCat(path, path.empty() ? "" : ".", name), entry.key,
           absl::StrCat("read from ", Quoted(entry.key.text())));
    }
    Key(name, entry.key);
    mapped_.document.AppendCopy(entry.value);
  }

  void Warn(std::string path, YamlValue at, std::string text) {
    mapped_.warnings.push_back({std::move(path), at, std::move(text)});
  }

  MappedDefinition mapped_;
  bool is_verbose_ = true;
};

}  // namespace

std::optional<MappedDefinition> MapDefinition(YamlValue definition) {
  if (definition.Find("tool_name")) return std::nullopt;
  const std::optional<Entry> metadata = definition.Find("metadata");
  const bool is_named = definition.Find("name") || (metadata && metadata->value.Find("name"));
  if (!is_named && !IsMapAt(definition, "tool")) return std::nullopt;
  FormMapper mapper(definition.document());
  mapper.WriteTool(definition);
  return mapper.Take();
}

std::optional<MappedDefinition> MapProfile(YamlValue definition) {
  if (definition.Find("platform") || definition.Find("category")) return std::nullopt;
  FormMapper mapper(definition.document());
  mapper.WriteProfile(definition);
  return mapper.Take();
}

std::optional<YamlValue> FindToolName(YamlValue definition) {
  std::vector<YamlValue> holders = {definition};
  for (const char* key : {"tool", "metadata"}) {
    if (const std::optional<Entry> below = definition.Find(key)) holders.push_back(below->value);
  }
  for (const YamlValue& holder : holders) {
    for (const char* key : {"tool_name", "name"}) {
      const std::optional<Entry> name = holder.Find(key);
      if (name && name->value.kind() == Kind::kScalar) return name->value;
    }
  }
  return std::nullopt;
}

}  // namespace toolcatalog
