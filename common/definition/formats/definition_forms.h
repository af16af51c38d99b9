#ifndef COMMON_DEFINITION_FORMATS_DEFINITION_FORMS_H_
#define COMMON_DEFINITION_FORMATS_DEFINITION_FORMS_H_

#include <optional>

#include "common/definition/formats/form_writer.h"
#include "common/definition/yaml/yaml_document.h"

namespace toolcatalog {

// Tools are defined in several forms. In the common form the map has the fields of Tool. This function brings a map in
// one of these other forms into the common form:
//  - the name under `name`, with `tags` beside it;
//  - all fields below `tool`, with one `capability`, one `pattern`, `inputs`, `outputs` and a `policy`;
//  - `metadata.name` and so on, and capabilities with `parameters`, `http_request` and `response`.
// Keys without a counterpart in the common form stay as they are. Nullopt if the map is in none of these three forms.
std::optional<MappedDefinition> MapDefinition(YamlValue definition);

// The same for a profile, another form of definition: its map has neither platform nor category, and its name is the
// key of the map. The platform and the category get default values.
std::optional<MappedDefinition> MapProfile(YamlValue definition);

// The name of the tool that a definition in any form defines; nullopt if it has no name.
std::optional<YamlValue> FindToolName(YamlValue definition);

}  // namespace toolcatalog

#endif  // COMMON_DEFINITION_FORMATS_DEFINITION_FORMS_H_
