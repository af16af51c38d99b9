#ifndef COMMON_DEFINITION_FORMATS_DEFINITION_DIFF_H_
#define COMMON_DEFINITION_FORMATS_DEFINITION_DIFF_H_

#include <vector>

#include "google/protobuf/message.h"
#include "toolcatalog/v1/change.pb.h"

namespace toolcatalog {

// What makes two definitions of a tool different.
struct DefinitionDiff {
  // In the order of the fields.
  std::vector<v1::FieldDifference> differences;
  // Number of differences beyond the limit.
  int omitted = 0;
};

// The first `limit` differences of two Tools, or parts of one, of the same type: field by field, but for what the
// server sets and `updated_by`. Entries of lists that have names (capabilities, patterns, parameters and so on) are
// compared by name, and, if they only changed places, the list differs by its names; other lists are compared by index,
// free objects value by value. An entry or object that only one side has is one difference.
DefinitionDiff DiffDefinitions(const google::protobuf::Message& before, const google::protobuf::Message& after,
                               int limit);

}  // namespace toolcatalog

#endif  // COMMON_DEFINITION_FORMATS_DEFINITION_DIFF_H_
