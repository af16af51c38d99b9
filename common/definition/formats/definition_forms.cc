#include "common/definition/formats/definition_forms.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "common/definition/formats/capability_forms.h"
#include "common/definition/formats/form_writer.h"
#include "common/text.h"

namespace toolcatalog {
namespace {

using Kind = YamlValue::Kind;
using Entry = YamlValue::Entry;

// What profiles, which say how to choose a tool but not where it runs, get.
constexpr char kProfilePlatform[] = "custom";
constexpr char kProfileCategory[] = "automation";

// Fields that some definitions have in their metadata.
constexpr absl::string_view kHeadFields[] = {"name", "version", "description", "platform", "category", "status"};

bool IsHeadField(absl::string_view key) {
  return std::find(std::begin(kHeadFields), std::end(kHeadFields), key) != std::end(kHeadFields);
}

bool IsMapAt(YamlValue map, absl::string_view key) {
  const std::optional<Entry> entry = map.Find(key);
  return entry && entry->value.kind() == Kind::kMap;
}

// Writes one definition in the common form.
class FormMapper {
 public:
  explicit FormMapper(const YamlDocument& source) : writer_(source), capabilities_(&writer_) {}

  MappedDefinition Take() { return writer_.Take(); }

  void WriteTool(YamlValue definition) {
    const YamlEntries fields = FieldsOf(definition);
    const Entry* metadata = FindEntry(fields, "metadata");
    const YamlEntries head = FindEntry(fields, "tool_name") || FindEntry(fields, "name") || metadata == nullptr
                                 ? YamlEntries()
                                 : HeadOf(metadata->value, fields);
    const Entry* tags = IsMovable(FindEntry(fields, "tags"), metadata) ? FindEntry(fields, "tags") : nullptr;
    const bool has_single = FindEntry(fields, "capabilities") == nullptr &&
                            (FindEntry(fields, "capability") != nullptr || FindEntry(fields, "pattern") != nullptr);
    const uint32_t root = writer_.Open(Kind::kMap, definition);
    for (const Entry& entry : head) {
      writer_.Rename(entry, entry.key.text() == "name" ? "tool_name" : entry.key.text(), "");
    }
    bool single_is_written = false;
    for (const Entry& entry : fields) {
      const absl::string_view key = entry.key.text();
      if (key == "name" && !FindEntry(fields, "tool_name")) {
        WriteName(entry);
      } else if (&entry == metadata) {
        WriteMetadata(entry, head, tags);
      } else if (&entry == tags) {
        if (metadata == nullptr) WriteMetadata(std::nullopt, head, tags);
      } else if (has_single && CapabilityMapper::IsOfSingle(key)) {
        if (!std::exchange(single_is_written, true)) capabilities_.WriteSingle(fields, entry.key);
      } else if (key == "capabilities") {
        capabilities_.WriteCapabilities(entry);
      } else {
        writer_.Copy(entry);
      }
    }
    writer_.Close(root);
  }

  void WriteProfile(YamlValue definition) {
    const uint32_t root = writer_.Open(Kind::kMap, definition);
    WriteDefault(definition, "platform", kProfilePlatform);
    WriteDefault(definition, "category", kProfileCategory);
    for (const Entry& entry : definition.Entries()) writer_.Copy(entry);
    writer_.Close(root);
  }

 private:
  // The fields of the tool, wherever they stand.
  YamlEntries FieldsOf(YamlValue definition) {
    const std::optional<Entry> tool = definition.Find("tool");
    // A definition by name alone is plain enough to say nothing of its two renamings.
    is_verbose_ = !definition.Find("name");
    if (!tool || tool->value.kind() != Kind::kMap || !is_verbose_) return definition.Entries();
    writer_.Warn("", tool->key, "the fields below \"tool\" were read as the definition's own");
    YamlEntries fields = tool->value.Entries();
    YamlKeys keys = KeysOf(fields);
    for (const Entry& entry : definition.Entries()) {
      if (entry.key.text() == "tool") continue;
      writer_.AddOnce(entry, keys, fields);
    }
    return fields;
  }

  void WriteName(const Entry& name) {
    if (is_verbose_) return writer_.Rename(name, "tool_name", "");
    writer_.Text("tool_name", name.key);
    writer_.Copy(name.value);
  }

  static YamlEntries HeadOf(YamlValue metadata, const YamlEntries& fields) {
    YamlEntries head;
    for (const Entry& entry : EntriesOf(metadata)) {
      if (IsHeadField(entry.key.text()) && !FindEntry(fields, entry.key.text())) head.push_back(entry);
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
  void WriteMetadata(const std::optional<Entry>& metadata, const YamlEntries& head, const Entry* tags) {
    if (metadata && head.empty() && tags == nullptr) return writer_.Copy(*metadata);
    const YamlValue place = metadata ? metadata->key : tags->key;
    writer_.Text("metadata", place);
    const uint32_t map = writer_.Open(Kind::kMap, metadata ? metadata->value : tags->value);
    if (metadata) {
      for (const Entry& entry : EntriesOf(metadata->value)) {
        if (!FindEntry(head, entry.key.text())) writer_.Copy(entry);
      }
    }
    if (tags != nullptr) {
      if (is_verbose_) writer_.Warn("metadata.tags", tags->key, "read from \"tags\"");
      writer_.Copy(*tags);
    }
    writer_.Close(map);
  }

  void WriteDefault(YamlValue place, absl::string_view field, absl::string_view value) {
    writer_.Warn(std::string(field), place, absl::StrCat("not given by the profile; ", Quoted(value), " was taken"));
    writer_.Text(field, place);
    writer_.Text(value, place);
  }

  FormWriter writer_;
  CapabilityMapper capabilities_;
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
