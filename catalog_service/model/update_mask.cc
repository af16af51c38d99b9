#include "catalog_service/model/update_mask.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "common/definition/definition.h"
#include "common/status.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "google/protobuf/util/field_mask_util.h"

namespace toolcatalog {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

constexpr int kMaxPaths = 1000;

// Lists and free objects (and times, which are ignored anyway): a path below means all of it.
bool IsReplacedWhole(const FieldDescriptor& field) {
  return field.is_repeated() || (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE &&
                                 field.message_type()->file() != v1::Tool::descriptor()->file());
}

// `path` up to the last field that a mask may name.
absl::StatusOr<std::string> Resolve(const std::string& path) {
  const Descriptor* message = v1::Tool::descriptor();
  std::vector<std::string> names;
  for (absl::string_view name : absl::StrSplit(path, '.')) {
    const FieldDescriptor* field = message == nullptr ? nullptr : message->FindFieldByName(std::string(name));
    if (field == nullptr) {
      return InvalidArgumentError("update_mask", absl::StrCat("names an unknown field: \"", path, "\""));
    }
    names.push_back(field->name());
    if (IsReplacedWhole(*field)) break;
    // Null below a plain value, where nothing can be named.
    message = field->message_type();
  }
  return absl::StrJoin(names, ".");
}

std::vector<std::string> SetFields(const v1::Tool& tool) {
  std::vector<const FieldDescriptor*> fields;
  tool.GetReflection()->ListFields(tool, &fields);
  std::vector<std::string> paths;
  for (const FieldDescriptor* field : fields) paths.push_back(field->name());
  return paths;
}

}  // namespace

absl::StatusOr<std::vector<std::string>> PathsToUpdate(const v1::Tool& tool, const google::protobuf::FieldMask* mask) {
  std::vector<std::string> named;
  if (mask == nullptr) {
    named = SetFields(tool);
  } else if (mask->paths_size() > kMaxPaths) {
    return InvalidArgumentError("update_mask", absl::StrCat("must name at most ", kMaxPaths, " fields"));
  } else {
    named.assign(mask->paths().begin(), mask->paths().end());
  }
  std::set<std::string> paths;
  for (const std::string& path : named) {
    absl::StatusOr<std::string> resolved = Resolve(path);
    if (!resolved.ok()) return resolved.status();
    if (!IsServerSet(*resolved)) paths.insert(*std::move(resolved));
  }
  return std::vector<std::string>(paths.begin(), paths.end());
}

void ReplaceFields(const std::vector<std::string>& paths, const v1::Tool& from, v1::Tool& to) {
  google::protobuf::FieldMask mask;
  for (const std::string& path : paths) mask.add_paths(path);
  google::protobuf::util::FieldMaskUtil::MergeOptions options;
  options.set_replace_message_fields(true);
  options.set_replace_repeated_fields(true);
  google::protobuf::util::FieldMaskUtil::MergeMessageTo(from, mask, options, &to);
}

}  // namespace toolcatalog
