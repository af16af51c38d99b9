#ifndef COMMON_DEFINITION_FORMATS_DEFINITION_READER_H_
#define COMMON_DEFINITION_FORMATS_DEFINITION_READER_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "common/definition/validation/field_path.h"
#include "common/definition/yaml/yaml_document.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "google/protobuf/struct.pb.h"
#include "toolcatalog/v1/tool.pb.h"
#include "toolcatalog/v1/transfer.pb.h"

namespace toolcatalog {

// Reads one definition from its YAML map. A key that names no field goes to `extra` of the message that it stands in. A
// problem has the field's path, line and column. After a problem the reading continues; at most `kMaxViolations` errors
// and as many warnings are kept. Use an object for one definition only. Not thread-safe.
class DefinitionReader {
 public:
  // `label` is the field `tool` of each problem.
  explicit DefinitionReader(std::string label) : label_(std::move(label)) {}

  // Reads a whole definition. `tool` may have its name already, from the key in a map of tools. Then a different name
  // in `map` is an error.
  void Read(YamlValue map, v1::Tool& tool);

  // Reads a part of a definition, of any type.
  void ReadMessage(YamlValue map, google::protobuf::Message& message);

  std::vector<v1::ImportProblem> TakeErrors() { return std::move(errors_); }
  std::vector<v1::ImportProblem> TakeWarnings() { return std::move(warnings_); }

 private:
  using Message = google::protobuf::Message;
  using Field = google::protobuf::FieldDescriptor;

  void ReadField(YamlValue value, Message& message, const Field& field);
  void ReadList(YamlValue value, Message& message, const Field& field);
  void ReadValue(YamlValue value, Message& message, const Field& field);
  void ReadNamedEntries(YamlValue map, Message& message, const Field& field, const Field& name_field);
  void ReadText(YamlValue value, Message& message, const Field& field);
  void ReadNumber(YamlValue value, Message& message, const Field& field);
  void ReadBool(YamlValue value, Message& message, const Field& field);
  void ReadTime(YamlValue value, Message& message, const Field& field);
  void ReadExtra(YamlValue::Entry entry, Message& message);
  void ReadObject(YamlValue map, google::protobuf::Struct& object);
  void ReadFree(YamlValue value, google::protobuf::Value& target);
  void ReadFreeScalar(YamlValue scalar, google::protobuf::Value& target);
  // In a map from names to entries, an entry may repeat its name. Reports a different one.
  void CheckName(YamlValue body, absl::string_view name_field, absl::string_view name);
  bool RequireKind(YamlValue value, YamlValue::Kind kind, absl::string_view rule);
  void Report(std::vector<v1::ImportProblem>& problems, YamlValue at, std::string text);

  const std::string label_;
  FieldPath path_;
  std::vector<v1::ImportProblem> errors_;
  std::vector<v1::ImportProblem> warnings_;
};

}  // namespace toolcatalog

#endif  // COMMON_DEFINITION_FORMATS_DEFINITION_READER_H_
