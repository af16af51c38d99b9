#ifndef COMMON_DEFINITION_FORMATS_CAPABILITY_FORMS_H_
#define COMMON_DEFINITION_FORMATS_CAPABILITY_FORMS_H_

#include <optional>
#include <string>

#include "common/definition/formats/form_writer.h"
#include "common/definition/yaml/yaml_document.h"

namespace toolcatalog {

// Writes the capabilities of definitions of other forms in the common form. `writer` must outlive it. Not thread-safe.
class CapabilityMapper {
 public:
  explicit CapabilityMapper(FormWriter* writer) : writer_(*writer) {}

  // The key `capabilities` and its value: a list or a map, whose entries may be patterns of their own, with
  // `parameters`, `http_request` and `response`.
  void WriteCapabilities(const YamlValue::Entry& capabilities);

  // Whether a key belongs to the one capability with the one pattern that a tool may have instead.
  static bool IsOfSingle(absl::string_view key);
  // The key `capabilities` with that one, out of the fields of the tool.
  void WriteSingle(const YamlEntries& fields, YamlValue place);

 private:
  using Entry = YamlValue::Entry;

  void WriteSinglePattern(const Entry* capability, const Entry* pattern, const YamlEntries& own, YamlValue place);
  static std::optional<YamlValue> NameOf(const Entry& named);
  // The entries of a map that has its name under `name`, or the name that stands in its place.
  void WriteNamed(const Entry& named, absl::string_view name_field, const std::string& path);
  // `name` is the capability's key, in a map of capabilities.
  void WriteCapability(YamlValue body, std::optional<YamlValue> name, const std::string& path);
  void WriteOwnPattern(const YamlEntries& own, const std::optional<YamlValue>& name, const std::string& path);
  void WritePatterns(const Entry& patterns, const std::string& path);
  // The pattern of a capability that has only one need not have a name of its own.
  void WritePatternName(const std::optional<YamlValue>& name, const YamlEntries& entries, const std::string& path);
  void WritePatternEntries(const YamlEntries& entries, const std::string& path);
  template <typename Renamings>
  void WriteRenamed(const YamlEntries& entries, const Renamings& renamings, const std::string& path);
  // `entries` is the whole map: a field that is given under both names keeps them.
  template <typename Renamings>
  void WriteRenamed(const Entry& entry, const YamlEntries& entries, const Renamings& renamings,
                    const std::string& path);
  // One list, or a map by name, of inputs that say themselves whether they are required.
  void WriteInputs(const Entry& inputs, const std::string& path);
  static bool IsRequired(YamlValue input);
  void WriteInput(const Entry& named);

  FormWriter& writer_;
};

}  // namespace toolcatalog

#endif  // COMMON_DEFINITION_FORMATS_CAPABILITY_FORMS_H_
