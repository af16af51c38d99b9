#ifndef COMMON_DEFINITION_FORMATS_DEFINITION_DIFF_H_
#define COMMON_DEFINITION_FORMATS_DEFINITION_DIFF_H_

#include <vector>

#include "google/protobuf/message.h"
#include "toolcatalog/v1/change.pb.h"

namespace toolcatalog {

// The differences between two definitions of a tool.
struct DefinitionDiff {
  // In the order of the fields in the proto.
  std::vector<v1::FieldDifference> differences;
  // The number of further differences, which the limit left out.
  int omitted = 0;
};

// Compares two Tools, or two parts of a Tool with the same type, field by field. Returns the first `limit` differences.
// Fields that the server sets, and `updated_by`, are not compared.
//  - Lists whose entries have names (capabilities, patterns, parameters and so on) are compared by name. If the entries
//    only changed their order, the one difference is that of the lists of names.
//  - Other lists are compared by index.
//  - Free objects are compared value by value.
//  - An entry or object that only one side has is one difference.
DefinitionDiff DiffDefinitions(const google::protobuf::Message& before, const google::protobuf::Message& after,
                               int limit);

}  // namespace toolcatalog

#endif  // COMMON_DEFINITION_FORMATS_DEFINITION_DIFF_H_
