#ifndef COMMON_DEFINITION_FORMATS_DEFINITION_WRITER_H_
#define COMMON_DEFINITION_FORMATS_DEFINITION_WRITER_H_

#include <cstddef>
#include <string>

#include "common/definition/yaml/yaml_writer.h"
#include "google/protobuf/message.h"
#include "google/protobuf/struct.pb.h"

namespace toolcatalog {

// Writes definitions as YAML, one document each, so that `ReadDefinitions` gives the same definitions again, whatever a
// valid one holds. What the server sets is left out. Fields come in the order of the message, then the keys of `extra`
// sorted, so a difference between two texts is one of the definitions. Not thread-safe.
class DefinitionWriter {
 public:
  // Expects a valid definition in normal form, which is a Tool, or a part of one.
  void Add(const google::protobuf::Message& definition);

  // Length of the text so far.
  size_t size() const { return yaml_.size(); }
  // The text, which then begins anew.
  std::string Take() { return yaml_.Take(); }

 private:
  using Message = google::protobuf::Message;
  using Field = google::protobuf::FieldDescriptor;

  // All fields but `name_field`, which may be null.
  void AddMessage(const Message& message, const Field* name_field);
  void AddFields(const Message& message, const Field* name_field);
  void AddField(const Message& message, const Field& field);
  // A field that is no list, or entry `index` of one.
  void AddValue(const Message& message, const Field& field, int index);
  void AddExtra(const Message& message);
  void AddObject(const google::protobuf::Struct& object);
  void AddFree(const google::protobuf::Value& value);

  YamlWriter yaml_;
};

}  // namespace toolcatalog

#endif  // COMMON_DEFINITION_FORMATS_DEFINITION_WRITER_H_
