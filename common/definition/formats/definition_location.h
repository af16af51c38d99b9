#ifndef COMMON_DEFINITION_FORMATS_DEFINITION_LOCATION_H_
#define COMMON_DEFINITION_FORMATS_DEFINITION_LOCATION_H_

#include "absl/strings/string_view.h"
#include "common/definition/yaml/yaml_document.h"

namespace toolcatalog {

// Finds the value in a definition's YAML that a field path names, for example
// `capabilities[0].patterns[1].complexity_score`. Its line and column are where an error about the field points. If the
// YAML does not have the field, returns the nearest value around it.
YamlValue LocateField(YamlValue definition, absl::string_view path);

}  // namespace toolcatalog

#endif  // COMMON_DEFINITION_FORMATS_DEFINITION_LOCATION_H_
