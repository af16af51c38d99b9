#include "common/definition/formats/form_writer.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/text.h"

namespace toolcatalog {

YamlEntries EntriesOf(YamlValue value) {
  return value.kind() == YamlValue::Kind::kMap ? value.Entries() : YamlEntries();
}

const YamlValue::Entry* FindEntry(const YamlEntries& entries, absl::string_view key) {
  const auto found =
      std::find_if(entries.begin(), entries.end(), [&](const auto& entry) { return entry.key.text() == key; });
  return found == entries.end() ? nullptr : &*found;
}

YamlKeys KeysOf(const YamlEntries& entries) {
  YamlKeys keys;
  for (const YamlValue::Entry& entry : entries) keys.insert(entry.key.text());
  return keys;
}

void FormWriter::Copy(const YamlValue::Entry& entry) {
  Copy(entry.key);
  Copy(entry.value);
}

void FormWriter::Rename(const YamlValue::Entry& entry, absl::string_view name, absl::string_view path) {
  Warn(absl::StrCat(path, path.empty() ? "" : ".", name), entry.key,
       absl::StrCat("read from ", Quoted(entry.key.text())));
  Text(name, entry.key);
  Copy(entry.value);
}

void FormWriter::AddOnce(const YamlValue::Entry& entry, YamlKeys& keys, YamlEntries& entries) {
  if (keys.insert(entry.key.text()).second) return entries.push_back(entry);
  Fail(std::string(entry.key.text()), entry.key, "must not be given in two places");
}

void FormWriter::Warn(std::string path, YamlValue at, std::string text) {
  mapped_.warnings.push_back({std::move(path), at, std::move(text)});
}

void FormWriter::Fail(std::string path, YamlValue at, std::string text) {
  mapped_.errors.push_back({std::move(path), at, std::move(text)});
}

}  // namespace toolcatalog
