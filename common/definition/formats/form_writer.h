#ifndef COMMON_DEFINITION_FORMATS_FORM_WRITER_H_
#define COMMON_DEFINITION_FORMATS_FORM_WRITER_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/string_view.h"
#include "common/definition/yaml/yaml_document.h"

namespace toolcatalog {

// Something that was understood differently from how it was written, or cannot be understood.
struct FormProblem {
  // Of the field in the tool.
  std::string path;
  // In the document that was mapped.
  YamlValue at;
  std::string text;
};

// A definition in the common form: `tool_name` and the fields of a tool at its top. Its places are those of the text
// that it was mapped from.
struct MappedDefinition {
  YamlDocument document;
  std::vector<FormProblem> warnings;
  std::vector<FormProblem> errors;
};

using YamlEntries = std::vector<YamlValue::Entry>;

// The entries of a map; none of any other value.
YamlEntries EntriesOf(YamlValue value);
const YamlValue::Entry* FindEntry(const YamlEntries& entries, absl::string_view key);

using YamlKeys = absl::flat_hash_set<absl::string_view>;
YamlKeys KeysOf(const YamlEntries& entries);

// Writes a definition in the common form out of the parts of another, and notes what it does. The caller sees to it
// that no key is written twice into a map. Not thread-safe.
class FormWriter {
 public:
  explicit FormWriter(const YamlDocument& source) : mapped_{YamlDocument(source.source()), {}, {}} {}

  MappedDefinition Take() { return std::move(mapped_); }

  uint32_t Open(YamlValue::Kind kind, YamlValue place) { return mapped_.document.Open(kind, place); }
  void Close(uint32_t index) { mapped_.document.Close(index); }
  void Text(absl::string_view text, YamlValue place) { mapped_.document.AppendText(text, place); }
  void Copy(YamlValue value) { mapped_.document.AppendCopy(value); }
  void Copy(const YamlValue::Entry& entry);

  // The entry under another name, with a warning. `path` is that of the map, "" = the tool.
  void Rename(const YamlValue::Entry& entry, absl::string_view name, absl::string_view path);

  // Adds an entry to those of a map, and its key to theirs; or fails if it is among them.
  void AddOnce(const YamlValue::Entry& entry, YamlKeys& keys, YamlEntries& entries);

  void Warn(std::string path, YamlValue at, std::string text);
  void Fail(std::string path, YamlValue at, std::string text);

 private:
  MappedDefinition mapped_;
};

}  // namespace toolcatalog

#endif  // COMMON_DEFINITION_FORMATS_FORM_WRITER_H_
