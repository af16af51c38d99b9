#ifndef CATALOG_SERVICE_MODEL_UPDATE_MASK_H_
#define CATALOG_SERVICE_MODEL_UPDATE_MASK_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "google/protobuf/field_mask.pb.h"
#include "toolcatalog/v1/tool.pb.h"

namespace toolcatalog {

// The fields that an update changes, as paths such as `a.b`. No path leads into a list or a free object, and none names
// a field that the server sets. Without a mask these are the top-level fields that are set in `tool`. INVALID_ARGUMENT
// for a path that names no field.
absl::StatusOr<std::vector<std::string>> PathsToUpdate(const v1::Tool& tool, const google::protobuf::FieldMask* mask);

// Replaces the fields named by `paths`, which come from `PathsToUpdate`, by those of `from`, or clears them.
void ReplaceFields(const std::vector<std::string>& paths, const v1::Tool& from, v1::Tool& to);

}  // namespace toolcatalog

#endif  // CATALOG_SERVICE_MODEL_UPDATE_MASK_H_
