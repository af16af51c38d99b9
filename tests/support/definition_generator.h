#ifndef TESTS_SUPPORT_DEFINITION_GENERATOR_H_
#define TESTS_SUPPORT_DEFINITION_GENERATOR_H_

#include <cstdint>
#include <random>
#include <string>

#include "google/protobuf/message.h"
#include "google/protobuf/struct.pb.h"
#include "toolcatalog/v1/tool.pb.h"

namespace toolcatalog {

// Makes random definitions in normal form, for tests. Most of them are valid. Every text and number may be an awkward
// one. The same seed makes the same definitions. Not thread-safe.
class DefinitionGenerator {
 public:
  explicit DefinitionGenerator(uint32_t seed) : random_(seed) {}

  v1::Tool Next();

 private:
  using Message = google::protobuf::Message;
  using Field = google::protobuf::FieldDescriptor;

  int Below(int bound) { return std::uniform_int_distribution<int>(0, bound - 1)(random_); }
  bool Chance() { return Below(2) == 0; }
  std::string Text(int max_pieces);
  std::string Short();
  double Number();
  google::protobuf::Value Free(int levels);
  google::protobuf::Struct Object(int levels);
  // Sets about half of the fields of a message other than a tool, and its names.
  void Fill(Message& message);
  // Sets a field, or adds an entry to a list.
  void Put(Message& message, const Field& field);
  std::string TextFor(const Field& field);

  std::mt19937 random_;
  int names_ = 0;
};

}  // namespace toolcatalog

#endif  // TESTS_SUPPORT_DEFINITION_GENERATOR_H_
