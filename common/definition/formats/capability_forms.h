#ifndef COMMON_DEFINITION_FORMATS_CAPABILITY_FORMS_H_
#define COMMON_DEFINITION_FORMATS_CAPABILITY_FORMS_H_

#include <optional>
#include <string>

#include "common/definition/formats/form_writer.h"
#include "common/definition/yaml/yaml_document.h"

namespace toolcatalog {

// Brings the capabilities of a definition in another form into the common form (see `definition_forms.h`), and writes
// them with a FormWriter, which must outlive the object. Not thread-safe.
class CapabilityMapper {
 public:
  explicit CapabilityMapper(FormWriter* writer) : writer_(*writer) {}

  // Writes the key `capabilities` and its value. The given value is a list or a map. An entry may have patterns, or may
  // be a pattern itself, with `parameters`, `http_request` and `response`.
  void WriteCapabilities(const YamlValue::Entry& capabilities);

  // Instead of `capabilities` a tool may have `capability`, `pattern`, `inputs`, `outputs` and `policy`, which describe
  // one capability with one pattern. Whether `key` is one of these.
  static bool IsOfSingle(absl::string_view key);
  // Writes the key `capabilities` with that one capability, made from the fields of the tool.
  void WriteSingle(const YamlEntries& fields, YamlValue place);

 private:
  using Entry = YamlValue::Entry;

  void WriteSinglePattern(const Entry* capability, const Entry* pattern, const YamlEntries& own, YamlValue place);
  static std::optional<YamlValue> NameOf(const Entry& named);
  // Writes the entries of `named`, whose own key `name` becomes `name_field`. A value that is not a map is the
  // name.
  void WriteNamed(const Entry& named, absl::string_view name_field, const std::string& path);
  // `name` is the capability's key if the capabilities are a map.
  void WriteCapability(YamlValue body, std::optional<YamlValue> name, const std::string& path);
  void WriteOwnPattern(const YamlEntries& own, const std::optional<YamlValue>& name, const std::string& path);
  void WritePatterns(const Entry& patterns, const std::string& path);
  // If a capability has only one pattern, that pattern may lack a name.
  void WritePatternName(const std::optional<YamlValue>& name, const YamlEntries& entries, const std::string& path);
  void WritePatternEntries(const YamlEntries& entries, const std::string& path);
  template <typename Renamings>
  void WriteRenamed(const YamlEntries& entries, const Renamings& renamings, const std::string& path);
  // `entries` is the whole map that has `entry`. If a map has both the old and the new name of a field, both stay.
  template <typename Renamings>
  void WriteRenamed(const Entry& entry, const YamlEntries& entries, const Renamings& renamings,
                    const std::string& path);
  // `inputs` is a list, or a map by name. Each input says whether it is required.
  void WriteInputs(const Entry& inputs, const std::string& path);
  static bool IsRequired(YamlValue input);
  void WriteInput(const Entry& named);

  FormWriter& writer_;
};

}  // namespace toolcatalog

#endif  // COMMON_DEFINITION_FORMATS_CAPABILITY_FORMS_H_
