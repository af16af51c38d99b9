#ifndef COMMON_DEFINITION_FORMATS_YAML_COMPARISON_H_
#define COMMON_DEFINITION_FORMATS_YAML_COMPARISON_H_

#include <set>
#include <string>

#include "common/definition/yaml/yaml_document.h"
#include "google/protobuf/message.h"
#include "google/protobuf/struct.pb.h"

namespace toolcatalog {

// Expects, for tests, that a message has all that a YAML text says. Reads YAML apart from the code under test. Not
// thread-safe.
class YamlComparison {
 public:
  using Message = google::protobuf::Message;

  // Expects each entry of `map` in the field of its name, or else in the field `extra`. `path` begins the names of
  // fields in failures.
  void CompareMessage(YamlValue map, const Message& message, const std::string& path);
  // Scalars of the YAML text that were found in messages so far.
  int scalars() const { return scalars_; }

 private:
  using FieldDescriptor = google::protobuf::FieldDescriptor;
  using Value = google::protobuf::Value;

  void CompareAny(YamlValue value, const Message& message, const std::string& path);
  void CompareList(YamlValue value, const Message& message, const FieldDescriptor& field, const std::string& path);
  void CompareScalar(YamlValue value, const Message& message, const FieldDescriptor& field, const std::string& path);
  void CompareFree(YamlValue value, const Value& free, const std::string& path);

  int scalars_ = 0;
};

// The number of scalars in a YAML value.
int CountScalars(YamlValue value);
// Adds every text, number and truth value of a message to `scalars`.
void CollectScalars(const google::protobuf::Message& message, std::multiset<std::string>& scalars);
// Expects each scalar of a YAML value among `scalars`, and takes it out of them. `name` begins each failure.
void ExpectScalars(YamlValue value, const std::string& name, std::multiset<std::string>& scalars);

}  // namespace toolcatalog

#endif  // COMMON_DEFINITION_FORMATS_YAML_COMPARISON_H_
