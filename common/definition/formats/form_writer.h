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

// A part of a definition that was understood differently from how it is written (a warning), or that cannot be
// understood (an error).
struct FormProblem {
  // The path of the field in the tool.
  std::string path;
  // The place in the document that was mapped.
  YamlValue at;
  std::string text;
};

// A definition in the common form, in which the map has the fields of Tool. Lines and columns in it are those of the
// text that it was made from.
struct MappedDefinition {
  YamlDocument document;
  std::vector<FormProblem> warnings;
  std::vector<FormProblem> errors;
};

using YamlEntries = std::vector<YamlValue::Entry>;

// The entries of a map; empty if the value is not a map.
YamlEntries EntriesOf(YamlValue value);
// The entry with this key; null if there is none.
const YamlValue::Entry* FindEntry(const YamlEntries& entries, absl::string_view key);

using YamlKeys = absl::flat_hash_set<absl::string_view>;
YamlKeys KeysOf(const YamlEntries& entries);

// Writes a definition in the common form, with parts of a document in another form, and collects warnings and errors.
// The caller must not write a key twice into a map. The source document and its text must outlive what `Take` returns.
// Not thread-safe.
class FormWriter {
 public:
  explicit FormWriter(const YamlDocument& source) : mapped_{YamlDocument(source.source()), {}, {}} {}

  MappedDefinition Take() { return std::move(mapped_); }

  uint32_t Open(YamlValue::Kind kind, YamlValue place) { return mapped_.document.Open(kind, place); }
  void Close(uint32_t index) { mapped_.document.Close(index); }
  void Text(absl::string_view text, YamlValue place) { mapped_.document.AppendText(text, place); }
  void Copy(YamlValue value) { mapped_.document.AppendCopy(value); }
  void Copy(const YamlValue::Entry& entry);

  // Writes the entry under another name, and adds a warning. `path` is the path of the map; "" is the tool itself.
  void Rename(const YamlValue::Entry& entry, absl::string_view name, absl::string_view path);

  // Adds an entry to `entries`, and its key to `keys`. If `keys` has that key already, adds an error instead.
  void AddOnce(const YamlValue::Entry& entry, YamlKeys& keys, YamlEntries& entries);

  // Add a warning or an error.
  void Warn(std::string path, YamlValue at, std::string text);
  void Fail(std::string path, YamlValue at, std::string text);

 private:
  MappedDefinition mapped_;
};

}  // namespace toolcatalog

#endif  // COMMON_DEFINITION_FORMATS_FORM_WRITER_H_
