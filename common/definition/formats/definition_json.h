#ifndef COMMON_DEFINITION_FORMATS_DEFINITION_JSON_H_
#define COMMON_DEFINITION_FORMATS_DEFINITION_JSON_H_

#include <string>

#include "toolcatalog/v1/tool.pb.h"

namespace toolcatalog {

// A tool as a JSON object, with the names and the order of the proto and the keys of free objects sorted, so that equal
// tools give equal text. What is not set and what the server sets is left out. Expects a valid definition.
std::string DefinitionToJson(const v1::Tool& tool);

}  // namespace toolcatalog

#endif  // COMMON_DEFINITION_FORMATS_DEFINITION_JSON_H_
