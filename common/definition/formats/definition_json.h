#ifndef COMMON_DEFINITION_FORMATS_DEFINITION_JSON_H_
#define COMMON_DEFINITION_FORMATS_DEFINITION_JSON_H_

#include <string>

#include "google/protobuf/message.h"

namespace toolcatalog {

// Writes a Tool, or a part of one, as a JSON object. Equal definitions give equal texts: fields have the names and the
// order of the proto, and the keys of free objects are sorted. Fields that are not set, or that the server sets, are
// left out. The definition must be valid.
std::string DefinitionToJson(const google::protobuf::Message& definition);

}  // namespace toolcatalog

#endif  // COMMON_DEFINITION_FORMATS_DEFINITION_JSON_H_
