#ifndef COMMON_DEFINITION_FORMATS_DEFINITION_LOCATION_H_
#define COMMON_DEFINITION_FORMATS_DEFINITION_LOCATION_H_

#include "absl/strings/string_view.h"
#include "common/definition/yaml/yaml_document.h"

namespace toolcatalog {

// Where the YAML of a definition says what is at `path` of the definition, for example
// `capabilities[0].patterns[1].complexity_score`; the place of the nearest value around it if it says nothing there.
YamlValue LocateField(YamlValue definition, absl::string_view path);

}  // namespace toolcatalog

#endif  // COMMON_DEFINITION_FORMATS_DEFINITION_LOCATION_H_
