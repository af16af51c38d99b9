#ifndef COMMON_DEFINITION_FORMATS_DEFINITION_FORMS_H_
#define COMMON_DEFINITION_FORMATS_DEFINITION_FORMS_H_

#include <optional>

#include "common/definition/formats/form_writer.h"
#include "common/definition/yaml/yaml_document.h"

namespace toolcatalog {

// Brings a map that defines a tool in another way into the common form:
//  - `name` instead of `tool_name`, and `tags` beside it;
//  - all below `tool`, with one `capability`, one `pattern`, `inputs`, `outputs` and a `policy`;
//  - `metadata.name` and so on, capabilities with `parameters`, `http_request` and `response`.
// Keys that have no counterpart stay as they are. Nullopt if the map is in the common form or in none of these.
std::optional<MappedDefinition> MapDefinition(YamlValue definition);

// The same for a profile: a map that its key names and that has neither platform nor category. They get values.
std::optional<MappedDefinition> MapProfile(YamlValue definition);

// The name that a definition of any form gives its tool.
std::optional<YamlValue> FindToolName(YamlValue definition);

}  // namespace toolcatalog

#endif  // COMMON_DEFINITION_FORMATS_DEFINITION_FORMS_H_
