#ifndef COMMON_DEFINITION_FORMATS_DEFINITION_JSON_H_
#define COMMON_DEFINITION_FORMATS_DEFINITION_JSON_H_

#include <string>

#include "google/protobuf/message.h"

namespace toolcatalog {

// A tool, or a part of one, as a JSON object, with the names and the order of the proto and the keys of free objects
// sorted, so that equal tools give equal text. What is not set and what the server sets is left out. Expects a valid
// definition.
std::string DefinitionToJson(const google::protobuf::Message& definition);

}  // namespace toolcatalog

#endif  // COMMON_DEFINITION_FORMATS_DEFINITION_JSON_H_
