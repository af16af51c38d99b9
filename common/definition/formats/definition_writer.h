#ifndef COMMON_DEFINITION_FORMATS_DEFINITION_WRITER_H_
#define COMMON_DEFINITION_FORMATS_DEFINITION_WRITER_H_

#include <cstddef>
#include <string>

#include "common/definition/yaml/yaml_writer.h"
#include "google/protobuf/message.h"
#include "google/protobuf/struct.pb.h"

namespace toolcatalog {

// Writes definitions as YAML, a document for each. `ReadDefinitions` reads every valid definition back as it was.
// Fields that the server sets are left out. Fields have the order of the proto, and the keys of `extra` follow, sorted;
// so two texts differ only where their definitions do. Not thread-safe.
class DefinitionWriter {
 public:
  // Adds a Tool, or a part of one. It must be valid and in normal form (see `NormalizeDefinition`).
  void Add(const google::protobuf::Message& definition);

  // The length of the text so far, in bytes.
  size_t size() const { return yaml_.size(); }
  // Returns the text so far. The writer then begins a new text.
  std::string Take() { return yaml_.Take(); }

 private:
  using Message = google::protobuf::Message;
  using Field = google::protobuf::FieldDescriptor;

  // Adds all fields except `name_field`, which may be null.
  void AddMessage(const Message& message, const Field* name_field);
  void AddFields(const Message& message, const Field* name_field);
  void AddField(const Message& message, const Field& field);
  // Adds the value of a field, or entry `index` if the field is a list.
  void AddValue(const Message& message, const Field& field, int index);
  void AddExtra(const Message& message);
  void AddObject(const google::protobuf::Struct& object);
  void AddFree(const google::protobuf::Value& value);

  YamlWriter yaml_;
};

}  // namespace toolcatalog

#endif  // COMMON_DEFINITION_FORMATS_DEFINITION_WRITER_H_
